// The cell's tree as the dendrogram and the pages know it: what hangs on what, and how long it is.

import { float32, type Model } from "../model";
import type { Place } from "../store";
import type { SectionInfo } from "../viewer/frusta";

/** Numbers per section in the trait `branches`: parent, parent_x, child_end, L, diam. */
const WIDTH = 5;

export interface Branch {
  index: number;
  name: string;
  region: string;
  nseg: number;
  /** The index of its parent; -1 for the root. */
  parent: number;
  parentX: number;
  childEnd: number;
  /** um */
  L: number;
  diam: number;
  children: number[];
}

export interface CellTree {
  branches: readonly Branch[];
  byName: ReadonlyMap<string, Branch>;
}

export function readTree(model: Model): CellTree {
  const sections = (model.get("sections") ?? []) as SectionInfo[];
  const numbers = float32(model, "branches");
  const branches = sections
    .slice(0, Math.floor(numbers.length / WIDTH))
    .map(({ name, region, nseg }, index): Branch => {
      const [parent, parentX, childEnd, L, diam] = numbers.subarray(index * WIDTH, (index + 1) * WIDTH);
      return {
        index,
        name,
        region,
        nseg,
        parent: parent!,
        parentX: parentX!,
        childEnd: childEnd!,
        L: L!,
        diam: diam!,
        children: [],
      };
    });
  for (const { index, parent } of branches) branches[parent]?.children.push(index);
  return { branches, byName: new Map(branches.map((branch) => [branch.name, branch])) };
}

/** The section and all that hang on it, parents first. */
export function subtree(tree: CellTree, name: string): string[] {
  const first = tree.byName.get(name);
  if (!first) return [];
  const found = [first.index];
  for (const index of found) found.push(...tree.branches[index]!.children);
  return found.map((index) => tree.branches[index]!.name);
}

/** Where a section that starts at a place is joined: what starts where a section starts hangs on that one's parent. */
export function jointOf(tree: CellTree, { section, x }: Place): Place {
  const branch = tree.byName.get(section);
  const above = branch && branch.childEnd === x ? tree.branches[branch.parent] : undefined;
  return branch && above ? { section: above.name, x: shortX(branch.parentX) } : { section, x };
}

export function placeText({ section, x }: Place): string {
  return `${section}(${shortX(x)})`;
}

/** An x without the noise of float32. */
function shortX(x: number): number {
  return Number(x.toPrecision(6));
}
