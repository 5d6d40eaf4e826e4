// All trials at once: as lines across the parameters, and as dots in every pair of them.

import { MODEL } from "./match_plot";
import { type Frame, Sketch } from "./sketch";
import type { Trials } from "./trials";

const GOOD = 0.1;
const NEAR = 12;
const MOST_PAIRS = 5;

/** The dots or lines of the better trials come last, and over the others. */
function worstFirst(trials: Trials): number[] {
  return Array.from({ length: trials.count }, (_, row) => row).sort(
    (a, b) => trials.rank[b]! - trials.rank[a]!,
  );
}

abstract class OfTrials extends Sketch {
  protected trials: Trials | null = null;

  constructor(label: string, taken: (trial: number) => void, className: string) {
    super(label, (frame) => this.paintAll(frame), className);
    this.onClick((x, y) => {
      const row = this.nearest(x, y);
      if (row !== null && this.trials) taken(this.trials.number(row));
    });
  }

  show(trials: Trials): void {
    this.trials = trials;
    this.draw();
  }

  protected abstract paintBody(frame: Frame, trials: Trials): void;
  protected abstract nearest(x: number, y: number): number | null;

  private paintAll(frame: Frame): void {
    if (this.trials && this.trials.count > 0) {
      this.paintBody(frame, this.trials);
      return;
    }
    frame.ctx.fillStyle = frame.quiet;
    frame.ctx.textAlign = "center";
    frame.ctx.fillText("No trials yet: press Run", frame.width / 2, frame.height / 2);
  }
}

export class Parallel extends OfTrials {
  constructor(taken: (trial: number) => void) {
    super("Every trial as a line across the parameters; the better tenth is coloured", taken, "rb-parallel");
  }

  protected paintBody({ ctx, width, height, ink, quiet, line }: Frame, trials: Trials): void {
    const columns = trials.names.length + 1;
    for (let k = 0; k < columns; k++) {
      const x = this.x(k, columns, width);
      ctx.strokeStyle = line;
      ctx.beginPath();
      ctx.moveTo(x, 24);
      ctx.lineTo(x, height - 12);
      ctx.stroke();
      ctx.fillStyle = ink;
      ctx.textAlign = k === 0 ? "left" : k === columns - 1 ? "right" : "center";
      const at = k === 0 ? x - 8 : k === columns - 1 ? x + 8 : x;
      ctx.fillText(trials.names[k] ?? "error (rank)", at, 14, (0.9 * (width - 32)) / columns);
    }
    for (const row of worstFirst(trials)) {
      const good = trials.rank[row]! <= GOOD;
      ctx.strokeStyle = good ? MODEL : quiet;
      ctx.globalAlpha = good ? 0.8 : 0.14;
      ctx.lineWidth = good ? 1.2 : 1;
      ctx.beginPath();
      for (let k = 0; k < columns; k++)
        ctx.lineTo(this.x(k, columns, width), this.y(this.value(trials, row, k), height));
      ctx.stroke();
    }
    ctx.globalAlpha = 1;
  }

  protected nearest(x: number, y: number): number | null {
    const { trials } = this;
    if (!trials) return null;
    const { clientWidth: width, clientHeight: height } = this.root;
    const columns = trials.names.length + 1;
    const along = ((x - 16) / (width - 32)) * (columns - 1);
    const k = Math.min(Math.max(Math.floor(along), 0), columns - 2);
    const part = Math.min(Math.max(along - k, 0), 1);
    let best: number | null = null;
    let distance = NEAR;
    for (const row of worstFirst(trials)) {
      const at = (1 - part) * this.value(trials, row, k) + part * this.value(trials, row, k + 1);
      const away = Math.abs(this.y(at, height) - y);
      if (away <= distance) [best, distance] = [row, away];
    }
    return best;
  }

  private value(trials: Trials, row: number, column: number): number {
    return column < trials.names.length ? trials.place(row, column) : trials.rank[row]!;
  }

  private x(k: number, columns: number, width: number): number {
    return 16 + (k / Math.max(1, columns - 1)) * (width - 32);
  }

  private y(place: number, height: number): number {
    return 24 + (1 - place) * (height - 36);
  }
}

export class Pairs extends OfTrials {
  constructor(taken: (trial: number) => void) {
    super("Every trial as a dot in each pair of parameters; the better tenth is coloured", taken, "rb-pairs");
  }

  protected paintBody({ ctx, width, height, ink, quiet, line }: Frame, trials: Trials): void {
    const order = worstFirst(trials);
    for (const { i, j, left, top, size } of this.cells(trials, width, height)) {
      ctx.strokeStyle = line;
      ctx.strokeRect(left, top, size.x, size.y);
      for (const row of order) {
        const good = trials.rank[row]! <= GOOD;
        ctx.fillStyle = good ? MODEL : quiet;
        ctx.globalAlpha = good ? 0.85 : 0.25;
        ctx.beginPath();
        ctx.arc(
          left + trials.place(row, i) * size.x,
          top + (1 - trials.place(row, j)) * size.y,
          good ? 2 : 1.4,
          0,
          2 * Math.PI,
        );
        ctx.fill();
      }
      ctx.globalAlpha = 1;
      ctx.fillStyle = ink;
      ctx.textAlign = "left";
      ctx.fillText(`${trials.names[j]} over ${trials.names[i]}`, left + 4, top + 12, size.x - 8);
    }
  }

  protected nearest(x: number, y: number): number | null {
    const { trials } = this;
    if (!trials) return null;
    const { clientWidth: width, clientHeight: height } = this.root;
    let best: number | null = null;
    let distance = NEAR;
    for (const { i, j, left, top, size } of this.cells(trials, width, height))
      for (const row of worstFirst(trials)) {
        const away = Math.hypot(
          left + trials.place(row, i) * size.x - x,
          top + (1 - trials.place(row, j)) * size.y - y,
        );
        if (away <= distance) [best, distance] = [row, away];
      }
    return best;
  }

  private cells(trials: Trials, width: number, height: number) {
    const n = Math.min(trials.names.length, MOST_PAIRS);
    const pairs = Array.from({ length: n }, (_, i) => i).flatMap((i) =>
      Array.from({ length: n - i - 1 }, (_, k) => ({ i, j: i + k + 1 })),
    );
    const across = Math.max(1, Math.ceil(Math.sqrt((pairs.length * width) / Math.max(height, 1))));
    const down = Math.max(1, Math.ceil(pairs.length / across));
    const size = { x: width / across - 8, y: height / down - 8 };
    return pairs.map((pair, k) => ({
      ...pair,
      left: 4 + (k % across) * (size.x + 8),
      top: 4 + Math.floor(k / across) * (size.y + 8),
      size,
    }));
  }
}
