import { describe, expect, it } from "vitest";
import { annotate, BADGE, type Inks, marksOf } from "../../src/viewer/annotations";
import { Turntable } from "../../src/viewer/camera";
import { treeOf } from "./trees";

const inks: Inks = { paper: "#fff", ink: "#000", quiet: "#666", accent: "#00f", font: "sans-serif" };

/** A canvas context that only remembers the texts it was given. */
function canvas(): { texts: string[]; context: CanvasRenderingContext2D } {
  const texts: string[] = [];
  const context = new Proxy({} as Record<string, unknown>, {
    get: (target, name) =>
      name === "fillText" ? (text: string) => texts.push(text) : (target[String(name)] ?? (() => {})),
    set: (target, name, value) => {
      target[String(name)] = value;
      return true;
    },
  });
  return { texts, context: context as unknown as CanvasRenderingContext2D };
}

const tree = treeOf({
  name: "dend",
  points: [
    [-50, 0, 0, 1],
    [50, 0, 0, 1],
  ],
});
const view = new Turntable();
[view.width, view.height, view.scale] = [400, 300, 2];

describe("annotate", () => {
  it("keeps the letters of electrodes at one place apart", () => {
    const marks = marksOf(["A", "B", "C", "D"].map((letter) => ({ letter, section: "dend", x: 0.5 })));
    const { texts, context } = canvas();
    const pins = annotate(context, tree, view, marks, null, inks);
    expect(texts).toEqual(["50 \u00b5m", "A", "B", "C", "D"]);
    for (const [i, pin] of pins.entries())
      for (const other of pins.slice(i + 1))
        expect(Math.hypot(pin.x - other.x, pin.y - other.y)).toBeGreaterThan(2 * BADGE);
  });

  it("keeps letters off the colour bar", () => {
    const marks = marksOf([{ letter: "A", section: "dend", x: 1 }]);
    const [free] = annotate(canvas().context, tree, view, marks, null, inks);
    const bar = { left: free!.x - 20, top: free!.y - 20, right: 400, bottom: free!.y + 5 };
    const [pin] = annotate(canvas().context, tree, view, marks, null, inks, bar);
    expect(pin!.x <= bar.left - BADGE || pin!.y >= bar.bottom + BADGE).toBe(true);
  });

  it("keeps letters within the picture and passes over sections that are gone", () => {
    const marks = marksOf([
      { letter: "A", section: "dend", x: 1 },
      { letter: "B", section: "apic", x: 0 },
    ]);
    view.pan(120, -140);
    const pins = annotate(canvas().context, tree, view, marks, { section: "apic", x: 0 }, inks);
    view.pan(-120, 140);
    expect(pins.map((pin) => pin.mark.letter)).toEqual(["A"]);
    for (const { x, y } of pins) {
      expect(x).toBeLessThanOrEqual(400 - BADGE);
      expect(y).toBeGreaterThanOrEqual(BADGE);
    }
  });
});
