// The regions of one match: dragged by their edges or body, weighed by the wheel, added by a double-click, and all of it
// by the keyboard too. What is dragged is drawn at once; Python hears of it as one undoable edit.

import type uPlot from "uplot";
import { NumberBox } from "../controls/number_box";
import { button, element } from "../dom";
import type { Reply } from "../link";
import type { Range } from "../traces/range";

/** From, to (ms), weight. */
export type Region = [number, number, number];

export interface RegionEvents {
  change(regions: Region[], what: string, gesture: string): Promise<void>;
  /** The time at a place in the plot, px, and back. */
  timeAt(x: number): number;
  xAt(time: number): number;
  /** The run, ms. */
  span(): Range;
  repaint(): void;
}

type Grip = "start" | "body" | "end";

/** Of the run: the least width of a region, and how far a key moves it. */
const LEAST = 0.002;
const NUDGE = 0.005;
const FAR = 0.05;
/** Keys and turns of the wheel in a row belong together while they follow this closely, ms. */
const SAME_GESTURE = 900;

let gestures = 0;

/** A region after one of its grips moved by so many ms, kept within the run and no narrower than it may be. */
export function moved(region: Region, grip: Grip, by: number, [low, high]: Range): Region {
  const [start, end, weight] = region;
  const least = LEAST * (high - low);
  const tidy = (time: number) => Number(time.toPrecision(6));
  if (grip === "start") return [tidy(Math.min(Math.max(start + by, low), end - least)), end, weight];
  if (grip === "end") return [start, tidy(Math.max(Math.min(end + by, high), start + least)), weight];
  const kept = Math.min(Math.max(by, low - start), high - end);
  return [tidy(start + kept), tidy(end + kept), weight];
}

const WEIGHTS = [-2, -1, 0, 1, 2].flatMap((power) =>
  [1, 1.5, 2, 3, 5, 7].map((digit) => Number((digit * 10 ** power).toPrecision(2))),
);

/** The next round weight above or below one, between 0.01 and 700. */
export function weighed(weight: number, up: boolean): number {
  const next = up ? WEIGHTS.find((each) => each > weight) : WEIGHTS.findLast((each) => each < weight);
  return next ?? weight;
}

export class Regions {
  readonly root = element("div", { class: "rb-regions" });
  readonly controls = element("span", { class: "rb-region-controls" });
  private readonly parts: HTMLElement[] = [];
  private readonly boxes: Record<"start" | "end" | "weight", NumberBox>;
  private regions: Region[] = [];
  private title = "";
  private chosen: number | null = null;
  private latest: Region[] = [];
  private pending = 0;
  private held = false;
  private gesture = "";
  private gestureEnd = 0;

  constructor(private readonly events: RegionEvents) {
    const box = (label: string, doc: string, unit: string, k: 0 | 1 | 2) =>
      new NumberBox({ label, doc, unit, width: 6 }, (value) => this.type(k, value));
    this.boxes = {
      start: box("", "Begin of the region", "to", 0),
      end: box("", "End of the region", "ms", 1),
      weight: box("×", "Weight of the region", "", 2),
    };
    const remove = button("×", "Remove this region (Delete)", () => this.remove(), "rb-button rb-small");
    remove.dataset.action = "region.remove";
    const { start, end, weight } = this.boxes;
    this.controls.append(element("span", { class: "rb-group" }, start.root, end.root, weight.root, remove));
    this.controls.hidden = true;
  }

  show(regions: Region[], title: string): void {
    this.title = title;
    this.latest = regions;
    // What the hand does is newer than what Python says, until the last word of it is answered.
    if (this.held || this.pending > 0) return;
    this.regions = regions.map(([...region]) => region as Region);
    if (this.chosen !== null && this.chosen >= regions.length) this.chosen = null;
    this.update();
  }

