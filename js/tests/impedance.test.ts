// Axes of the impedance tool, and its search through the model's parameters.

import { describe, expect, it } from "vitest";
import { angleRange, angleSplits, logRange, logSplits, pointed } from "../src/curves/axes";
import type { Inserted } from "../src/mechanisms/mechanisms";
import { listed, matching } from "../src/mechanisms/sliders";

describe("logarithmic axes", () => {
  it("have a line at each power of ten, and more where there are few", () => {
    expect(logSplits(1, 1000)).toEqual([1, 10, 100, 1000]);
    expect(logSplits(20, 200)).toEqual([20, 50, 100, 200]);
    expect(logSplits(0.01, 100)).toEqual([0.01, 0.1, 1, 10, 100]);
    expect(logSplits(0, 10)).toEqual([]);
  });

  it("end on round numbers that hold the data", () => {
    expect(logRange([13, 180])).toEqual([10, 200]);
    expect(logRange([0, 30])[1]).toBe(50);
    expect(logRange([-1, -0.5])).toEqual([0.1, 1]);
  });

  it("stand still while a slider changes the data a little", () => {
    expect(logRange([13, 180])).toEqual(logRange([12.7, 187]));
  });

  it("round as finely as a hand points", () => {
    expect(pointed(12.3456)).toBe(12.3);
    expect(pointed(0.00123456)).toBe(0.00123);
  });
});

describe("axes of angles", () => {
  it("run on parts of a turn", () => {
    expect(angleRange([-170, 4])).toEqual([-180, 45]);
    expect(angleSplits(-180, 45)).toEqual([-180, -135, -90, -45, 0, 45]);
    expect(angleSplits(-180, 45, 3)).toEqual([-180, -90, 0]);
    expect(angleRange([-2, 0])).toEqual([-5, 5]);
  });
});

const quantity = { unit: "S/cm2", value: 1, default: 1, low: 0, high: 2, step: 0.01 };
const group = (place: string, mechanism: string, names: string[], title = mechanism): Inserted => ({
  key: `${place}|${title}`,
  place,
  mechanism,
  title,
  doc: "",
  removable: false,
  parameters: names.map((label) => ({ ...quantity, key: `${place}|${mechanism}.${label}|`, label })),
  varying: [],
});

describe("parameters as sliders", () => {
  const all = listed([
    group("all", "pas", ["g", "e"]),
    group("apic", "hcn_kole", ["gbar"]),
    group("all", "cable and ions", ["Ra"], "cable and ions"),
  ]);

  it("say whose they are and where", () => {
    expect(all.map(({ label }) => label)).toEqual(["pas.g", "pas.e", "hcn_kole.gbar, apic", "Ra"]);
  });

  it("are found by all words of a search, by name or place", () => {
    expect(matching(all, "gbar APIC").map(({ key }) => key)).toEqual(["apic|hcn_kole.gbar|"]);
    expect(matching(all, "everywhere pas")).toHaveLength(2);
    expect(matching(all, " ")).toHaveLength(4);
    expect(matching(all, "nothing")).toHaveLength(0);
  });
});
