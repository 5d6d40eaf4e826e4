import { describe, expect, it } from "vitest";
import { pointAt, readPoints, shownBy, surroundings } from "../src/import3d/points";
import { Turntable } from "../src/viewer/camera";
import { fakeModel, wire } from "./model";

// A soma at 0; from it a dendrite 1-2 that forks into 3 and 4-5; and an axon 6 that is a root of its own.
const PLACES = [
  [0, 0, 0, 10],
  [10, 0, 0, 2],
  [20, 0, 0, 2],
  [30, 10, 0, 1],
  [30, -10, 0, 1],
  [40, -10, 0, 1],
  [-50, 0, 0, 1],
];
const FACTS = [
  [-1, 1, 2, 0],
  [0, 3, 3, 1],
  [1, 3, 4, 1],
  [2, 3, 5, 2],
  [2, 4, 7, 3],
  [4, 4, 8, 3],
  [-1, 2, 9, 4],
];

function points() {
  const model = fakeModel({
    points: wire(Float32Array.from(PLACES.flat())),
    point_facts: wire(Int32Array.from(FACTS.flat())),
  });
  return readPoints(model)!;
}

const listed = (shown: Uint8Array) => [...shown.keys()].filter((i) => shown[i]);

describe("the points of a file", () => {
  it("wait until both halves of a change are there", () => {
    const model = fakeModel({
      points: wire(Float32Array.from(PLACES.flat())),
      point_facts: wire(new Int32Array(0)),
    });
    expect(readPoints(model)).toBeNull();
  });

  it("are shown as a filter says", () => {
    const all = points();
    expect(listed(shownBy("all", all, 2))).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(listed(shownBy("section", all, 4))).toEqual([4, 5]);
    expect(listed(shownBy("distal", all, 2))).toEqual([2, 3, 4, 5]);
    expect(listed(shownBy("path", all, 5))).toEqual([0, 1, 2, 4, 5]);
    expect(listed(shownBy("roots", all, -1))).toEqual([0, 6]);
    expect(listed(shownBy("type 4", all, -1))).toEqual([4, 5]);
  });

  it("are all shown by a filter about a point while none is chosen", () => {
    expect(listed(shownBy("distal", points(), -1))).toHaveLength(7);
    expect(listed(shownBy("path", points(), 99))).toHaveLength(7);
  });

  it("are found under the pointer, the shown ones only", () => {
    const all = points();
    const view = new Turntable();
    [view.width, view.height, view.scale] = [200, 200, 2];
    const shown = shownBy("all", all, -1);
    expect(pointAt(all, shown, view, 100 + 2 * 20 + 3, 100, 8)).toBe(2);
    expect(pointAt(all, shown, view, 100 + 2 * 15, 100, 8)).toBe(-1);
    expect(pointAt(all, shownBy("type 4", all, -1), view, 140, 100, 8)).toBe(-1);
  });

  it("have surroundings that reach their neighbours", () => {
    expect(surroundings(points(), 0)).toBe(60);
    expect(surroundings(points(), 6)).toBe(60);
    const far = points();
    far.place[3 * 4 + 1] = 110;
    expect(surroundings(far, 3)).toBeCloseTo(3 * Math.hypot(10, 110));
  });
});
