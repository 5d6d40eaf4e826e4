import { describe, expect, it } from "vitest";
import { nearest, panelsOf, readKept, readTraces, toCsv } from "../src/traces/buffer";

const info = (name: string, panel: string, unit = "mV") => ({
  name,
  unit,
  colour: "#000",
  panel,
  letter: "",
});

describe("readTraces", () => {
  it("takes the first row as time and one row a trace", () => {
    const set = readTraces(Float32Array.of(0, 1, 2, -65, -60, -55), [info("soma(0.5)", "Voltage")]);
    expect([...set.time]).toEqual([0, 1, 2]);
    expect([...set.rows[0]!]).toEqual([-65, -60, -55]);
  });
  it("takes an empty buffer for no samples", () => {
    const set = readTraces(new Float32Array(), []);
    expect(set.time.length).toBe(0);
    expect(set.rows).toEqual([]);
  });
  it("refuses a buffer that does not fit its description", () => {
    expect(() => readTraces(Float32Array.of(1, 2, 3), [info("a", "Voltage")])).toThrow(
      "3 numbers do not make 2 rows",
    );
  });
});

it("readKept gives each kept run a time axis of its own", () => {
  const numbers = Float32Array.of(0, 1, 10, 11, 0, 0.5, 1, 20, 21, 22);
  const runs = readKept(numbers, [
    { label: "one", samples: 2, info: [info("a", "Voltage")] },
    { label: "two", samples: 3, info: [info("a", "Voltage")] },
  ]);
  expect(runs.map((run) => [...run.time])).toEqual([
    [0, 1],
    [0, 0.5, 1],
  ]);
  expect([...runs[1]!.rows[0]!]).toEqual([20, 21, 22]);
  expect(runs[1]!.label).toBe("two");
});

it("panelsOf keeps the order of first mention", () => {
  expect(panelsOf([info("v", "Voltage"), info("i", "Current"), info("w", "Voltage")])).toEqual([
    "Voltage",
    "Current",
  ]);
});

it("nearest finds the sample on either side, and none in nothing", () => {
  const times = Float32Array.of(0, 1, 2, 3);
  expect([-5, 0.4, 0.6, 2.5, 9].map((time) => nearest(times, time))).toEqual([0, 0, 1, 2, 3]);
  expect(nearest(new Float32Array(), 1)).toBe(-1);
});

it("toCsv has units in its header and doubles quotes in names", () => {
  const set = readTraces(Float32Array.of(0, 0.025, -65, -64.9), [info('a"b', "Voltage")]);
  expect(toCsv(set)).toBe('"t (ms)","a""b (mV)"\n0,-65\n0.025,-64.9\n');
});
