// One quantity: a slider, a number box with its unit, a one-click reset when changed, and its error beneath.

import { element } from "../dom";
import { formatNumber, formatOnScale, parseTyped, roundToStep } from "./number";

export interface Quantity {
  /** Stable identity, used to recognise the field when its list is sent anew. */
  key: string;
  label: string;
  unit: string;
  value: number;
  default: number;
  low: number;
  high: number;
  step: number;
  doc?: string;
  /** Whether it was set just here, where its value does not tell that; and in words what a reset does then. */
  assigned?: boolean;
  reset?: string;
  /** A line beneath the field: whose value it is, or where it does not hold. */
  note?: string;
  /** A line that must not be overlooked: what the value does that nobody asked for. */
  warning?: string;
  /** Where "several" values or a "profile" hold no slider shows, and a number that is typed replaces them. */
  state?: "one" | "several" | "profile";
  /** It can't be changed now. */
  locked?: boolean;
}

export interface FieldEvents {
  /** A new value, and the gesture it belongs to: all values of one gesture are one undo step. */
  change(value: number | string, gesture: string, moment: number): void;
  reset(): void;
}

let gestures = 0;

/** Arrow keys on a slider belong to one gesture while they follow one another this closely, ms. */
const SAME_GESTURE = 900;

export class Field {
  readonly root: HTMLElement;
  private readonly slider: HTMLInputElement;
  private readonly box: HTMLInputElement;
  private readonly undo: HTMLButtonElement;
  private readonly message: HTMLElement;
  private readonly note: HTMLElement;
  private readonly warning: HTMLElement;
  private readonly name: HTMLElement;
  private readonly unit: HTMLElement;
  private gesture = "";
  private gestureEnd = 0;
  private held = false;
  /** Something was typed and not yet sent. */
  private edited = false;
  private shown: Quantity;

  constructor(
    quantity: Quantity,
    private readonly events: FieldEvents,
    private readonly large = false,
  ) {
    this.shown = quantity;
    const id = `rb-field-${++gestures}`;
    this.name = element("label", { class: "rb-field-label", for: `${id}-box` });
    this.slider = element("input", { type: "range", class: "rb-slider", id: `${id}-slider` });
    this.box = element("input", {
      type: "text",
      class: "rb-number",
      id: `${id}-box`,
      inputmode: "decimal",
      autocomplete: "off",
      spellcheck: "false",
      "aria-describedby": `${id}-error`,
    });
    this.unit = element("span", { class: "rb-unit" });
    this.undo = element(
      "button",
      { type: "button", class: "rb-reset", onclick: () => this.events.reset() },
      "↺",
    );
    this.message = element("div", { class: "rb-error", id: `${id}-error`, role: "alert" });
    this.note = element("div", { class: "rb-quiet rb-field-note" });
    this.note.hidden = true;
    this.warning = element("div", { class: "rb-warning rb-field-note", role: "status" });
    this.warning.hidden = true;
    this.root = element(
      "div",
      { class: large ? "rb-field rb-field-large" : "rb-field", "data-field": quantity.key },
      this.name,
      this.slider,
      element("span", { class: "rb-number-with-unit" }, this.box, this.unit),
      this.undo,
      this.message,
      this.note,
      this.warning,
    );
    this.slider.addEventListener("pointerdown", () => {
      this.held = true;
      this.gesture = "";
    });
    const release = () => {
      if (this.held) this.gesture = "";
      this.held = false;
    };
    this.slider.addEventListener("pointerup", release);
    this.slider.addEventListener("pointercancel", release);
    this.slider.addEventListener("change", release);
    this.slider.addEventListener("input", (event) => this.slid(event));
    this.box.addEventListener("input", () => {
      this.edited = true;
    });
    this.box.addEventListener("keydown", (event) => this.pressed(event));
    this.box.addEventListener("change", (event) => this.typed(event));
    this.box.addEventListener("focus", () => this.box.select());
    this.update(quantity);
  }

