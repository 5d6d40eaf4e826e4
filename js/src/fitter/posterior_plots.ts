// Samples of the posterior: where every walker went, and the corner of histograms and pairs.

import { formatNumber } from "../controls/number";
import { type Frame, Sketch } from "./sketch";

export interface Bars {
  edges: number[];
  heights: number[];
}

export interface Samples {
  /** With their units. */
  names: string[];
  logs: boolean[];
  /** Steps, walkers and parameters, the last of which varies first. */
  values: Float32Array;
  shape: [number, number, number];
  bars: Bars[];
}

/** So many parameters are drawn; the table has all. */
export const MOST_DRAWN = 8;
const ROW = 84;
const CELL = 116;
const LEFT = 60;
const BOTTOM = 36;

/** Where a value of a parameter lies among all its samples, from 0 to 1. */
function placing({ bars, logs }: Samples, k: number): (value: number) => number {
  const { edges } = bars[k]!;
  const scale = (value: number) => (logs[k] ? Math.log(value) : value);
  const low = scale(edges[0]!);
  const span = scale(edges.at(-1)!) - low || 1;
  return (value) => (scale(value) - low) / span;
}

const word = (value: number) => formatNumber(Number(value.toPrecision(3)));

abstract class OfSamples extends Sketch {
  protected samples: Samples | null = null;

  constructor(label: string, className: string) {
    super(label, (frame) => this.paintAll(frame), className);
  }

  show(samples: Samples): void {
    this.samples = samples;
    this.root.style.height = `${this.height(Math.min(samples.names.length, MOST_DRAWN))}px`;
    this.draw();
  }

  protected abstract height(count: number): number;
  protected abstract paintBody(frame: Frame, samples: Samples, count: number): void;

  private paintAll(frame: Frame): void {
    const { samples } = this;
    if (!samples || samples.values.length === 0 || samples.values.length !== product(samples.shape)) return;
    this.paintBody(frame, samples, Math.min(samples.names.length, MOST_DRAWN));
  }
}

export class WalkPlot extends OfSamples {
  constructor() {
    super("Every walker, step by step", "rb-walks");
  }

  protected height(count: number): number {
    return count * ROW + BOTTOM;
  }

  protected paintBody(
    { ctx, width, height, ink, quiet, line, second }: Frame,
    samples: Samples,
    count: number,
  ): void {
    const { shape, values, names, bars } = samples;
    const [steps, walkers, n] = shape;
    const right = width - 12;
    const x = (step: number) => LEFT + (step / Math.max(1, steps - 1)) * (right - LEFT);
    for (let k = 0; k < count; k++) {
      const [top, bottom] = [k * ROW + 18, (k + 1) * ROW - 6];
      const place = placing(samples, k);
      ctx.strokeStyle = line;
      ctx.strokeRect(LEFT, top, right - LEFT, bottom - top);
      ctx.fillStyle = ink;
      ctx.textAlign = "left";
      ctx.fillText(names[k]!, LEFT, top - 5, right - LEFT);
      ctx.fillStyle = quiet;
      ctx.textAlign = "right";
      ctx.fillText(word(bars[k]!.edges.at(-1)!), LEFT - 6, top + 8);
      ctx.fillText(word(bars[k]!.edges[0]!), LEFT - 6, bottom);
      ctx.strokeStyle = second;
      ctx.globalAlpha = 0.35;
      for (let walker = 0; walker < walkers; walker++) {
        ctx.beginPath();
        for (let step = 0; step < steps; step++) {
          const at = place(values[(step * walkers + walker) * n + k]!);
          ctx.lineTo(x(step), bottom - at * (bottom - top));
        }
        ctx.stroke();
      }
      ctx.globalAlpha = 1;
    }
    ctx.fillStyle = quiet;
    ctx.textAlign = "center";
    ctx.fillText("Steps after the burn-in", (LEFT + right) / 2, height - 8);
  }
}

export class CornerPlot extends OfSamples {
  constructor() {
    super("Histogram of each parameter, and the samples of each pair", "rb-corner");
  }

  protected height(count: number): number {
    return count * CELL + BOTTOM;
  }

  protected paintBody(
    { ctx, width, ink, quiet, line, second }: Frame,
    samples: Samples,
    count: number,
  ): void {
    const { shape, values, names, bars } = samples;
    const [steps, walkers, n] = shape;
    const size = Math.min(CELL, (width - LEFT - 8) / count);
    const places = Array.from({ length: count }, (_, k) => placing(samples, k));
    for (let row = 0; row < count; row++)
      for (let column = 0; column <= row; column++) {
        const [left, top, side] = [LEFT + column * size, row * size, size - 6];
        ctx.strokeStyle = line;
        ctx.strokeRect(left, top, side, side);
        ctx.fillStyle = second;
        if (row === column) this.paintBars(ctx, bars[row]!, left, top, side);
        else {
          const [across, up] = [places[column]!, places[row]!];
          ctx.globalAlpha = 0.25;
          for (let k = 0; k < steps * walkers; k++)
            ctx.fillRect(
              left + across(values[k * n + column]!) * side - 0.75,
              top + (1 - up(values[k * n + row]!)) * side - 0.75,
              1.5,
              1.5,
            );
          ctx.globalAlpha = 1;
        }
      }
    ctx.fillStyle = quiet;
    for (let k = 0; k < count; k++) {
      const { edges } = bars[k]!;
      const [first, last] = [word(edges[0]!), word(edges.at(-1)!)];
      const [left, side] = [LEFT + k * size, size - 6];
      ctx.textAlign = "left";
      ctx.fillText(first, left, count * size + 8, side / 2);
      ctx.textAlign = "right";
      ctx.fillText(last, left + side, count * size + 8, side / 2);
      if (k > 0) {
        ctx.fillText(last, LEFT - 6, k * size + 9);
        ctx.fillText(first, LEFT - 6, k * size + side);
      }
    }
    ctx.fillStyle = ink;
    for (let k = 0; k < count; k++) {
      ctx.textAlign = "center";
      ctx.fillText(names[k]!, LEFT + k * size + (size - 6) / 2, count * size + 24, size - 6);
      if (k === 0) continue;
      ctx.save();
      ctx.translate(12, k * size + (size - 6) / 2);
      ctx.rotate(-Math.PI / 2);
      ctx.fillText(names[k]!, 0, 0, size - 6);
      ctx.restore();
    }
  }

  private paintBars(
    ctx: CanvasRenderingContext2D,
    { heights }: Bars,
    left: number,
    top: number,
    side: number,
  ): void {
    const most = Math.max(...heights, 1);
    const wide = side / heights.length;
    ctx.globalAlpha = 0.8;
    for (const [k, height] of heights.entries()) {
      const high = 0.92 * side * (height / most);
      ctx.fillRect(left + k * wide, top + side - high, wide, high);
    }
    ctx.globalAlpha = 1;
  }
}

function product(shape: number[]): number {
  return shape.reduce((all, each) => all * each, 1);
}
