import { describe, expect, it } from "vitest";
import { arrange, neighbour, tickStep } from "../src/cell_builder/arrange";
import { gathered } from "../src/cell_builder/hand";
import { type CellTree, jointOf, placeText, readTree, subtree } from "../src/cell_builder/tree";
import { fakeModel } from "./model";

/** A soma with two dendrites at its end, one of which forks, and an axon at its start, joined by its own end 1. */
function tree(): CellTree {
  const rows: [string, number, number, number, number][] = [
    ["soma", -1, 0, 0, 20],
    ["dend[0]", 0, 1, 0, 100],
    ["dend[1]", 1, 1, 0, 50],
    ["dend[2]", 1, 0.5, 0, 30],
    ["dend[3]", 0, 1, 0, 10],
    ["axon", 0, 0, 1, 40],
  ];
  const model = fakeModel({
    sections: rows.map(([name], first) => ({ name, region: name.slice(0, 4), first, nseg: 1 })),
    branches: new Float32Array(rows.flatMap(([, parent, x, end, L]) => [parent, x, end, L, 1])).buffer,
  });
  return readTree(model);
}

describe("the tree", () => {
  it("tells what hangs on what, and lists a subtree parents first", () => {
    expect(tree().branches[1]?.children).toEqual([2, 3]);
    expect(subtree(tree(), "dend[0]")).toEqual(["dend[0]", "dend[1]", "dend[2]"]);
    expect(subtree(tree(), "nose")).toEqual([]);
  });

  it("joins what starts where a section starts to that one's parent", () => {
    expect(jointOf(tree(), { section: "dend[2]", x: 0 })).toEqual({ section: "dend[0]", x: 0.5 });
    expect(jointOf(tree(), { section: "axon", x: 1 })).toEqual({ section: "soma", x: 0 });
    expect(jointOf(tree(), { section: "soma", x: 0 })).toEqual({ section: "soma", x: 0 });
    expect(jointOf(tree(), { section: "dend[2]", x: 0.3 })).toEqual({ section: "dend[2]", x: 0.3 });
  });

  it("writes places as people do", () => {
    expect(placeText({ section: "dend[3]", x: Math.fround(0.1) })).toBe("dend[3](0.1)");
  });
});

describe("the arrangement", () => {
  it("puts tips side by side and measures along the tree from each joint", () => {
    const at = arrange(tree());
    expect(at.tips).toBe(4);
    expect([...at.start]).toEqual([0, 20, 120, 70, 20, 0]);
    expect([...at.end]).toEqual([20, 120, 170, 100, 30, 40]);
    expect([...at.across]).toEqual([1.75, 0.5, 0, 1, 2, 3]);
    expect(at.height).toBe(170);
  });

  it("is walked up to a child, down to the parent and sideways to what lies beside", () => {
    const cell = tree();
    const at = arrange(cell);
    const step = (from: string, dx: number, dy: number) =>
      cell.branches[neighbour(cell, at, cell.byName.get(from)!.index, dx, dy)]?.name;
    expect(step("soma", 0, 1)).toBe("dend[3]");
    expect(step("dend[1]", 0, -1)).toBe("dend[0]");
    expect(step("dend[1]", 1, 0)).toBe("dend[2]");
    expect(step("dend[3]", 1, 0)).toBe("axon");
    expect(step("axon", 1, 0)).toBe("axon");
    expect(step("dend[1]", 0, 1)).toBe("dend[1]");
  });

  it("stands an empty cell, and chooses round marks", () => {
    const empty = readTree(fakeModel({ sections: [], branches: new ArrayBuffer(0) }));
    expect(arrange(empty).tips).toBe(1);
    expect(neighbour(empty, arrange(empty), -1, 1, 0)).toBe(-1);
    expect(tickStep(1000, 4)).toBe(500);
    expect(tickStep(340, 4)).toBe(100);
  });
});

describe("choosing", () => {
  it("takes only, adds, or lets change sides", () => {
    expect(gathered(["a", "b"], ["c"], "only")).toEqual(["c"]);
    expect(gathered(["a", "b"], ["b", "c"], "add")).toEqual(["a", "b", "c"]);
    expect(gathered(["a", "b"], ["b", "c"], "toggle")).toEqual(["a", "c"]);
  });
});
