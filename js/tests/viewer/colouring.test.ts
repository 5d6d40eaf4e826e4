import { describe, expect, it } from "vitest";
import { colourAt, toByte } from "../../src/colormaps";
import { colour, figure, nearest, ValueSource } from "../../src/viewer/colouring";
import { fakeModel, wire } from "../model";
import { treeOf } from "./trees";

const tree = treeOf(
  {
    name: "soma",
    region: "soma",
    points: [
      [0, 0, 0, 5],
      [8, 0, 0, 4],
    ],
  },
  {
    name: "dend",
    points: [
      [8, 0, 0, 1],
      [20, 0, 0, 1],
      [40, 0, 0, 1],
    ],
  },
);

function model(extra: Record<string, unknown> = {}) {
  return fakeModel({
    colour_map: "viridis",
    segment_diam: wire(new Float32Array([9, 2, 2])),
    segment_distance: wire(new Float32Array([0, 10, 26])),
    value_label: "v",
    value_unit: "mV",
    value_range: [-80, 40],
    frame_range: [-80, 40],
    ...extra,
  });
}

const shown = (by: "type" | "diameter" | "distance" | "value", source: ReturnType<typeof model>) => {
  const colouring = colour(by, tree, source, new ValueSource(source), "light", null);
  return (segment: number) => {
    const byte = colouring.bytes[segment] as number;
    return [...colouring.table.subarray(4 * byte, 4 * byte + 3)];
  };
};

describe("colour", () => {
  it("by type gives a region one colour", () => {
    const at = shown("type", model());
    expect(at(0)).not.toEqual(at(1));
    expect(at(1)).toEqual(at(2));
  });

  it("by distance runs from nothing to the farthest", () => {
    const at = shown("distance", model());
    expect(at(0)).toEqual([...colourAt("viridis", 0)]);
    expect(at(2)).toEqual([...colourAt("viridis", 1)]);
  });

  it("by value reads numbers off the wire, and grey where there is none", () => {
    const source = model({ values: wire(new Float32Array([-80, 40, Number.NaN])) });
    const at = shown("value", source);
    expect(at(0)).toEqual([...colourAt("viridis", 0)]);
    expect(at(1)).toEqual([...colourAt("viridis", 1)]);
    expect(at(2)).toEqual([190, 190, 190]);
    const colouring = colour("value", tree, source, new ValueSource(source), "light", null);
    expect(colouring.describe(1)).toBe("v 40 mV");
    expect(colouring.describe(2)).toBe("v: no value here");
  });

  it("falls back to types while there is no value", () => {
    expect(shown("value", model())(0)).toEqual(shown("type", model())(0));
  });
});

describe("ValueSource", () => {
  const range = [-80, 40] as const;
  const movie = () =>
    model({
      frames: wire(new Uint8Array([-80, -80, -80, 0, -40, -80, 40, 0, -40].map((v) => toByte(v, range)))),
      frame_times: wire(new Float32Array([0, 1, 2.5])),
    });

  it("turns to the frame nearest in time", () => {
    const source = new ValueSource(movie());
    expect(source.at(tree, 0)).toBe(-80);
    expect(source.seek(1.7)).toBe(true);
    expect(source.at(tree, 0)).toBeCloseTo(0, 0);
    expect(source.seek(1.2)).toBe(false);
    source.seek(99);
    expect(source.at(tree, 0)).toBe(40);
    expect(source.at(tree, 2)).toBeCloseTo(-40, 0);
  });

  it("shows a new picture of one moment instead of the movie until time is moved", () => {
    const traits = movie();
    const source = new ValueSource(traits);
    source.seek(2.5);
    traits.set("values", wire(new Float32Array([7, 7, 7])));
    source.readValues();
    expect(source.at(tree, 0)).toBe(7);
    source.seek(2.5);
    expect(source.at(tree, 0)).toBe(40);
    source.seek(null);
    expect(source.at(tree, 0)).toBe(7);
  });

  it("knows the extent of what it shows", () => {
    expect(new ValueSource(movie()).extent()).toEqual([-80, 40]);
    expect(new ValueSource(model()).extent()).toBeNull();
  });
});

describe("nearest", () => {
  it("finds the closer neighbour", () => {
    const times = new Float32Array([0, 1, 3]);
    expect([-1, 0.4, 0.6, 1.9, 2.1, 9].map((t) => nearest(times, t))).toEqual([0, 0, 1, 1, 2, 2]);
  });
});

describe("figure", () => {
  it("promises no more than a byte holds", () => {
    expect([figure(-64.987, 120 / 254), figure(-0.2, 3), figure(0.123456, 0.004)]).toEqual([
      "\u221265.0",
      "\u22120",
      "0.123",
    ]);
  });

  it("keeps four figures and a true minus", () => {
    expect([figure(-64.987), figure(0.12), figure(1.5e-7), figure(Number.NaN)]).toEqual([
      "\u221264.99",
      "0.12",
      "1.50e\u22127",
      "no value",
    ]);
  });
});
