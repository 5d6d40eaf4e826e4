// A soma is drawn as one smooth body: swept along its points, and as a spheroid when only length and diameter are known.

import { frustumLength, type SectionInfo, STRIDE } from "./frusta";

interface Shape {
  frusta: Float32Array<ArrayBuffer>;
  segment: Int32Array<ArrayBuffer>;
}

/** Slices of a spheroid from pole to pole. */
const SLICES = 24;

/** Corners of a cross-section. */
const SIDES = 40;

/** The pieces of one section, in order. */
function piecesOf(segment: Int32Array, sectionOf: Int32Array, section: number): number[] {
  const pieces: number[] = [];
  for (let k = 0; k < segment.length; k++) if (sectionOf[segment[k]!] === section) pieces.push(k);
  return pieces;
}

function isSoma(section: SectionInfo): boolean {
  return section.region === "soma";
}

/** Somata, and a root so stout that rounded ends would double its length, are bodies. */
export function isBody(
  frusta: Float32Array,
  segment: Int32Array,
  sections: readonly SectionInfo[],
  sectionOf: Int32Array,
  index: number,
): boolean {
  if (isSoma(sections[index]!)) return true;
  if (index !== 0) return false;
  let length = 0;
  let radius = 0;
  for (const k of piecesOf(segment, sectionOf, index)) {
    length += frustumLength(frusta, k);
    radius = Math.max(radius, frusta[k * STRIDE + 3]!, frusta[k * STRIDE + 7]!);
  }
  return length < 4 * radius;
}

/**
 * The shape with every soma that is a plain cylinder, at most three times as long as wide or as wide as long, recut
 * into the spheroid of the same length and diameter: what NEURON calls a cylinder was a ball under the microscope.
 */
export function roundedSoma(
  frusta: Float32Array<ArrayBuffer>,
  segment: Int32Array<ArrayBuffer>,
  sections: readonly SectionInfo[],
  sectionOf: Int32Array,
): Shape {
  const recut = new Map<number, number[]>();
  for (const [index, section] of sections.entries()) {
    if (!isSoma(section)) continue;
    const pieces = piecesOf(segment, sectionOf, index);
    if (isPlainCylinder(frusta, pieces)) recut.set(pieces[0]!, pieces);
  }
  if (recut.size === 0) return { frusta, segment };
  const dropped = new Set([...recut.values()].flat());
  const outFrusta: number[] = [];
  const outSegment: number[] = [];
  for (let k = 0; k < segment.length; k++) {
    const cylinder = recut.get(k);
    if (cylinder) appendSpheroid(frusta, segment, cylinder, outFrusta, outSegment);
    if (dropped.has(k)) continue;
    for (let i = 0; i < STRIDE; i++) outFrusta.push(frusta[k * STRIDE + i]!);
    outSegment.push(segment[k]!);
  }
  return { frusta: new Float32Array(outFrusta), segment: new Int32Array(outSegment) };
}

function isPlainCylinder(frusta: Float32Array, pieces: readonly number[]): boolean {
  const first = pieces[0];
  const last = pieces.at(-1);
  if (first === undefined || last === undefined) return false;
  const radius = frusta[first * STRIDE + 3]!;
  let length = 0;
  for (const k of pieces) {
    for (const at of [3, 7]) if (Math.abs(frusta[k * STRIDE + at]! - radius) > 0.01 * radius) return false;
    length += frustumLength(frusta, k);
  }
  const [a, b] = [first * STRIDE, last * STRIDE + 4];
  const chord = Math.hypot(
    frusta[b]! - frusta[a]!,
    frusta[b + 1]! - frusta[a + 1]!,
    frusta[b + 2]! - frusta[a + 2]!,
  );
  return chord > 0.99 * length && length < 6 * radius && length > radius / 1.5;
}

