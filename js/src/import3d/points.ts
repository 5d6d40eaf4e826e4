// The points of a file as they were traced: which of them are shown, and which lies under the pointer.

import { float32, int32, type Model } from "../model";
import type { Turntable } from "../viewer/camera";
import type { Vec3 } from "../viewer/tree";

/** Numbers per point in `place` (x, y, z, diameter in um) and in the facts that Python sends. */
export const PLACE = 4;
const FACTS = 4;

export interface Points {
  count: number;
  place: Float32Array<ArrayBuffer>;
  /** The index of each point's parent, -1 for a root. Parents come before their children. */
  parent: Int32Array;
  type: Int32Array;
  /** Where each stands in the file. */
  line: Int32Array;
  /** The index of the section that each belongs to, -1 where that was left out. */
  section: Int32Array;
}

/** What of the points is shown: a name of `FILTERS`, or `type 3`. */
export type Filter = string;

export const FILTERS: readonly (readonly [string, string])[] = [
  ["all", "All points"],
  ["section", "Section of the point"],
  ["distal", "Tree beyond the point"],
  ["path", "Path to the root"],
  ["roots", "Root sections"],
];

/** The filters that mean nothing until a point is chosen. */
export const OF_A_POINT: ReadonlySet<string> = new Set(["section", "distal", "path"]);

/** The points as the model has them, or null while only half of a change has arrived. */
export function readPoints(model: Model): Points | null {
  const place = float32(model, "points");
  const facts = int32(model, "point_facts");
  const count = place.length / PLACE;
  if (facts.length !== FACTS * count) return null;
  const column = (c: number) => Int32Array.from({ length: count }, (_, i) => facts[FACTS * i + c]!);
  return { count, place, parent: column(0), type: column(1), line: column(2), section: column(3) };
}

export function placeOf(points: Points, index: number): Vec3 {
  const o = index * PLACE;
  return [points.place[o]!, points.place[o + 1]!, points.place[o + 2]!];
}

/** 1 for each point that `filter` shows; a filter about a point shows all while none is chosen. */
export function shownBy(filter: Filter, points: Points, chosen: number): Uint8Array {
  const shown = new Uint8Array(points.count);
  const known = chosen >= 0 && chosen < points.count;
  if (filter.startsWith("type ")) {
    const wanted = Number(filter.slice(5));
    for (let i = 0; i < points.count; i++) shown[i] = points.type[i] === wanted ? 1 : 0;
  } else if (filter === "roots") {
    const roots = new Set<number>();
    for (let i = 0; i < points.count; i++) if (points.parent[i]! < 0) roots.add(points.section[i]!);
    for (let i = 0; i < points.count; i++) shown[i] = roots.has(points.section[i]!) ? 1 : 0;
  } else if (filter === "section" && known) {
    const wanted = points.section[chosen]!;
    for (let i = 0; i < points.count; i++) shown[i] = wanted >= 0 && points.section[i] === wanted ? 1 : 0;
    shown[chosen] = 1;
  } else if (filter === "distal" && known) {
    shown[chosen] = 1;
    for (let i = chosen + 1; i < points.count; i++) {
      const parent = points.parent[i]!;
      shown[i] = parent >= 0 ? shown[parent]! : 0;
    }
  } else if (filter === "path" && known) {
    for (let i = chosen; i >= 0; i = points.parent[i]!) shown[i] = 1;
  } else shown.fill(1);
  return shown;
}

/** The shown point nearest to the CSS pixel (`px`, `py`) within `tolerance` pixels, -1 for none; of two the nearer one to the eye. */
export function pointAt(
  points: Points,
  shown: Uint8Array,
  view: Turntable,
  px: number,
  py: number,
  tolerance: number,
): number {
  const basis = view.basis();
  let best = -1;
  let bestMiss = tolerance;
  let bestDepth = -Infinity;
  for (let i = 0; i < points.count; i++) {
    if (!shown[i]) continue;
    const { x, y, depth } = view.project(placeOf(points, i), basis);
    const miss = Math.hypot(x - px, y - py);
    if (miss > tolerance) continue;
    const clearly = miss < bestMiss - 1.5;
    const nearer = miss <= bestMiss + 1.5 && depth > bestDepth;
    if (best < 0 || clearly || nearer) [best, bestMiss, bestDepth] = [i, miss, depth];
  }
  return best;
}

/** How much around a point is worth seeing, um: its way to its neighbours and its own width. */
export function surroundings(points: Points, index: number): number {
  const here = placeOf(points, index);
  const away = (other: number) => {
    const there = placeOf(points, other);
    return Math.hypot(there[0] - here[0], there[1] - here[1], there[2] - here[2]);
  };
  let widest = 3 * points.place[index * PLACE + 3]!;
  const parent = points.parent[index]!;
  if (parent >= 0) widest = Math.max(widest, 3 * away(parent));
  for (let i = index + 1; i < points.count; i++)
    if (points.parent[i] === index) widest = Math.max(widest, 3 * away(i));
  return Math.max(60, widest);
}
