// Small cells to test with.

import type { SectionInfo } from "../../src/viewer/frusta";
import { buildTree, type Tree } from "../../src/viewer/tree";

export interface Stick {
  name: string;
  region?: string;
  /** x y z r of consecutive points; one segment between two points. */
  points: [number, number, number, number][];
}

/** A tree whose every piece is a segment. */
export function treeOf(...sticks: Stick[]): Tree {
  const frusta: number[] = [];
  const segment: number[] = [];
  const sections: SectionInfo[] = [];
  for (const { name, region, points } of sticks) {
    sections.push({ name, region: region ?? "dend", first: segment.length, nseg: points.length - 1 });
    for (let i = 1; i < points.length; i++) {
      frusta.push(...(points[i - 1] as number[]), ...(points[i] as number[]));
      segment.push(segment.length);
    }
  }
  return buildTree(new Float32Array(frusta), new Int32Array(segment), sections);
}