function appendSpheroid(
  frusta: Float32Array,
  segment: Int32Array,
  pieces: readonly number[],
  outFrusta: number[],
  outSegment: number[],
): void {
  const [first, last] = [pieces[0]! * STRIDE, pieces.at(-1)! * STRIDE];
  const start = [frusta[first]!, frusta[first + 1]!, frusta[first + 2]!];
  const end = [frusta[last + 4]!, frusta[last + 5]!, frusta[last + 6]!];
  const radius = frusta[first + 3]!;
  const total = pieces.reduce((sum, k) => sum + frustumLength(frusta, k), 0);
  const boundaries: { until: number; segment: number }[] = [];
  let reached = 0;
  for (const k of pieces) {
    reached += frustumLength(frusta, k) / total;
    boundaries.push({ until: reached, segment: segment[k]! });
  }
  boundaries.at(-1)!.until = 1;
  const evenly = Array.from({ length: SLICES + 1 }, (_, i) => 0.5 - 0.5 * Math.cos((Math.PI * i) / SLICES));
  const cuts = [...new Set([...evenly, ...boundaries.map((b) => b.until)])].sort((a, b) => a - b);
  const at = (s: number) => start.map((p, axis) => p + s * (end[axis]! - p));
  const widthAt = (s: number) => radius * Math.sqrt(Math.max(0, 4 * s * (1 - s)));
  for (let i = 0; i + 1 < cuts.length; i++) {
    const [from, to] = [cuts[i]!, cuts[i + 1]!];
    const owner = boundaries.find((b) => (from + to) / 2 <= b.until) ?? boundaries.at(-1)!;
    outFrusta.push(...at(from), widthAt(from), ...at(to), widthAt(to));
    outSegment.push(owner.segment);
  }
}

export interface Surface {
  position: Float32Array<ArrayBuffer>;
  normal: Float32Array<ArrayBuffer>;
  /** The segment of each corner, as the shader's float. */
  segment: Float32Array<ArrayBuffer>;
  index: Uint32Array<ArrayBuffer>;
}

interface Ring {
  centre: number[];
  axis: number[];
  radius: number;
  /** How much the radius grows along the axis, at this ring. */
  slope: number;
}

/** The swept surface of consecutive pieces, smooth from ring to ring, closed at both ends. */
export function sweptSurface(
  frusta: Float32Array,
  segment: Int32Array,
  runs: readonly (readonly number[])[],
): Surface {
  const position: number[] = [];
  const normal: number[] = [];
  const owner: number[] = [];
  const index: number[] = [];
  const addRing = (ring: Ring, seg: number) => {
    const base = position.length / 3;
    const [e1, e2] = perpendiculars(ring.axis);
    const tilt = Math.atan(ring.slope);
    for (let side = 0; side < SIDES; side++) {
      const angle = (2 * Math.PI * side) / SIDES;
      for (let c = 0; c < 3; c++) {
        const out = Math.cos(angle) * e1[c]! + Math.sin(angle) * e2[c]!;
        position.push(ring.centre[c]! + ring.radius * out);
        normal.push(Math.cos(tilt) * out - Math.sin(tilt) * ring.axis[c]!);
      }
      owner.push(seg);
    }
    return base;
  };
  const addCap = (ring: Ring, seg: number, sign: number) => {
    if (ring.radius < 1e-6) return;
    const flat: Ring = { ...ring, slope: sign < 0 ? Infinity : -Infinity };
    const base = addRing(flat, seg);
    const centre = position.length / 3;
    position.push(...ring.centre);
    normal.push(...ring.axis.map((a) => sign * a));
    owner.push(seg);
    for (let side = 0; side < SIDES; side++) {
      const [p, q] = [base + side, base + ((side + 1) % SIDES)];
      index.push(centre, ...(sign > 0 ? [p, q] : [q, p]));
    }
  };
  for (const run of runs) {
    const rings = ringsOf(frusta, run);
    if (rings.length < 2) continue;
    addCap(rings[0]!, segment[run[0]!]!, -1);
    for (let i = 0; i < run.length; i++) {
      const seg = segment[run[i]!]!;
      const bases = between(rings[i]!, rings[i + 1]!).map((ring) => addRing(ring, seg));
      for (let step = 1; step < bases.length; step++) {
        const [low, high] = [bases[step - 1]!, bases[step]!];
        for (let side = 0; side < SIDES; side++) {
          const next = (side + 1) % SIDES;
          index.push(low + side, low + next, high + side, high + side, low + next, high + next);
        }
      }
    }
    addCap(rings.at(-1)!, segment[run.at(-1)!]!, 1);
  }
  return {
    position: new Float32Array(position),
    normal: new Float32Array(normal),
    segment: new Float32Array(owner),
    index: new Uint32Array(index),
  };
}