  /** Tints what counts, beneath all curves. */
  paint(plot: uPlot, tint: string): void {
    const { ctx, bbox } = plot;
    const most = Math.max(...this.regions.map(([, , weight]) => weight), 1e-9);
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const [k, [start, end, weight]] of this.regions.entries()) {
      const strength = (k === this.chosen ? 0.22 : 0.13) * (0.25 + 0.75 * (weight / most));
      const left = plot.valToPos(start, "x", true);
      ctx.fillStyle = `rgb(${tint} / ${strength.toFixed(3)})`;
      ctx.fillRect(left, bbox.top, plot.valToPos(end, "x", true) - left, bbox.height);
    }
    ctx.restore();
  }

  private update(): void {
    this.place();
    this.events.repaint();
  }

  /** Puts every region where it belongs in the plot. */
  place(): void {
    while (this.parts.length > this.regions.length) this.parts.pop()?.remove();
    while (this.parts.length < this.regions.length) {
      const part = this.make(this.parts.length);
      this.parts.push(part);
      this.root.append(part);
    }
    for (const [k, [start, end, weight]] of this.regions.entries()) {
      const part = this.parts[k]!;
      const left = this.events.xAt(start);
      part.style.left = `${left}px`;
      part.style.width = `${Math.max(2, this.events.xAt(end) - left)}px`;
      part.querySelector(".rb-region-weight")!.textContent = `×${Number(weight.toPrecision(3))}`;
      part.setAttribute(
        "aria-label",
        `Region of ${this.title}: ${start} to ${end} ms, weight ${weight}. Arrow keys move it, with Shift its end, ` +
          "with Alt its beginning; plus and minus weigh it; Delete removes it.",
      );
    }
    this.showChosen();
  }

  /** A new region where the plot was double-clicked, a tenth of what is seen. */
  add(event: MouseEvent): void {
    const box = this.root.getBoundingClientRect();
    const [low, high] = this.events.span();
    const middle = this.events.timeAt(event.clientX - box.left);
    const half = Math.min(0.05 * box.width, 40);
    const reach = this.events.timeAt(half) - this.events.timeAt(0);
    const tidy = (time: number) => Number(Math.min(Math.max(time, low), high).toPrecision(4));
    this.regions = [...this.regions, [tidy(middle - reach), tidy(middle + reach), 1]];
    this.chosen = this.regions.length - 1;
    this.update();
    this.parts[this.chosen]?.focus();
    void this.send("Add", "");
  }

  private make(index: number): HTMLElement {
    const grip = (name: Grip) =>
      element("span", { class: `rb-region-grip rb-region-${name}`, "data-grip": name });
    const part = element(
      "div",
      {
        class: "rb-region",
        role: "group",
        tabindex: "0",
        "data-region": index,
        onfocus: () => this.choose(index),
      },
      grip("start"),
      element("span", { class: "rb-region-weight", "aria-hidden": "true" }),
      grip("end"),
    );
    // The plot beneath would begin a zoom.
    part.addEventListener("mousedown", (event) => event.stopPropagation());
    part.addEventListener("pointerdown", (event) => this.drag(index, part, event));
    part.addEventListener("keydown", (event) => this.pressed(index, event));
    part.addEventListener(
      "wheel",
      (event) => {
        if (document.activeElement !== part) return;
        event.preventDefault();
        this.change(index, (region) => [region[0], region[1], weighed(region[2], event.deltaY < 0)], "Weigh");
      },
      { passive: false },
    );
    return part;
  }

  private choose(index: number): void {
    this.chosen = index;
    this.update();
  }

  private showChosen(): void {
    const region = this.chosen === null ? undefined : this.regions[this.chosen];
    this.controls.hidden = region === undefined;
    if (!region) return;
    this.boxes.start.show(region[0]);
    this.boxes.end.show(region[1]);
    this.boxes.weight.show(region[2]);
  }

  private drag(index: number, part: HTMLElement, event: PointerEvent): void {
    if (event.button !== 0) return;
    event.preventDefault();
    event.stopPropagation();
    part.focus();
    part.setPointerCapture(event.pointerId);
    const grip = ((event.target as HTMLElement).dataset.grip as Grip | undefined) ?? "body";
    const from = this.regions[index]!;
    const gesture = `drag-${++gestures}`;
    const left = this.root.getBoundingClientRect().left;
    const begun = this.events.timeAt(event.clientX - left);
    this.held = true;
    const move = (next: PointerEvent) => {
      const by = this.events.timeAt(next.clientX - left) - begun;
      this.regions[index] = moved(from, grip, by, this.events.span());
      this.update();
      void this.send("Move", gesture);
    };
    const end = () => {
      this.held = false;
      this.show(this.latest, this.title);
      part.removeEventListener("pointermove", move);
      part.removeEventListener("pointerup", end);
      part.removeEventListener("pointercancel", end);
    };
    part.addEventListener("pointermove", move);
    part.addEventListener("pointerup", end);
    part.addEventListener("pointercancel", end);
  }

  private pressed(index: number, event: KeyboardEvent): void {
    if (event.key === "Delete" || event.key === "Backspace") this.remove();
    else if (event.key === "+" || event.key === "-")
      this.change(index, (region) => [region[0], region[1], weighed(region[2], event.key === "+")], "Weigh");
    else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      const span = this.events.span();
      const step = (event.ctrlKey ? FAR : NUDGE) * (span[1] - span[0]);
      const by = event.key === "ArrowLeft" ? -step : step;
      const grip: Grip = event.shiftKey ? "end" : event.altKey ? "start" : "body";
      this.change(index, (region) => moved(region, grip, by, span), "Move");
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private change(index: number, next: (region: Region) => Region, what: string): void {
    const region = this.regions[index];
    if (!region) return;
    const changed = next(region);
    if (String(changed) === String(region)) return;
    this.regions[index] = changed;
    this.update();
    const now = performance.now();
    if (now > this.gestureEnd) this.gesture = `keys-${++gestures}`;
    this.gestureEnd = now + SAME_GESTURE;
    void this.send(what, this.gesture);
  }

  private remove(): void {
    if (this.chosen === null) return;
    this.regions = this.regions.filter((_, k) => k !== this.chosen);
    this.chosen = null;
    this.update();
    // So that what was removed can be taken back by the keyboard.
    this.root.closest<HTMLElement>(".rb-match")?.focus();
    void this.send("Remove", "");
  }

  private async type(k: 0 | 1 | 2, value: number | string): Promise<Reply | null> {
    if (this.chosen === null) return {};
    const number = Number(value);
    if (!Number.isFinite(number)) return { error: `${value} is no number` };
    const regions = this.regions.map(([...region]) => region as Region);
    regions[this.chosen]![k] = number;
    if (!(regions[this.chosen]![1] > regions[this.chosen]![0]))
      return { error: "the end must come after the begin" };
    if (k === 2 && number < 0) return { error: "must not be negative" };
    this.regions = regions;
    this.update();
    void this.send(k === 2 ? "Weigh" : "Move", "");
    return {};
  }

  private async send(what: string, gesture: string): Promise<void> {
    this.pending += 1;
    await this.events.change(
      this.regions.map(([...region]) => region as Region),
      what,
      gesture,
    );
    this.pending -= 1;
    this.show(this.latest, this.title);
  }
}
