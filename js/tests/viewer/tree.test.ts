import { describe, expect, it } from "vitest";
import { frustumLength } from "../../src/viewer/frusta";
import { sweptSurface } from "../../src/viewer/soma";
import { buildTree, roundedX, segmentAt, spotAt } from "../../src/viewer/tree";
import { treeOf } from "./trees";

describe("buildTree", () => {
  it("measures places along a section by arc length", () => {
    const tree = treeOf({
      name: "dend",
      points: [
        [0, 0, 0, 1],
        [30, 0, 0, 1],
        [30, 10, 0, 1],
      ],
    });
    expect([...tree.along]).toEqual([0, 0.75, 0.75, 1]);
    expect(spotAt(tree, "dend", 0.875)).toEqual({ point: [30, 5, 0], radius: 1 });
    expect(spotAt(tree, "dend", 0)?.point).toEqual([0, 0, 0]);
    expect(spotAt(tree, "axon", 0.5)).toBeNull();
  });

  it("keeps sections apart", () => {
    const tree = treeOf(
      {
        name: "a",
        points: [
          [0, 0, 0, 1],
          [10, 0, 0, 1],
        ],
      },
      {
        name: "b",
        points: [
          [10, 0, 0, 1],
          [10, 40, 0, 1],
          [10, 50, 0, 1],
        ],
      },
    );
    expect([...tree.sectionOf]).toEqual([0, 1, 1]);
    expect(spotAt(tree, "b", 0.5)?.point[1]).toBeCloseTo(25, 4);
    expect(segmentAt(tree, "b", 0.5)).toBe(2);
    expect(segmentAt(tree, "b", 1)).toBe(2);
    expect(segmentAt(tree, "c", 0)).toBe(-1);
  });

  it("holds everything in its ball", () => {
    const tree = treeOf({
      name: "dend",
      points: [
        [0, 0, 0, 3],
        [100, 0, 0, 1],
      ],
    });
    expect(tree.radius).toBeGreaterThanOrEqual(50);
    expect(tree.radius).toBeLessThan(56);
  });

  it("takes an empty cell", () => {
    const tree = buildTree(new Float32Array(0), new Int32Array(0), []);
    expect(tree.nSegments).toBe(0);
    expect(tree.radius).toBeGreaterThan(0);
  });

  it("rounds x so that segments stay apart", () => {
    const tree = treeOf({ name: "dend", points: Array.from({ length: 102 }, (_, i) => [i, 0, 0, 1]) });
    expect(roundedX(tree, 0, 0.12345)).toBe(0.123);
  });
});

describe("the soma", () => {
  const ball = () =>
    treeOf(
      {
        name: "soma",
        region: "soma",
        points: [
          [0, -10, 0, 10],
          [0, 0, 0, 10],
          [0, 10, 0, 10],
        ],
      },
      {
        name: "dend",
        points: [
          [0, 10, 0, 1],
          [0, 90, 0, 1],
        ],
      },
    );

  it("turns a cylinder into the spheroid of its length and width", () => {
    const tree = ball();
    let [length, widest] = [0, 0];
    for (let k = 0; k < tree.segment.length; k++) {
      if (!tree.body[k]) continue;
      length += frustumLength(tree.frusta, k);
      const [r, y] = [tree.frusta[8 * k + 3] as number, tree.frusta[8 * k + 1] as number];
      expect(r).toBeCloseTo(Math.sqrt(Math.max(0, 100 - y * y)), 3);
      widest = Math.max(widest, r);
    }
    expect(length).toBeCloseTo(20, 4);
    expect(widest).toBeCloseTo(10, 4);
  });

  it("keeps each half the colour of its own segment", () => {
    const tree = ball();
    for (let k = 0; k < tree.segment.length; k++) {
      if (!tree.body[k]) continue;
      const middle = ((tree.frusta[8 * k + 1] as number) + (tree.frusta[8 * k + 5] as number)) / 2;
      expect(tree.segment[k]).toBe(middle < 0 ? 0 : 1);
    }
    expect(tree.nSegments).toBe(3);
    expect(tree.segment.at(-1)).toBe(2);
    expect(spotAt(tree, "soma", 0.5)?.point[1]).toBeCloseTo(0, 5);
  });

  it("leaves a traced outline as it is", () => {
    const tree = treeOf({
      name: "soma",
      region: "soma",
      points: [
        [0, -5, 0, 1],
        [0, 0, 0, 6],
        [0, 5, 0, 2],
      ],
    });
    expect(tree.segment.length).toBe(2);
    expect([...tree.body]).toEqual([1, 1]);
  });

  it("is closed, and its normals point outward", () => {
    const tree = ball();
    const body = [...tree.body.keys()].filter((k) => tree.body[k]);
    const { position, normal, index } = sweptSurface(tree.frusta, tree.segment, [body]);
    let volume = 0;
    const corner = (i: number) =>
      [0, 1, 2].map((c) => position[3 * i + c] as number) as [number, number, number];
    for (let t = 0; t < index.length; t += 3) {
      const [a, b, c] = [corner(index[t]!), corner(index[t + 1]!), corner(index[t + 2]!)];
      volume += (a[0]! * (b[1]! * c[2]! - b[2]! * c[1]!)) / 6;
      volume += (a[1]! * (b[2]! * c[0]! - b[0]! * c[2]!)) / 6;
      volume += (a[2]! * (b[0]! * c[1]! - b[1]! * c[0]!)) / 6;
    }
    expect(volume / ((4 / 3) * Math.PI * 1000)).toBeGreaterThan(0.97);
    expect(volume / ((4 / 3) * Math.PI * 1000)).toBeLessThan(1.001);
    for (let i = 0; i < position.length; i += 3) {
      const outward = [0, 1, 2].reduce((sum, c) => sum + position[i + c]! * normal[i + c]!, 0);
      expect(outward).toBeGreaterThan(0);
    }
  });
});