/** The rings between consecutive pieces; at a bend the ring lies in the mitre, so that no gap opens. */
function ringsOf(frusta: Float32Array, run: readonly number[]): Ring[] {
  const axes: number[][] = [];
  const slopes: number[] = [];
  let lastAxis = [0, 1, 0];
  for (const k of run) {
    const o = k * STRIDE;
    const length = frustumLength(frusta, k);
    if (length > 1e-6) lastAxis = [0, 1, 2].map((c) => (frusta[o + 4 + c]! - frusta[o + c]!) / length);
    axes.push(lastAxis);
    const growth = frusta[o + 7]! - frusta[o + 3]!;
    slopes.push(length > 1e-6 ? growth / length : Math.sign(growth) * 1e6);
  }
  const rings: Ring[] = [];
  for (let i = 0; i <= run.length; i++) {
    const [before, after] = [Math.max(0, i - 1), Math.min(run.length - 1, i)];
    const o = i < run.length ? run[i]! * STRIDE : run[i - 1]! * STRIDE + 4;
    const sum = [0, 1, 2].map((c) => axes[before]![c]! + axes[after]![c]!);
    const size = Math.hypot(...sum);
    const tilt = (Math.atan(slopes[before]!) + Math.atan(slopes[after]!)) / 2;
    rings.push({
      centre: [frusta[o]!, frusta[o + 1]!, frusta[o + 2]!],
      axis: size > 1e-3 ? sum.map((s) => s / size) : axes[after]!,
      radius: frusta[o + 3]!,
      // A pole (radius 0) is round: its normal points along the axis.
      slope: frusta[o + 3]! < 1e-6 ? (i === 0 ? Infinity : -Infinity) : Math.tan(tilt),
    });
  }
  return rings;
}

/** Both rings and those between, on the cubic curve that takes their radii and slopes. */
function between(low: Ring, high: Ring): Ring[] {
  const length = Math.hypot(...[0, 1, 2].map((c) => high.centre[c]! - low.centre[c]!));
  const steps = Math.min(8, Math.ceil((6 * length) / Math.max(low.radius, high.radius)));
  const steep = Math.max(Math.abs(low.slope), Math.abs(high.slope));
  if (steps < 2 || steep > 5) return [low, high];
  const rings: Ring[] = [];
  for (let step = 0; step <= steps; step++) {
    const t = step / steps;
    const mix = (a: number, b: number) => a + t * (b - a);
    const [d0, d1] = [low.slope * length, high.slope * length];
    const grown = high.radius - low.radius;
    const axis = low.axis.map((c, i) => mix(c, high.axis[i]!));
    const size = Math.hypot(...axis) || 1;
    rings.push({
      centre: low.centre.map((c, i) => mix(c, high.centre[i]!)),
      axis: axis.map((c) => c / size),
      radius: Math.max(
        0,
        low.radius + t * d0 + t * t * (3 * grown - 2 * d0 - d1) + t ** 3 * (d0 + d1 - 2 * grown),
      ),
      slope: (d0 + 2 * t * (3 * grown - 2 * d0 - d1) + 3 * t * t * (d0 + d1 - 2 * grown)) / length,
    });
  }
  return rings;
}

function perpendiculars(axis: readonly number[]): [number[], number[]] {
  const [x, y, z] = axis as [number, number, number];
  const helper = Math.abs(y) < 0.9 ? [0, 1, 0] : [1, 0, 0];
  const cross = (a: readonly number[], b: readonly number[]) => [
    a[1]! * b[2]! - a[2]! * b[1]!,
    a[2]! * b[0]! - a[0]! * b[2]!,
    a[0]! * b[1]! - a[1]! * b[0]!,
  ];
  const e1 = cross(helper, axis);
  const size = Math.hypot(...e1);
  const unit = e1.map((c) => c / size);
  return [unit, cross([x, y, z], unit)];
}
