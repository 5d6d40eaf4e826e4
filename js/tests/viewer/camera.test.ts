import { describe, expect, it } from "vitest";
import { scaleBarLength, scaleBarText } from "../../src/viewer/annotations";
import { dot, Turntable } from "../../src/viewer/camera";
import { treeOf } from "./trees";

function view(): Turntable {
  const camera = new Turntable();
  [camera.width, camera.height] = [640, 480];
  return camera;
}

const tree = treeOf({
  name: "dend",
  points: [
    [-100, 0, 40, 2],
    [300, 50, 0, 1],
    [0, 400, -60, 1],
  ],
});

describe("Turntable", () => {
  it("stands upright and square however it is turned", () => {
    const camera = view();
    camera.orbit(123, -77);
    const { right, up, toward } = camera.basis();
    for (const axis of [right, up, toward]) expect(dot(axis, axis)).toBeCloseTo(1, 10);
    expect(dot(right, up)).toBeCloseTo(0, 10);
    expect(dot(up, toward)).toBeCloseTo(0, 10);
    expect(right[1]).toBe(0);
    expect(up[1]).toBeGreaterThan(0);
  });

  it("fits the whole cell into the picture from any side", () => {
    const camera = view();
    for (const turn of [0, 60, 200]) {
      camera.orbit(turn, turn / 3);
      camera.fit(tree);
      for (let o = 0; o < tree.frusta.length; o += 4) {
        const [x, y, z] = tree.frusta.subarray(o, o + 3) as unknown as [number, number, number];
        const at = camera.project([x, y, z]);
        expect(at.x).toBeGreaterThan(0);
        expect(at.x).toBeLessThan(640);
        expect(at.y).toBeGreaterThan(0);
        expect(at.y).toBeLessThan(480);
      }
    }
  });

  it("comes back from any detour of sizes", () => {
    const camera = view();
    camera.orbit(30, 10);
    camera.fit(tree);
    camera.zoom(1.5);
    const scale = camera.scale;
    for (const [w, h] of [
      [900, 300],
      [300, 900],
      [100, 100],
      [640, 480],
    ] as const)
      camera.resize(w, h, tree);
    expect(camera.scale).toBeCloseTo(scale, 10);
  });

  it("zooms around the pointer", () => {
    const camera = view();
    camera.fit(tree);
    camera.orbit(40, 10);
    const before = camera.project([300, 50, 0]);
    camera.zoom(1.7, before.x, before.y);
    const after = camera.project([300, 50, 0]);
    expect(after.x).toBeCloseTo(before.x, 6);
    expect(after.y).toBeCloseTo(before.y, 6);
  });

  it("shifts by the pixels it is asked to", () => {
    const camera = view();
    camera.fit(tree);
    camera.orbit(70, 20);
    const before = camera.project([0, 0, 0]);
    camera.pan(13, -8);
    const after = camera.project([0, 0, 0]);
    expect(after.x - before.x).toBeCloseTo(13, 6);
    expect(after.y - before.y).toBeCloseTo(-8, 6);
  });

  it("keeps the cell from under what stands at the top right, until somebody moves it", () => {
    const wide = treeOf({
      name: "dend",
      points: [
        [0, 0, 0, 1],
        [1000, 200, 0, 1],
      ],
    });
    const rightmost = (camera: Turntable) => camera.project([1000, 200, 0]).x;
    const camera = view();
    camera.fit(wide);
    expect(rightmost(camera)).toBeGreaterThan(560);
    expect(camera.reserve(80, 240, wide)).toBe(true);
    expect(rightmost(camera)).toBeLessThan(560);
    expect(camera.project([0, 0, 0]).x).toBeGreaterThan(0);
    expect(camera.reserve(64, 200, wide), "it never shrinks").toBe(false);
    camera.resize(900, 400, wide);
    expect(rightmost(camera)).toBeLessThan(820);
    camera.zoom(2);
    const { scale } = camera;
    expect(camera.reserve(160, 240, wide)).toBe(false);
    expect(camera.scale).toBe(scale);
  });
});

describe("the scale bar", () => {
  it("is the longest of 1, 2 and 5 times ten that fits", () => {
    expect(scaleBarLength(1)).toBe(100);
    expect(scaleBarLength(0.5)).toBe(200);
    expect(scaleBarLength(0.2)).toBe(500);
    expect(scaleBarLength(30)).toBe(2);
    for (let scale = 0.01; scale < 500; scale *= 1.3) {
      const pixels = scaleBarLength(scale) * scale;
      expect(pixels).toBeLessThanOrEqual(120);
      expect(pixels).toBeGreaterThan(40);
    }
  });

  it("names its length in units that people read", () => {
    expect(scaleBarText(50)).toBe("50 \u00b5m");
    expect(scaleBarText(0.2)).toBe("0.2 \u00b5m");
    expect(scaleBarText(2000)).toBe("2 mm");
  });
});
