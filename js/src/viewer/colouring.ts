// What the colours mean: a byte a segment, the table the shader looks it up in, and the legend that says so.

import {
  fromByte,
  lookupTable,
  type MapName,
  paletteTable,
  type Rgb,
  regionColours,
  toByte,
} from "../colormaps";
import { float32, type Model, uint8 } from "../model";
import type { Theme } from "../store";
import type { Tree } from "./tree";

export type ColourBy = "type" | "diameter" | "distance" | "value";

export type Range = readonly [number, number];

export type Legend =
  | { kind: "types"; entries: { name: string; colour: Rgb }[] }
  /** `over` says that some values lie above the range, in its highest colour. */
  | { kind: "range"; label: string; unit: string; map: MapName; range: Range; over: boolean };

export interface Colouring {
  bytes: Uint8Array;
  table: Uint8Array;
  legend: Legend;
  /** In words, what a segment's colour stands for. */
  describe(segment: number): string;
}

/** Quantities of one kind as the kernel sends them: numbers for one moment, or bytes for a movie. */
export class ValueSource {
  values = new Float32Array(0);
  private frames = new Uint8Array(0);
  times = new Float32Array(0);
  private frameRange: Range = [-80, 40];
  /** Whether the latest word came as a movie rather than as one moment. */
  private moving = false;
  private frame = 0;

  constructor(private readonly model: Model) {
    this.readValues();
    this.readFrames(null);
  }

  readValues(): void {
    this.values = float32(this.model, "values");
    this.moving = this.values.length === 0;
  }

  /** A new movie shows at once where the person is in time, or where there is nothing else to show. */
  readFrames(time: number | null): void {
    this.frames = uint8(this.model, "frames");
    this.times = float32(this.model, "frame_times");
    this.frameRange = rangeOf(this.model.get("frame_range")) ?? [-80, 40];
    this.frame = 0;
    this.moving = this.times.length > 0 && this.values.length === 0;
    this.seek(time);
  }

  get present(): boolean {
    return this.values.length > 0 || this.times.length > 0;
  }

  /**
   * Turns to the frame nearest to `time` (ms), or with null back to the values of one moment; says whether what is
   * shown changed.
   */
  seek(time: number | null): boolean {
    if (time === null) {
      const changed = this.moving && this.values.length > 0;
      if (changed) this.moving = false;
      return changed;
    }
    if (this.times.length === 0) return false;
    const next = nearest(this.times, time);
    const changed = !this.moving || next !== this.frame;
    this.moving = true;
    this.frame = next;
    return changed;
  }

  bytes(tree: Tree, shown: Range): { bytes: Uint8Array; stored: Range } {
    if (!this.moving) return { bytes: quantised(this.values, shown), stored: shown };
    const from = this.frame * tree.nSegments;
    return { bytes: this.frames.subarray(from, from + tree.nSegments), stored: this.frameRange };
  }

  at(tree: Tree, segment: number): number {
    if (!this.moving) return this.values[segment] ?? Number.NaN;
    return fromByte(this.frames[this.frame * tree.nSegments + segment] ?? 0, this.frameRange);
  }

  /** How finely the numbers are known: a movie's are bytes. */
  get step(): number {
    return this.moving ? (this.frameRange[1] - this.frameRange[0]) / 254 : 0;
  }

  /** From the lowest to the highest number that there is; null when there is none. */
  extent(): Range | null {
    let [low, high] = [Infinity, -Infinity];
    const add = (value: number) => {
      if (!Number.isFinite(value)) return;
      low = Math.min(low, value);
      high = Math.max(high, value);
    };
    if (this.moving) {
      const present = new Set(this.frames);
      for (const byte of present) add(fromByte(byte, this.frameRange));
    } else for (const value of this.values) add(value);
    return high >= low ? [low, high] : null;
  }
}

/** Index of the element of ascending `times` that is nearest to `time`. */
export function nearest(times: Float32Array, time: number): number {
  let [low, high] = [0, times.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (times[middle]! <= time) low = middle;
    else high = middle;
  }
  return Math.abs(times[high]! - time) < Math.abs(times[low]! - time) ? high : low;
}

