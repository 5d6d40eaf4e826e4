// Tapered pieces (frusta) as they come over the wire, and the sections that they belong to.

export interface SectionInfo {
  name: string;
  region: string;
  /** The global index of the section's first segment. */
  first: number;
  nseg: number;
}

/** Numbers per frustum: x0 y0 z0 r0 x1 y1 z1 r1, um. */
export const STRIDE = 8;

export function frustumLength(frusta: Float32Array, k: number): number {
  const o = k * STRIDE;
  return Math.hypot(
    frusta[o + 4]! - frusta[o]!,
    frusta[o + 5]! - frusta[o + 1]!,
    frusta[o + 6]! - frusta[o + 2]!,
  );
}
