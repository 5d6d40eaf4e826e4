// Where the branches of a dendrogram stand: tips side by side, and the distance along the tree upwards.

import type { CellTree } from "./tree";

export interface Arrangement {
  /** (n,): across, in steps from one tip to the next. */
  across: Float64Array;
  /** (n,): the distance along the tree at which each section begins and ends, um; it begins where it is joined. */
  start: Float64Array;
  end: Float64Array;
  tips: number;
  /** um */
  height: number;
}

export function arrange({ branches }: CellTree): Arrangement {
  const n = branches.length;
  const across = new Float64Array(n);
  const start = new Float64Array(n);
  const end = new Float64Array(n);
  let height = 0;
  // Parents come before children in a document.
  for (const { index, parent, parentX, L } of branches) {
    const above = branches[parent];
    if (above) start[index] = start[parent]! + Math.abs(parentX - above.childEnd) * above.L;
    end[index] = start[index]! + L;
    height = Math.max(height, end[index]!);
  }
  let tips = 0;
  const waiting = branches.filter(({ parent }) => parent < 0).map(({ index }) => index);
  const order: number[] = [];
  while (waiting.length > 0) {
    const index = waiting.pop()!;
    order.push(index);
    const { children } = branches[index]!;
    if (children.length === 0) across[index] = tips++;
    for (let i = children.length - 1; i >= 0; i--) waiting.push(children[i]!);
  }
  for (const index of order.reverse()) {
    const { children } = branches[index]!;
    if (children.length > 0) across[index] = (across[children[0]!]! + across[children.at(-1)!]!) / 2;
  }
  return { across, start, end, tips: Math.max(tips, 1), height: Math.max(height, 1e-6) };
}

/** The next branch in the direction of an arrow key: up to a child, down to the parent, sideways to the nearest. */
export function neighbour(tree: CellTree, at: Arrangement, from: number, dx: number, dy: number): number {
  const branch = tree.branches[from];
  if (!branch) return tree.branches.length > 0 ? 0 : -1;
  if (dy < 0) return branch.parent >= 0 ? branch.parent : from;
  if (dy > 0) return branch.children[Math.floor((branch.children.length - 1) / 2)] ?? from;
  const hangsOn = (index: number, other: number) => {
    for (let above = index; above >= 0; above = tree.branches[above]!.parent)
      if (above === other) return true;
    return false;
  };
  const middle = (at.start[from]! + at.end[from]!) / 2;
  let best = from;
  let least = Infinity;
  for (const { index } of tree.branches) {
    const aside = (at.across[index]! - at.across[from]!) * dx;
    if (aside <= 1e-9 || hangsOn(from, index) || hangsOn(index, from)) continue;
    // Beside rather than near: a branch at the same distance from the root comes first.
    const off = Math.max(at.start[index]! - middle, middle - at.end[index]!, 0) / at.height;
    const cost = aside + 4 * off * at.tips;
    if (cost < least) [best, least] = [index, cost];
  }
  return best;
}

/** A round number of um between the marks of a scale, so that at most `most` of them fit into `height`. */
export function tickStep(height: number, most: number): number {
  const least = height / Math.max(most, 1);
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= least) ?? 10);
}
