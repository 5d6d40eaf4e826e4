// The fitter's sliders, regions and trials, without a page.

import { describe, expect, it } from "vitest";
import { type Parameter, placeOf, valueAt } from "../src/fitter/parameter_table";
import { moved, type Region, weighed } from "../src/fitter/regions";
import { ranks, trialsOf } from "../src/fitter/trials";
import { fakeModel, wire } from "./model";

const RUN: [number, number] = [0, 100];

describe("a parameter's slider", () => {
  const gna: Parameter = {
    name: "gna",
    target: "",
    unit: "",
    value: 0.1,
    low: 0.01,
    high: 1,
    log: true,
    on: true,
    prior: null,
  };

  it("moves on the parameter's scale and ends on its bounds", () => {
    expect(placeOf(gna, 0.1)).toBeCloseTo(0.5);
    expect(valueAt(gna, 0.5)).toBeCloseTo(0.1);
    expect(placeOf({ ...gna, log: false }, 0.505)).toBeCloseTo(0.5);
    expect([valueAt(gna, 0), valueAt(gna, 1)]).toEqual([0.01, 1]);
  });
});

describe("a region", () => {
  const region: Region = [20, 40, 1];

  it("is moved whole, and stops at the ends of the run", () => {
    expect(moved(region, "body", 10, RUN)).toEqual([30, 50, 1]);
    expect(moved(region, "body", 90, RUN)).toEqual([80, 100, 1]);
    expect(moved(region, "body", -90, RUN)).toEqual([0, 20, 1]);
  });

  it("keeps its begin before its end", () => {
    expect(moved(region, "start", 5, RUN)).toEqual([25, 40, 1]);
    expect(moved(region, "start", 50, RUN)[0]).toBeLessThan(40);
    expect(moved(region, "end", -50, RUN)[1]).toBeGreaterThan(20);
    expect(moved(region, "end", 90, RUN)[1]).toBe(100);
  });

  it("is weighed in round steps", () => {
    expect(weighed(1, true)).toBe(1.5);
    expect(weighed(weighed(1, true), true)).toBe(2);
    expect(weighed(1, false)).toBe(0.7);
    expect(weighed(0, true)).toBe(0.01);
    expect(weighed(1e6, true)).toBe(1e6);
  });
});

describe("trials", () => {
  it("are rows of a buffer, ranked by their error, and those that blew up last", () => {
    const rows = new Float32Array([
      0,
      5,
      5,
      0.1,
      0.2,
      1,
      Number.POSITIVE_INFINITY,
      5,
      0.3,
      0.4,
      2,
      1,
      1,
      0.5,
      0.6,
    ]);
    const trials = trialsOf(fakeModel({ history: wire(rows), history_names: ["a", "b"] }));
    expect(trials.count).toBe(3);
    expect([trials.number(2), trials.least(2)]).toEqual([2, 1]);
    expect(trials.place(1, 1)).toBeCloseTo(0.4);
    expect([...trials.rank]).toEqual([0.5, 1, 0]);
    expect([...ranks([])]).toEqual([]);
  });

  it("are none where names and rows do not belong together yet", () => {
    const model = fakeModel({ history: wire(new Float32Array(7)), history_names: ["a"] });
    expect(trialsOf(model).count).toBe(0);
  });
});