export function rangeOf(raw: unknown): Range | null {
  if (!Array.isArray(raw) || raw.length !== 2) return null;
  const [low, high] = raw as [unknown, unknown];
  return typeof low === "number" && typeof high === "number" && high > low ? [low, high] : null;
}

function quantised(values: Float32Array, range: Range): Uint8Array {
  return Uint8Array.from(values, (value) => toByte(value, range));
}

/** From zero to the value that all but the thickest fiftieth stay under: one soma shouldn't flatten all dendrites. */
function diameterRange(diam: Float32Array): Range {
  const sorted = Float32Array.from(diam).sort();
  return [0, sorted[Math.floor(0.98 * (sorted.length - 1))] || 1];
}

/** Four figures of a number, or as many as `step` warrants, with a true minus sign. */
export function figure(value: number, step = 0): string {
  if (!Number.isFinite(value)) return "no value";
  const size = Math.abs(value);
  const decimals = Math.max(0, Math.ceil(-Math.log10(step)));
  if (step > 0 && decimals < 4) return value.toFixed(decimals).replace("-", "\u2212");
  const text =
    value === 0 || (size >= 0.001 && size < 1e5)
      ? String(Number(value.toPrecision(4)))
      : value.toExponential(2);
  return text.replace("-", "\u2212");
}

export function colour(
  by: ColourBy,
  tree: Tree,
  model: Model,
  source: ValueSource,
  theme: Theme,
  overrideRange: Range | null,
): Colouring {
  const missing: Rgb = theme === "dark" ? [96, 96, 96] : [190, 190, 190];
  const map: MapName = model.get("colour_map") === "cividis" ? "cividis" : "viridis";
  if (by === "diameter" || by === "distance") {
    const values = float32(model, by === "diameter" ? "segment_diam" : "segment_distance");
    const full: Range = [0, Math.max(...values, 1e-3)];
    const range = overrideRange ?? (by === "diameter" ? diameterRange(values) : full);
    const label = by === "diameter" ? "diameter" : "path distance";
    const over = full[1] > range[1];
    return ofRange(
      map,
      label,
      "\u00b5m",
      range,
      quantised(values, range),
      range,
      missing,
      (s) => values[s],
      0,
      over,
    );
  }
  if (by === "value" && source.present) {
    const shown = overrideRange ?? rangeOf(model.get("value_range")) ?? source.extent() ?? [0, 1];
    const { bytes, stored } = source.bytes(tree, shown);
    const [label, unit] = [String(model.get("value_label") ?? ""), String(model.get("value_unit") ?? "")];
    return ofRange(map, label, unit, shown, bytes, stored, missing, (s) => source.at(tree, s), source.step);
  }
  return ofTypes(tree, theme, missing);
}

function ofRange(
  map: MapName,
  label: string,
  unit: string,
  range: Range,
  bytes: Uint8Array,
  stored: Range,
  missing: Rgb,
  at: (segment: number) => number | undefined,
  step = 0,
  over = false,
): Colouring {
  return {
    bytes,
    table: lookupTable(map, stored, range, missing),
    legend: { kind: "range", label, unit, map, range, over },
    describe: (segment) => {
      const value = at(segment) ?? Number.NaN;
      return Number.isFinite(value)
        ? `${label} ${figure(value, step)} ${unit}`.trim()
        : `${label}: no value here`;
    },
  };
}

function ofTypes(tree: Tree, theme: Theme, missing: Rgb): Colouring {
  const colours = regionColours(
    tree.sections.map((section) => section.region),
    theme,
  );
  const names = [...colours.keys()];
  const bytes = new Uint8Array(tree.nSegments);
  for (const section of tree.sections)
    bytes.fill(names.indexOf(section.region) + 1, section.first, section.first + section.nseg);
  return {
    bytes,
    table: paletteTable([...colours.values()], missing),
    legend: { kind: "types", entries: names.map((name) => ({ name, colour: colours.get(name) ?? missing })) },
    describe: (segment) => tree.sections[tree.sectionOf[segment]!]!.region,
  };
}
