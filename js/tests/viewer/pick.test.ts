import { describe, expect, it } from "vitest";
import { Turntable } from "../../src/viewer/camera";
import { enterFrustum, enterRoundCone, pick, TOLERANCE } from "../../src/viewer/pick";
import type { Vec3 } from "../../src/viewer/tree";
import { treeOf } from "./trees";

/** A front view of the origin, two pixels per um. */
function frontView(): Turntable {
  const view = new Turntable();
  [view.width, view.height, view.scale] = [400, 300, 2];
  return view;
}

/** Numbers from 0 to 1 that are the same in every run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (1664525 * state + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}

describe("enterRoundCone", () => {
  it("finds the highest of all balls between the ends", () => {
    const random = numbers(1);
    let hits = 0;
    for (let i = 0; i < 400; i++) {
      const vector = (size: number): Vec3 => [0, 0, 0].map(() => size * (random() - 0.5)) as unknown as Vec3;
      const [a, b, ra, rb] = [vector(6), vector(8), 0.2 + 2 * random(), 0.2 + 2 * random()];
      let top = -Infinity;
      for (let s = 0; s <= 20000; s++) {
        const u = s / 20000;
        const under = (ra + u * (rb - ra)) ** 2 - (a[0] + u * b[0]) ** 2 - (a[1] + u * b[1]) ** 2;
        if (under >= 0) top = Math.max(top, a[2] + u * b[2] + Math.sqrt(under));
      }
      const entry = enterRoundCone(a, b, ra, rb);
      if (top === -Infinity) continue;
      hits++;
      expect(entry?.depth).toBeCloseTo(top, 2);
    }
    expect(hits).toBeGreaterThan(50);
  });

  it("misses beside it", () => {
    expect(enterRoundCone([3, -5, 0], [0, 10, 0], 1, 1)).toBeNull();
  });

  it("finds the flank of a cone that points at the eye", () => {
    const entry = enterRoundCone([2, 0, 0], [0, 0, 10], 4, 0.5);
    expect(entry?.u).toBeGreaterThan(0);
    expect(entry?.u).toBeLessThan(1);
  });
});

describe("enterFrustum", () => {
  it("finds the first point inside along the ray", () => {
    const random = numbers(7);
    let hits = 0;
    for (let i = 0; i < 300; i++) {
      const vector = (size: number): Vec3 => [0, 0, 0].map(() => size * (random() - 0.5)) as unknown as Vec3;
      const [a, b, ra, rb] = [vector(4), vector(8), 0.5 + 2 * random(), 0.5 + 2 * random()];
      const b2 = b[0] ** 2 + b[1] ** 2 + b[2] ** 2;
      let top = -Infinity;
      for (let z = 12; z > -12 && top === -Infinity; z -= 0.002) {
        const q = [-a[0], -a[1], z - a[2]] as const;
        const s = (q[0] * b[0] + q[1] * b[1] + q[2] * b[2]) / b2;
        const away = q[0] ** 2 + q[1] ** 2 + q[2] ** 2 - s * s * b2;
        if (s >= 0 && s <= 1 && away <= (ra + s * (rb - ra)) ** 2) top = z;
      }
      if (top === -Infinity) continue;
      hits++;
      expect(Math.abs((enterFrustum(a, b, ra, rb)?.depth ?? Infinity) - top)).toBeLessThan(0.01);
    }
    expect(hits).toBeGreaterThan(50);
  });

  it("does not reach beyond its flat ends", () => {
    expect(enterFrustum([0, 0.5, 0], [0, 10, 0], 3, 3)).toBeNull();
    expect(enterRoundCone([0, 0.5, 0], [0, 10, 0], 3, 3)).not.toBeNull();
  });
});

describe("pick", () => {
  const stick = { name: "dend[0]", points: [-50, -25, 0, 25, 50].map((x) => [x, 0, 0, 1]) as never };

  it("names the section, the segment and the place along it", () => {
    const hit = pick(treeOf(stick), frontView(), 200 + 2 * 12.5, 150);
    expect(hit).toMatchObject({ section: 0, segment: 2 });
    expect(hit?.x).toBeCloseTo(0.625, 6);
    expect(hit?.point[0]).toBeCloseTo(12.5, 6);
  });

  it("forgives a near miss and no more", () => {
    const edge = 150 + 2;
    expect(TOLERANCE).toBeGreaterThanOrEqual(3);
    expect(pick(treeOf(stick), frontView(), 200, edge + 3)?.section).toBe(0);
    expect(pick(treeOf(stick), frontView(), 200, edge + TOLERANCE + 1)).toBeNull();
  });

  it("takes the surface that lies nearest the eye, not the axis", () => {
    const thick = { name: "thick", points: [[0, -50, 0, 10] as const, [0, 50, 0, 10] as const] as never };
    const buried = { name: "buried", points: [[-50, 0, 5, 1] as const, [50, 0, 5, 1] as const] as never };
    const above = { name: "above", points: [[-50, 0, 12, 1] as const, [50, 0, 12, 1] as const] as never };
    const name = (tree: ReturnType<typeof treeOf>) =>
      tree.sections[pick(tree, frontView(), 200, 150)?.section ?? -1];
    expect(name(treeOf(buried, thick))?.name).toBe("thick");
    expect(name(treeOf(buried, thick, above))?.name).toBe("above");
  });

  it("prefers what is under the pointer to what lies beside it in front", () => {
    const behind = { name: "behind", points: [[-50, 0, -9, 1] as const, [50, 0, -9, 1] as const] as never };
    const beside = {
      name: "beside",
      points: [[-50, 2.5, 9, 0.2] as const, [50, 2.5, 9, 0.2] as const] as never,
    };
    const tree = treeOf(behind, beside);
    expect(tree.sections[pick(tree, frontView(), 200, 150)?.section ?? -1]?.name).toBe("behind");
  });

  it("follows the view as it turns", () => {
    const view = frontView();
    view.azimuth = Math.PI / 2;
    const tree = treeOf(stick);
    expect(pick(tree, view, 200 + 2 * 12.5, 150)).toBeNull();
    // The stick now points at the eye: its end from the left is seen on its flat face or cap.
    expect(pick(tree, view, 200, 150)?.x).toBeCloseTo(1, 6);
  });

  it("finds something under most of a crowded picture", () => {
    const random = numbers(3);
    const sticks = Array.from({ length: 100 }, (_, i) => ({
      name: `dend[${i}]`,
      points: Array.from({ length: 101 }, (_, j) => [
        300 * random() - 150,
        j * 2 - 100,
        300 * random() - 150,
        0.5,
      ]) as never,
    }));
    const tree = treeOf(...sticks);
    const view = frontView();
    expect(tree.nSegments).toBe(10_000);
    let found = 0;
    for (let i = 0; i < 100; i++) if (pick(tree, view, 400 * random(), 300 * random())) found++;
    expect(found).toBeGreaterThan(20);
  });
});
