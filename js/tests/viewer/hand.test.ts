import { describe, expect, it } from "vitest";
import { Turntable } from "../../src/viewer/camera";
import { inPlane, isWithin, sectionsWithin } from "../../src/viewer/hand";
import { buildTree, type Tree } from "../../src/viewer/tree";

/** Three sections of 10 um along x, from 0 to 30, the last pointing at the eye. */
function three(): Tree {
  const frusta = new Float32Array([
    0, 0, 0, 1, 10, 0, 0, 1, 10, 0, 0, 1, 20, 0, 0, 1, 20, 0, 0, 1, 20, 0, 30, 1,
  ]);
  const sections = ["a", "b", "c"].map((name, first) => ({ name, region: name, first, nseg: 1 }));
  return buildTree(frusta, new Int32Array([0, 1, 2]), sections);
}

function view(): Turntable {
  const camera = new Turntable();
  [camera.width, camera.height, camera.scale] = [200, 100, 2];
  return camera;
}

describe("a lasso", () => {
  const square = [
    { x: 0, y: 0 },
    { x: 10, y: 0 },
    { x: 10, y: 10 },
    { x: 0, y: 10 },
  ];

  it("holds what lies inside, and a dent of it does not", () => {
    expect(isWithin(square, 5, 5)).toBe(true);
    expect(isWithin(square, 15, 5)).toBe(false);
    const dented = [...square, { x: 5, y: 5 }];
    expect(isWithin(dented, 1, 5)).toBe(false);
    expect(isWithin(dented, 9, 5)).toBe(true);
  });

  it("catches sections by the most of their length, also one that points at the eye", () => {
    const camera = view();
    const box = (from: number, to: number) => {
      const at = (x: number, y: number) => camera.project([x, y, 0]);
      return [at(from, -5), at(to, -5), at(to, 5), at(from, 5)];
    };
    expect(sectionsWithin(three(), camera, box(-1, 9))).toEqual(["a"]);
    expect(sectionsWithin(three(), camera, box(-1, 21))).toEqual(["a", "b", "c"]);
    expect(sectionsWithin(three(), camera, box(19, 21))).toEqual(["c"]);
    expect(sectionsWithin(three(), camera, [])).toEqual([]);
  });
});

describe("a way on the screen", () => {
  it("is one in the plane of the screen, however the cell is turned", () => {
    const camera = view();
    expect(inPlane(camera, 20, -10).map((n) => n + 0)).toEqual([10, 5, 0]);
    camera.orbit(37, 21);
    const [from, by] = [[3, -4, 5] as const, inPlane(camera, 12, 7)];
    const start = camera.project(from);
    const end = camera.project([from[0] + by[0], from[1] + by[1], from[2] + by[2]]);
    expect(end.x - start.x).toBeCloseTo(12, 5);
    expect(end.y - start.y).toBeCloseTo(7, 5);
    expect(end.depth).toBeCloseTo(start.depth, 5);
  });
});
