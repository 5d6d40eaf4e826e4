// The shape of a cell as the viewer holds it: tapered pieces (frusta), each of one segment of one section.

import { frustumLength, type SectionInfo, STRIDE } from "./frusta";
import { isBody, roundedSoma } from "./soma";

export type Vec3 = readonly [number, number, number];

export interface Tree {
  /** (m, 8): both ends of each piece with their radii, um. */
  frusta: Float32Array<ArrayBuffer>;
  /** (m,): the segment that each piece belongs to. */
  segment: Int32Array<ArrayBuffer>;
  /** (m, 2): how far along its section each piece starts and ends, 0 to 1. */
  along: Float32Array;
  /** (m,): 1 where a piece belongs to a body (a soma), drawn as one smooth surface with flat-cut pieces. */
  body: Uint8Array;
  sections: readonly SectionInfo[];
  /** (n,): the index of each segment's section. */
  sectionOf: Int32Array;
  nSegments: number;
  centre: Vec3;
  /** Of the ball around `centre` that holds the tree, um. */
  radius: number;
}

export function buildTree(
  frusta: Float32Array<ArrayBuffer>,
  segment: Int32Array<ArrayBuffer>,
  sections: readonly SectionInfo[],
): Tree {
  const nSegments = sections.reduce((n, section) => Math.max(n, section.first + section.nseg), 0);
  const sectionOf = new Int32Array(nSegments);
  for (const [i, section] of sections.entries())
    sectionOf.fill(i, section.first, section.first + section.nseg);
  const shape = roundedSoma(frusta, segment, sections, sectionOf);
  const along = placesAlong(shape.frusta, shape.segment, sectionOf, sections.length);
  const body = new Uint8Array(shape.segment.length);
  const bodies = sections.map((_, i) => isBody(shape.frusta, shape.segment, sections, sectionOf, i));
  for (let k = 0; k < body.length; k++) body[k] = bodies[sectionOf[shape.segment[k]!]!] ? 1 : 0;
  return { ...shape, along, body, sections, sectionOf, nSegments, ...boundingBall(shape.frusta) };
}

/** The fraction of its section's arc length at which each piece starts and ends. */
function placesAlong(
  frusta: Float32Array,
  segment: Int32Array,
  sectionOf: Int32Array,
  nSections: number,
): Float32Array {
  const m = segment.length;
  const total = new Float64Array(nSections);
  for (let k = 0; k < m; k++) total[sectionOf[segment[k]!]!]! += frustumLength(frusta, k);
  const done = new Float64Array(nSections);
  const along = new Float32Array(2 * m);
  for (let k = 0; k < m; k++) {
    const section = sectionOf[segment[k]!]!;
    const whole = total[section]! || 1;
    along[2 * k] = done[section]! / whole;
    done[section]! += frustumLength(frusta, k);
    along[2 * k + 1] = done[section]! / whole;
  }
  return along;
}

function boundingBall(frusta: Float32Array): { centre: Vec3; radius: number } {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (let o = 0; o < frusta.length; o += 4) {
    for (let axis = 0; axis < 3; axis++) {
      low[axis] = Math.min(low[axis]!, frusta[o + axis]! - frusta[o + 3]!);
      high[axis] = Math.max(high[axis]!, frusta[o + axis]! + frusta[o + 3]!);
    }
  }
  if (frusta.length === 0) return { centre: [0, 0, 0], radius: 1 };
  const centre: Vec3 = [(low[0]! + high[0]!) / 2, (low[1]! + high[1]!) / 2, (low[2]! + high[2]!) / 2];
  let radius = 0;
  for (let o = 0; o < frusta.length; o += 4) {
    const reach = Math.hypot(frusta[o]! - centre[0], frusta[o + 1]! - centre[1], frusta[o + 2]! - centre[2]);
    radius = Math.max(radius, reach + frusta[o + 3]!);
  }
  return { centre, radius: Math.max(radius, 1e-3) };
}

export interface Spot {
  point: Vec3;
  radius: number;
}

/** Where on its axis `section(x)` lies and how thick the section is there, um; null if there is no such section. */
export function spotAt(tree: Tree, sectionName: string, x: number): Spot | null {
  const index = tree.sections.findIndex((section) => section.name === sectionName);
  if (index < 0) return null;
  let best: number | null = null;
  let miss = Infinity;
  for (let k = 0; k < tree.segment.length; k++) {
    if (tree.sectionOf[tree.segment[k]!] !== index) continue;
    const gap = Math.max(tree.along[2 * k]! - x, x - tree.along[2 * k + 1]!, 0);
    if (gap < miss) {
      miss = gap;
      best = k;
      if (gap === 0) break;
    }
  }
  if (best === null) return null;
  const [from, to] = [tree.along[2 * best]!, tree.along[2 * best + 1]!];
  const u = to > from ? Math.min(1, Math.max(0, (x - from) / (to - from))) : 0;
  const o = best * STRIDE;
  const [px, py, pz, radius] = [0, 1, 2, 3].map((i) => {
    const [start, end] = [tree.frusta[o + i]!, tree.frusta[o + 4 + i]!];
    return start + u * (end - start);
  }) as [number, number, number, number];
  return { point: [px, py, pz], radius };
}

/** The global index of the segment that holds `section(x)`; -1 if there is no such section. */
export function segmentAt(tree: Tree, sectionName: string, x: number): number {
  const section = tree.sections.find((candidate) => candidate.name === sectionName);
  if (!section) return -1;
  return section.first + Math.min(section.nseg - 1, Math.max(0, Math.floor(x * section.nseg)));
}

/** `x` with as many decimals as tell the section's segments apart. */
export function roundedX(tree: Tree, sectionIndex: number, x: number): number {
  const digits = tree.sections[sectionIndex]!.nseg > 50 ? 3 : 2;
  return Number(x.toFixed(digits));
}
