// A variable along the path from A to B at the moment of the time cursor, between its least and greatest values.

import { type Curve, CurvePlot } from "../curves/curves";
import { element } from "../dom";
import { float32, type Model } from "../model";
import type { Store } from "../store";
import { nearest } from "../traces/buffer";

export interface SpaceInfo {
  label?: string;
  unit?: string;
  segments?: number;
  from?: string;
  to?: string;
  error?: string;
}

const LINE = "#0072b2";
const BOUND = "#7f7f7f";

export class SpaceView {
  readonly root: HTMLElement;
  private readonly plot: CurvePlot;
  private readonly words = element("p", { class: "rb-empty" });
  private distances: Float32Array = new Float32Array();
  private frames: Float32Array[] = [];
  private times: Float32Array = new Float32Array();
  private bounds: [Float32Array, Float32Array] = [new Float32Array(), new Float32Array()];

  constructor(
    private readonly model: Model,
    private readonly store: Store,
  ) {
    this.plot = new CurvePlot({ title: "", unit: "1", along: "Distance (um)" });
    this.root = element("div", { class: "rb-along" }, this.plot.root, this.words);
  }

  read(): void {
    const info = this.model.get("space_info") as SpaceInfo;
    const numbers = float32(this.model, "space");
    const count = info.segments ?? 0;
    this.words.textContent = info.error ?? (count < 2 ? "A path of one segment has no course to show." : "");
    this.words.hidden = this.words.textContent === "" || (count === 0 && !info.error);
    this.plot.root.hidden = count < 2;
    if (count < 2) return;
    const row = (index: number) => numbers.subarray(index * count, (index + 1) * count);
    const rows = Math.floor(numbers.length / count);
    this.distances = row(0);
    this.frames = Array.from({ length: rows - 1 }, (_, index) => row(index + 1));
    this.times = float32(this.model, "frame_times");
    this.bounds = [extreme(this.frames, count, Math.min), extreme(this.frames, count, Math.max)];
    this.plot.title = `${info.label} along the path`;
    this.plot.unit = info.unit || "1";
    this.plot.along = `Distance from ${info.from} to ${info.to} (um)`;
    this.show();
  }

  /** The moment of the cursor; without one, the last. */
  show(): void {
    if (this.frames.length === 0) return;
    const cursor = this.store.get("timeCursor");
    const at = cursor === null ? this.frames.length - 1 : Math.max(0, nearest(this.times, cursor));
    const frame = this.frames[Math.min(at, this.frames.length - 1)]!;
    const time = this.times[at];
    this.root.dataset.time = time === undefined ? "" : time.toFixed(2);
    const curves: Curve[] = [
      { name: "least and greatest", colour: BOUND, values: this.bounds[0], faint: true },
      { name: "", colour: BOUND, values: this.bounds[1], faint: true },
      { name: "now", colour: LINE, values: frame },
      { name: "", colour: LINE, values: alone(frame), dots: true },
    ];
    this.plot.note =
      time === undefined ? "" : `at ${time.toFixed(2)} ms; faint: its least and greatest values`;
    this.plot.show(this.distances, curves);
  }

  restyle(): void {
    this.plot.restyle();
  }

  dispose(): void {
    this.plot.dispose();
  }
}

/** The values without a neighbour, through which no line goes. */
function alone(values: Float32Array): Float32Array {
  const known = (index: number) => !Number.isNaN(values[index] ?? Number.NaN);
  return values.map((value, index) => (known(index - 1) || known(index + 1) ? Number.NaN : value));
}

function extreme(
  frames: Float32Array[],
  count: number,
  choose: (a: number, b: number) => number,
): Float32Array {
  const found = new Float32Array(count).fill(Number.NaN);
  for (const frame of frames)
    for (let i = 0; i < count; i++) {
      const value = frame[i]!;
      if (!Number.isNaN(value)) found[i] = Number.isNaN(found[i]!) ? value : choose(found[i]!, value);
    }
  return found;
}