  /** Shows what Python says, except where the person's own hand, or a value `pending` from it, is newer. */
  update(quantity: Quantity, pending = false): void {
    const moved = quantity.value !== this.shown.value;
    this.shown = quantity;
    const { label, unit, value, low, high, step, doc } = quantity;
    this.name.textContent = label;
    this.name.title = doc ?? "";
    this.unit.textContent = unit;
    this.slider.setAttribute("aria-label", `${label}, ${unit || "no unit"}`);
    const before = `${formatNumber(quantity.default)} ${unit}`.trim();
    this.undo.title = quantity.reset ?? `Reset to ${before}`;
    this.undo.setAttribute("aria-label", quantity.reset ?? `Reset ${label} to ${before}`);
    this.note.textContent = quantity.note ?? "";
    this.note.hidden = !quantity.note;
    if (this.warning.textContent !== (quantity.warning ?? ""))
      this.warning.textContent = quantity.warning ?? "";
    this.warning.hidden = !quantity.warning;
    this.slider.disabled = this.box.disabled = quantity.locked === true;
    if (this.held || pending) return;
    const { state = "one" } = quantity;
    this.root.dataset.values = state;
    this.slider.style.visibility = state === "one" ? "" : "hidden";
    this.box.placeholder = state === "one" ? "" : state;
    this.mark(value);
    this.slider.min = String(Math.min(low, value));
    this.slider.max = String(Math.max(high, value));
    this.slider.step = String(step);
    this.slider.value = String(value);
    this.slider.setAttribute("aria-valuetext", `${formatNumber(value)} ${unit}`.trim());
    // What is being typed stays, and so does what was refused, beside the words that say why.
    if (this.edited || (this.refused && !moved)) return;
    this.fail("");
    this.write(value);
  }

  /** Whether a pointer holds the slider. */
  get dragging(): boolean {
    return this.held;
  }

  /** The text under the field; an empty one clears it. */
  fail(message: string): void {
    this.message.textContent = message;
    this.root.classList.toggle("rb-invalid", message !== "");
    this.box.setAttribute("aria-invalid", String(message !== ""));
  }

  private mark(value: number): void {
    const changed = this.shown.assigned ?? value !== this.shown.default;
    this.root.classList.toggle("rb-changed", changed);
    this.undo.hidden = !changed;
  }

  private write(value: number): void {
    const one = (this.shown.state ?? "one") === "one" || this.held;
    const text = one ? formatOnScale(value, this.shown.step) : "";
    if (this.box.value !== text) this.box.value = text;
    if (this.large) this.box.size = Math.max(4, text.length);
  }

  private slid(event: Event): void {
    const moment = performance.now();
    if (this.gesture === "" || (!this.held && moment > this.gestureEnd)) this.gesture = `drag-${++gestures}`;
    this.gestureEnd = moment + SAME_GESTURE;
    const value = roundToStep(Number(this.slider.value), this.shown.step);
    this.edited = false;
    this.fail("");
    this.write(value);
    this.mark(value);
    this.events.change(value, this.gesture, event.timeStamp || moment);
  }

  private get refused(): boolean {
    return this.message.textContent !== "";
  }

  private typed(event: Event): void {
    if (!this.edited) return;
    this.edited = false;
    const value = parseTyped(this.box.value);
    if (value === "") this.write(this.shown.value);
    else this.events.change(value, `typed-${++gestures}`, event.timeStamp || performance.now());
  }

  private pressed(event: KeyboardEvent): void {
    // JupyterLab keeps Enter from becoming a change.
    if (event.key === "Enter") this.typed(event);
    if (event.key === "Escape") {
      this.edited = false;
      this.fail("");
      this.write(this.shown.value);
      this.box.blur();
    }
    const direction = event.key === "ArrowUp" ? 1 : event.key === "ArrowDown" ? -1 : 0;
    if (direction === 0) return;
    event.preventDefault();
    const value = parseTyped(this.box.value);
    if (typeof value !== "number") return;
    const next = roundToStep(
      value + direction * this.shown.step * (event.shiftKey ? 10 : 1),
      this.shown.step,
    );
    this.write(next);
    this.edited = true;
    this.typed(event);
  }
}
