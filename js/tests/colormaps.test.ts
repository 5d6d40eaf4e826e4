import { describe, expect, it } from "vitest";
import {
  colourAt,
  fromByte,
  hexToRgb,
  lookupTable,
  NO_VALUE,
  OKABE_ITO,
  paletteTable,
  regionColours,
  toByte,
} from "../src/colormaps";

describe("colourAt", () => {
  it("runs from the published dark to the published light end", () => {
    expect(colourAt("viridis", 0)).toEqual([68, 1, 84]);
    expect(colourAt("viridis", 0.5)).toEqual([32, 144, 140]);
    expect(colourAt("viridis", 1)).toEqual([253, 231, 36]);
    expect(colourAt("cividis", 0)[2]).toBeGreaterThan(70);
    expect(colourAt("cividis", 1)[0]).toBeGreaterThan(250);
  });

  it("clamps what lies outside", () => {
    expect(colourAt("viridis", -3)).toEqual(colourAt("viridis", 0));
    expect(colourAt("viridis", 7)).toEqual(colourAt("viridis", 1));
  });

  it("grows lighter all the way", () => {
    for (const map of ["viridis", "cividis"] as const) {
      const luma = Array.from({ length: 256 }, (_, i) => {
        const [r, g, b] = colourAt(map, i / 255);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      });
      for (let i = 8; i < 256; i += 8) expect(luma[i]).toBeGreaterThan(luma[i - 8] as number);
    }
  });
});

describe("bytes", () => {
  it("keep a number to half a step", () => {
    const range = [-80, 40] as const;
    for (let v = -80; v <= 40; v += 0.37)
      expect(Math.abs(fromByte(toByte(v, range), range) - v)).toBeLessThanOrEqual(60 / 254 + 1e-9);
  });

  it("clamp what lies outside and mark what is no number", () => {
    expect(toByte(-500, [-80, 40])).toBe(1);
    expect(toByte(500, [-80, 40])).toBe(255);
    expect(toByte(Number.NaN, [-80, 40])).toBe(NO_VALUE);
    expect(fromByte(NO_VALUE, [-80, 40])).toBeNaN();
  });
});

describe("lookupTable", () => {
  it("shows bytes of one range in the colours of another", () => {
    const table = lookupTable("viridis", [0, 100], [0, 50], [1, 2, 3]);
    const at = (byte: number) => [...table.subarray(4 * byte, 4 * byte + 3)];
    expect(at(NO_VALUE)).toEqual([1, 2, 3]);
    const byte = toByte(25, [0, 100]);
    expect(at(byte)).toEqual([...colourAt("viridis", fromByte(byte, [0, 100]) / 50)]);
    expect(at(toByte(50, [0, 100]))).toEqual([...colourAt("viridis", 1)]);
    expect(at(255)).toEqual([...colourAt("viridis", 1)]);
  });
});

describe("regionColours", () => {
  it("gives each region one colour of its own, the known ones always the same", () => {
    const colours = regionColours(["apic", "soma", "spine", "dend", "soma", "tuft"], "light");
    expect(colours.get("soma")).toEqual(hexToRgb(OKABE_ITO.orange));
    expect(colours.get("apic")).toEqual(hexToRgb(OKABE_ITO.green));
    expect(new Set([...colours.values()].map(String)).size).toBe(5);
  });

  it("lightens blue on a dark page", () => {
    expect(regionColours(["dend"], "dark").get("dend")).toEqual(hexToRgb(OKABE_ITO.sky));
  });

  it("fills a table from its second entry on", () => {
    const table = paletteTable([[9, 8, 7]], [5, 5, 5]);
    expect([...table.subarray(0, 8)]).toEqual([5, 5, 5, 255, 9, 8, 7, 255]);
  });
});
