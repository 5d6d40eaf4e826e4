import { describe, expect, it } from "vitest";
import { formatNumber, formatOnScale, parseTyped, roundToStep } from "../src/controls/number";

describe("formatNumber", () => {
  it.each([
    [0.3, "0.3"],
    [0.1 + 0.2, "0.3"],
    [-65, "-65"],
    [1e-4, "1e-4"],
    [0.0003, "3e-4"],
    [1e9, "1e9"],
    [0, "0"],
    [-54.3, "-54.3"],
  ])("writes %d as %s", (value, text) => expect(formatNumber(value)).toBe(text));
});

it.each([
  [0.3, 0.01, "0.30"],
  [0.305, 0.01, "0.305"],
  [-65, 1, "-65"],
  [0, 0.01, "0"],
  [1e9, 1e7, "1e9"],
  [3e-5, 1e-6, "3e-5"],
])("formatOnScale writes %d at a step of %d as %s", (value, step, text) =>
  expect(formatOnScale(value, step)).toBe(text),
);

describe("parseTyped", () => {
  it("reads a number, a true minus sign included", () => {
    expect(parseTyped(" 0.25 ")).toBe(0.25);
    expect(parseTyped("−65")).toBe(-65);
  });
  it("leaves a quantity with a unit to Python", () => expect(parseTyped("300 pA")).toBe("300 pA"));
  it("keeps nonsense as text, so that it is refused in words", () => {
    expect(parseTyped("fast")).toBe("fast");
    expect(parseTyped("Infinity")).toBe("Infinity");
  });
  it("sees nothing typed", () => expect(parseTyped("  ")).toBe(""));
});

describe("roundToStep", () => {
  it("leaves no binary dust", () => {
    expect(roundToStep(0.30000000000000004, 0.01)).toBe(0.3);
    expect(roundToStep(-65.00000001, 0.5)).toBe(-65);
    expect(roundToStep(0.00012345, 0.000001)).toBe(0.000123);
  });
});
