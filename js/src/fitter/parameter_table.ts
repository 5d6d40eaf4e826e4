// What is varied: a line a parameter with its slider on its own scale, value, bounds, scale, prior and whether it moves.

import { formatNumber } from "../controls/number";
import { NumberBox } from "../controls/number_box";
import { button, element } from "../dom";
import type { Link, Reply } from "../link";

export interface Parameter {
  name: string;
  target: string;
  unit: string;
  value: number;
  low: number;
  high: number;
  log: boolean;
  on: boolean;
  /** Mean and standard deviation; on a logarithmic scale mean and factor. */
  prior: [number, number] | null;
}

type Field = "value" | "low" | "high" | "log" | "on" | "prior" | "mean" | "sd";
type Boxed = "value" | "low" | "high" | "mean" | "sd";

interface Row {
  root: HTMLElement;
  slider: HTMLInputElement;
  boxes: Record<Boxed, NumberBox>;
  unit: HTMLElement;
  log: HTMLButtonElement;
  prior: HTMLButtonElement;
  known: HTMLElement;
  /** What stands between the mean and the standard deviation. */
  about: HTMLElement;
  on: HTMLInputElement;
  held: boolean;
  /** How many values are on their way, so that what Python said last is not yet the newest. */
  pending: number;
  shown: Parameter;
}

const TICKS = 1000;
const SAME_GESTURE = 900;

let gestures = 0;

/** Where a value lies between its bounds on their scale, from 0 to 1, and the value there. */
export function placeOf({ low, high, log }: Parameter, value: number): number {
  const place = log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  return Number.isFinite(place) ? Math.min(Math.max(place, 0), 1) : 0;
}

export function valueAt({ low, high, log }: Parameter, place: number): number {
  if (place <= 0) return low;
  if (place >= 1) return high;
  const value = log ? low * (high / low) ** place : low + place * (high - low);
  return Number(value.toPrecision(4));
}

export class ParameterTable {
  readonly root = element("div", { class: "rb-fit-parameters", role: "group", "aria-label": "Parameters" });
  private readonly rows = new Map<string, Row>();

  constructor(
    private readonly link: Link,
    private readonly tell: (reply: Reply | null) => void,
  ) {}

  show(parameters: Parameter[]): void {
    const names = new Set(parameters.map(({ name }) => name));
    for (const [name, row] of this.rows) {
      if (names.has(name)) continue;
      row.root.remove();
      this.rows.delete(name);
    }
    for (const [k, parameter] of parameters.entries()) {
      const row = this.rows.get(parameter.name) ?? this.add(parameter);
      this.update(row, parameter);
      if (this.root.children[k] !== row.root) this.root.insertBefore(row.root, this.root.children[k] ?? null);
    }
  }

  private add(parameter: Parameter): Row {
    const { name } = parameter;
    const send = (field: Field, value: unknown, gesture = "") =>
      this.link.ask("parameter.set", { name, field, value, gesture });
    const box = (field: Boxed, doc: string, width: number) =>
      new NumberBox({ label: "", doc: `${name}: ${doc}`, width }, (value) => send(field, value));
    const boxes = {
      value: box("value", "value", 9),
      low: box("low", "lower bound", 6),
      high: box("high", "upper bound", 6),
      mean: box("mean", "mean of the prior", 8),
      sd: box("sd", "standard deviation of the prior", 6),
    };
    const slider = element("input", {
      type: "range",
      class: "rb-slider",
      min: "0",
      max: String(TICKS),
      step: "1",
      "aria-label": name,
    });
    const on = element("input", {
      type: "checkbox",
      class: "rb-check",
      title: "Whether the search moves it",
      "aria-label": `Vary ${name}`,
      onchange: async () => this.tell(await send("on", on.checked)),
    });
    const log = button(
      "",
      "",
      async () => this.tell(await send("log", !row.shown.log)),
      "rb-button rb-small",
    );
    log.dataset.field = "log";
    const prior = button(
      "prior",
      `What is known of ${name} beforehand`,
      async () => this.tell(await send("prior", row.shown.prior === null)),
      "rb-button rb-small",
    );
    prior.dataset.field = "prior";
    const about = element("span", { class: "rb-quiet" });
    const known = element(
      "span",
      { class: "rb-fit-prior" },
      element("span", { class: "rb-quiet" }, "known to be"),
      boxes.mean.root,
      about,
      boxes.sd.root,
    );
    const remove = button(
      "×",
      `Vary ${name} no more`,
      async () => this.tell(await this.link.ask("parameter.remove", { name })),
      "rb-reset",
    );
    remove.dataset.action = "parameter.remove";
    const unit = element("span", { class: "rb-unit" });
    const root = element(
      "div",
      { class: "rb-fit-parameter", "data-parameter": name },
      on,
      element("span", { class: "rb-fit-name" }, name),
      boxes.value.root,
      unit,
      remove,
      element("span", { class: "rb-fit-range" }, boxes.low.root, slider, boxes.high.root, log, prior),
      known,
    );
    const row: Row = {
      root,
      slider,
      boxes,
      unit,
      log,
      prior,
      known,
      about,
      on,
      held: false,
      pending: 0,
      shown: parameter,
    };
    let gesture = "";
    let end = 0;
    slider.addEventListener("pointerdown", () => {
      row.held = true;
      gesture = "";
    });
    for (const event of ["pointerup", "pointercancel", "change"] as const)
      slider.addEventListener(event, () => {
        row.held = false;
      });
    slider.addEventListener("input", async () => {
      const now = performance.now();
      if (gesture === "" || (!row.held && now > end)) gesture = `drag-${++gestures}`;
      end = now + SAME_GESTURE;
      const value = valueAt(row.shown, Number(slider.value) / TICKS);
      row.boxes.value.show(value);
      row.pending += 1;
      const reply = await this.link.stream(`value ${name}`, "parameter.set", {
        name,
        field: "value",
        value,
        gesture,
      });
      row.pending -= 1;
      if (reply) this.tell(reply);
      this.update(row, row.shown);
    });
    this.rows.set(name, row);
    return row;
  }

  private update(row: Row, parameter: Parameter): void {
    row.shown = parameter;
    const { name, target, unit, value, low, high, log, on, prior } = parameter;
    row.root.classList.toggle("rb-fit-off", !on);
    row.root.title = target;
    row.on.checked = on;
    row.unit.textContent = unit;
    row.log.textContent = log ? "log" : "lin";
    row.log.title = log ? `${name} moves on a logarithmic scale` : `${name} moves on a linear scale`;
    row.log.setAttribute("aria-label", row.log.title);
    row.log.setAttribute("aria-pressed", String(log));
    row.prior.setAttribute("aria-pressed", String(prior !== null));
    row.known.hidden = prior === null;
    if (prior !== null) {
      row.boxes.mean.show(prior[0]);
      row.boxes.sd.show(prior[1]);
      row.about.textContent = log ? "×/÷" : "±";
    }
    row.boxes.low.show(low);
    row.boxes.high.show(high);
    if (row.held || row.pending > 0) return;
    row.boxes.value.show(value);
    row.slider.value = String(Math.round(TICKS * placeOf(parameter, value)));
    row.slider.setAttribute("aria-valuetext", `${formatNumber(value)} ${unit}`.trim());
  }
}
