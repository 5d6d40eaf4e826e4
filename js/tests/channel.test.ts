// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";
import { type ChannelData, equation, type GateData, ratesOf } from "../src/channel_builder/channel";
import {
  arranged,
  arrowsBetween,
  freePlace,
  nodeAt,
  RADIUS,
  snap,
  towards,
  viewOf,
} from "../src/channel_builder/geometry";
import { levelColours, onto, type PlotInfo, readPlots } from "../src/channel_builder/plots";
import { tableText } from "../src/channel_builder/rates";

const node = (name: string, x = 0, y = 0) => ({ name, x, y });
const row = [node("A", 100, 100), node("B", 200, 100), node("C", 300, 100)];

describe("arrowsBetween", () => {
  it("runs from rim to rim, each direction on its own side", () => {
    const { line, forward, backward } = arrowsBetween(node("A", 0, 0), node("B", 200, 0));
    expect(line[0].x).toBeCloseTo(RADIUS + 4);
    expect(line[1].x).toBeCloseTo(200 - RADIUS - 4);
    expect(forward.startsWith("M28 -4L172 -4")).toBe(true);
    expect(backward.startsWith("M172 4L28 4")).toBe(true);
  });
  it("never turns a name upside down", () => {
    for (const angle of [0, 40, 90, 130, 180, 220, 270, 350]) {
      const radians = (angle * Math.PI) / 180;
      const to = { x: 100 * Math.cos(radians), y: 100 * Math.sin(radians) };
      const { turn } = arrowsBetween({ x: 0, y: 0 }, to);
      expect(turn).toBeGreaterThanOrEqual(-90.0001);
      expect(turn).toBeLessThanOrEqual(90.0001);
    }
  });
  it("has numbers even for two states on one spot", () => {
    expect(arrowsBetween(row[0]!, row[0]!).forward).not.toContain("NaN");
  });
});

describe("arranged", () => {
  it("leaves states where a hand put them", () => {
    expect(arranged(row, [])).toEqual(row);
  });
  it("puts states that were never placed into columns by their distance from the first", () => {
    const placed = arranged(
      [node("C"), node("O"), node("I")],
      [
        { source: "C", target: "O" },
        { source: "O", target: "I" },
      ],
    );
    expect(placed[0]!.x).toBeLessThan(placed[1]!.x);
    expect(placed[1]!.x).toBeLessThan(placed[2]!.x);
    expect(new Set(placed.map(({ x, y }) => `${x} ${y}`)).size).toBe(3);
  });
  it("gives states of one column places of their own, and what is apart a column", () => {
    const placed = arranged(
      [node("C"), node("O1"), node("O2"), node("X")],
      [
        { source: "C", target: "O1" },
        { source: "C", target: "O2" },
      ],
    );
    expect(placed[1]!.x).toBe(placed[2]!.x);
    expect(placed[1]!.y).not.toBe(placed[2]!.y);
    expect(placed[3]!.x).toBeGreaterThan(placed[2]!.x);
  });
});

describe("places", () => {
  it("snap to the grid", () => {
    expect(snap({ x: 14, y: 26 })).toEqual({ x: 10, y: 30 });
  });
  it("are free of other states", () => {
    const place = freePlace(row, { x: 100, y: 100 });
    expect(nodeAt(row, place, 2 * RADIUS)).toBeNull();
    expect(freePlace([], { x: 51, y: 49 })).toEqual({ x: 50, y: 50 });
  });
  it("belong to the nearest state", () => {
    expect(nodeAt(row, { x: 115, y: 105 })!.name).toBe("A");
    expect(nodeAt(row, { x: 150, y: 160 })).toBeNull();
  });
  it("all lie in the view, which never shrinks below the canvas", () => {
    const [left, , width] = viewOf([node("A", -100, 0), node("B", 900, 0)]);
    expect(left).toBeLessThan(-100);
    expect(left + width).toBeGreaterThan(900);
    expect(viewOf([])).toEqual([0, 0, 480, 260]);
  });
});

it("an arrow key goes to the nearest state in its direction", () => {
  expect(towards(row, row[0]!, 1, 0)!.name).toBe("B");
  expect(towards(row, row[2]!, -1, 0)!.name).toBe("B");
  expect(towards(row, row[0]!, 0, 1)).toBeNull();
});

describe("readPlots", () => {
  const info: PlotInfo[] = [
    { plot: "a", samples: 2, names: ["x"], unit: "1" },
    { plot: "b", samples: 3, names: ["y", "z"], unit: "ms" },
  ];
  it("gives each plot its rows", () => {
    const plots = readPlots(Float32Array.of(0, 1, 5, 6, 0, 1, 2, 7, 8, 9, 10, 11, 12), info);
    expect([...plots.get("a")!.rows[0]!]).toEqual([5, 6]);
    expect([...plots.get("b")!.along]).toEqual([0, 1, 2]);
    expect([...plots.get("b")!.rows[1]!]).toEqual([10, 11, 12]);
  });
  it("refuses a buffer of another length", () => {
    expect(() => readPlots(new Float32Array(3), info)).toThrow("13 were told");
  });
});

it("onto reads by straight lines and leaves gaps outside", () => {
  const read = onto(Float32Array.of(-1, 0, 0.5, 1, 2), Float32Array.of(0, 1), Float32Array.of(10, 20));
  expect([...read]).toEqual([Number.NaN, 10, 15, 20, Number.NaN]);
});

it("levels have as many colours, which differ", () => {
  expect(new Set(levelColours(7, "light")).size).toBe(7);
  expect(levelColours(1, "dark")).toHaveLength(1);
});

describe("a channel in words", () => {
  const pair = { form: "alpha_beta", coefficient: 1 } as const;
  const gates: GateData[] = [
    { name: "m", power: 3, kinetics: pair },
    {
      name: "s",
      power: 1,
      kinetics: { form: "scheme", states: [], transitions: [{ source: "C", target: "O", rates: pair }] },
    },
  ];
  const channel: ChannelData = {
    name: "na",
    kind: "density",
    current: "ohmic",
    ion: "na",
    gates,
    single_channels: false,
    unit: "S/cm2",
    conductance: "gbar",
    current_name: "ina",
  };
  it("is its equation", () => {
    expect(equation(channel)).toBe("ina = gbar · m³ · s · (v − ena)");
    expect(
      equation({ ...channel, current: "ghk", ion: "ca", current_name: "ica", conductance: "pbar" }),
    ).toBe("ica = pbar · m³ · s · GHK(v, cai, cao)");
  });
  it("has rates by the name of a gate or of a transition", () => {
    expect(ratesOf(gates[0]!, "m")).toBe(pair);
    expect(ratesOf(gates[1]!, "C_O")).toBe(pair);
    expect(ratesOf(gates[1]!, "C_X")).toBeNull();
  });
});

it("a table is a point a line", () => {
  expect(tableText([-80, 0], [0.1, 1e-5])).toBe("-80  0.1\n0  1e-5");
});
