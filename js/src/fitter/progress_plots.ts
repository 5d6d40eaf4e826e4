// How the search goes: the error of every trial with the least so far, and where the parameters of the least went.

import { formatNumber } from "../controls/number";
import { COLOURS } from "../curves/curves";
import { decades, logRange, ticks } from "../traces/range";
import { MODEL } from "./match_plot";
import { type Frame, Sketch } from "./sketch";
import type { Trials } from "./trials";

const LEFT = 52;
const TOP = 22;
const BOTTOM = 34;

const NOTHING: Trials = {
  names: [],
  count: 0,
  number: () => 0,
  error: () => 0,
  least: () => 0,
  place: () => 0,
  rank: new Float32Array(),
};

abstract class OverTrials extends Sketch {
  protected trials = NOTHING;
  private readonly heading: string;

  constructor(
    heading: string,
    taken: (trial: number) => void,
    /** What is left free on the right, px. */
    protected readonly right = 20,
  ) {
    super(heading, (frame) => this.paintAll(frame), "rb-over-trials");
    this.heading = heading;
    this.onClick((x) => {
      const { clientWidth: width } = this.root;
      if (this.trials.count === 0 || x < LEFT) return;
      taken(Math.round(((x - LEFT) / (width - LEFT - this.right)) * this.last));
    });
  }

  show(trials: Trials): void {
    this.trials = trials;
    this.draw();
  }

  protected get last(): number {
    return Math.max(1, this.trials.count > 0 ? this.trials.number(this.trials.count - 1) : 1);
  }

  protected x(width: number, trial: number): number {
    return LEFT + (trial / this.last) * (width - LEFT - this.right);
  }

  protected abstract paintBody(frame: Frame): void;

  private paintAll(frame: Frame): void {
    const { ctx, width, height, ink, quiet } = frame;
    ctx.fillStyle = ink;
    ctx.textAlign = "left";
    ctx.fillText(this.heading, LEFT, 12);
    ctx.fillStyle = quiet;
    if (this.trials.count === 0) {
      ctx.textAlign = "center";
      ctx.fillText("No trials yet: press Run", width / 2, height / 2);
      return;
    }
    ctx.textAlign = "center";
    for (const trial of ticks([0, this.last]).filter(Number.isInteger))
      ctx.fillText(String(trial), this.x(width, trial), height - 20);
    ctx.fillText("Trial", LEFT + (width - LEFT - this.right) / 2, height - 5);
    this.paintBody(frame);
  }
}

export class ErrorHistory extends OverTrials {
  constructor(taken: (trial: number) => void) {
    super("Error", taken);
  }

  protected paintBody({ ctx, width, height, quiet, line }: Frame): void {
    const { trials } = this;
    const errors = Array.from({ length: trials.count }, (_, row) => trials.error(row)).filter(
      (error) => Number.isFinite(error) && error > 0,
    );
    if (errors.length === 0) return;
    const range = logRange([Math.min(...errors), Math.max(...errors)]);
    const y = (error: number) =>
      TOP + (1 - Math.log(error / range[0]) / Math.log(range[1] / range[0])) * (height - TOP - BOTTOM);
    ctx.textAlign = "right";
    for (const split of decades(range, 6)) {
      ctx.fillStyle = quiet;
      ctx.fillText(formatNumber(split), LEFT - 6, y(split) + 4);
      ctx.strokeStyle = line;
      ctx.beginPath();
      ctx.moveTo(LEFT, y(split));
      ctx.lineTo(width - this.right, y(split));
      ctx.stroke();
    }
    ctx.fillStyle = quiet;
    ctx.globalAlpha = 0.45;
    for (let row = 0; row < trials.count; row++) {
      const error = trials.error(row);
      if (!(error > 0) || !Number.isFinite(error)) continue;
      ctx.beginPath();
      ctx.arc(this.x(width, trials.number(row)), y(error), 1.6, 0, 2 * Math.PI);
      ctx.fill();
    }
    ctx.globalAlpha = 1;
    ctx.strokeStyle = MODEL;
    ctx.lineWidth = 1.5;
    ctx.beginPath();
    let before: number | null = null;
    for (let row = 0; row < trials.count; row++) {
      const least = trials.least(row);
      if (!(least > 0) || !Number.isFinite(least)) continue;
      const x = this.x(width, trials.number(row));
      if (before !== null) ctx.lineTo(x, y(before));
      ctx.lineTo(x, y(least));
      before = least;
    }
    ctx.stroke();
  }
}

export class ParameterHistory extends OverTrials {
  constructor(taken: (trial: number) => void) {
    super("Parameters of the least error, between their bounds", taken, 64);
  }

  protected paintBody({ ctx, width, height, quiet, line }: Frame): void {
    const { trials } = this;
    const y = (place: number) => TOP + (1 - place) * (height - TOP - BOTTOM);
    ctx.textAlign = "right";
    for (const [place, word] of [
      [1, "upper"],
      [0, "lower"],
    ] as const) {
      ctx.fillStyle = quiet;
      ctx.fillText(word, LEFT - 6, y(place) + 4);
      ctx.strokeStyle = line;
      ctx.beginPath();
      ctx.moveTo(LEFT, y(place));
      ctx.lineTo(width - this.right, y(place));
      ctx.stroke();
    }
    ctx.lineWidth = 1.5;
    const ends: { name: string; colour: string; y: number }[] = [];
    for (const [k, name] of trials.names.entries()) {
      const colour = COLOURS[k % COLOURS.length]!;
      ctx.strokeStyle = colour;
      ctx.setLineDash(k >= COLOURS.length ? [4, 3] : []);
      ctx.beginPath();
      let before: number | null = null;
      for (let row = 0; row < trials.count; row++) {
        const x = this.x(width, trials.number(row));
        const best = trials.error(row) === trials.least(row);
        if (before !== null) ctx.lineTo(x, y(before));
        if (best) {
          before = trials.place(row, k);
          ctx.lineTo(x, y(before));
        }
      }
      ctx.stroke();
      ctx.setLineDash([]);
      if (before !== null) ends.push({ name, colour, y: y(before) });
    }
    // Names stand at the ends of their lines, moved apart where they would cover each other.
    ends.sort((a, b) => a.y - b.y);
    let free = 0;
    ctx.textAlign = "left";
    for (const end of ends.slice(0, 12)) {
      const at = Math.max(end.y + 4, free);
      free = at + 12;
      ctx.fillStyle = end.colour;
      ctx.fillText(end.name, width - this.right + 6, at, this.right - 6);
    }
  }
}
