import { describe, expect, it } from "vitest";
import { axisRange, countRange, decades, extent, logRange, niceStep, ticks } from "../src/traces/range";

describe("axisRange", () => {
  it("shows -80 to 40 mV until the data ask for more", () => {
    expect(axisRange([-70, 30], "mV")).toEqual([-80, 40]);
    expect(axisRange(null, "mV")).toEqual([-80, 40]);
    expect(axisRange([-70, 43], "mV")).toEqual([-80, 60]);
    expect(axisRange([-95, 30], "mV")).toEqual([-100, 40]);
  });
  it("holds the data and ends on round numbers", () => {
    const [low, high] = axisRange([0, 0.3], "nA");
    expect(low).toBeLessThan(0);
    expect(high).toBeCloseTo(0.35, 12);
  });
  it("stands still under a small change", () => {
    expect(axisRange([0, 0.31], "nA")).toEqual(axisRange([0, 0.32], "nA"));
  });
  it("gives a constant room, on the side of zero", () => {
    expect(axisRange([0, 0], "nA")).toEqual([-1, 1]);
    expect(axisRange([-2, -2], "nA")[1]).toBe(0);
    expect(axisRange([-2, -2], "nA")[0]).toBeLessThan(-2);
  });
});

it("extent passes over what is not a number", () => {
  expect(extent([Float32Array.of(1, Number.NaN, 3), Float32Array.of(-2)])).toEqual([-2, 3]);
  expect(extent([Float32Array.of(Number.NaN)])).toBeNull();
});

it.each([
  [0.9, 1],
  [1.1, 2],
  [0.03, 0.05],
  [60, 100],
])("niceStep(%d) is %d", (rough, step) => expect(niceStep(rough)).toBeCloseTo(step, 12));

describe("axes of steps", () => {
  it("end on powers of ten, and leave out what has no logarithm", () => {
    expect(logRange([0.003, 1.2])).toEqual([0.001, 10]);
    expect(logRange([0.01, 1])).toEqual([0.01, 1]);
    expect(logRange([0.025, 0.025])).toEqual([0.01, 0.1]);
    expect(logRange([0, 2])).toEqual([0.01, 10]);
    expect(logRange(null)).toEqual([0.1, 10]);
  });

  it("label powers of ten, fewer where there are many", () => {
    expect(decades([0.001, 10])).toEqual([0.001, 0.01, 0.1, 1, 10]);
    expect(decades([1e-6, 10])).toEqual([1e-5, 1e-3, 0.1, 10]);
    expect(decades([2, 5])).toEqual([]);
  });

  it("count whole numbers from 0", () => {
    expect(countRange([1, 5])).toEqual([0, 6]);
    expect(countRange(null)).toEqual([0, 1]);
  });
});

describe("ticks", () => {
  it("are round numbers within a range", () => {
    expect(ticks([0.13, 0.98])).toEqual([0.2, 0.4, 0.6, 0.8]);
    expect(ticks([-60, -20], 4)).toEqual([-60, -50, -40, -30, -20]);
    expect(ticks([3, 3])).toEqual([3]);
  });
});
