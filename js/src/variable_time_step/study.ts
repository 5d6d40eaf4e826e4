// Work against precision: every integrator measured on this model, what follows from it, and one click to take it.

import { formatNumber, parseTyped } from "../controls/number";
import { Chart } from "../curves/chart";
import { COLOURS } from "../curves/curves";
import { button, element } from "../dom";
import { type Link, refusalOf } from "../link";
import { type Model, onChange } from "../model";
import type { Store } from "../store";
import type { Integrator } from "./integrators";

interface Point {
  method: string;
  setting: string;
  value: number;
  voltage_error: number | null;
  spike_error: number | null;
  spikes: number;
  steps: number;
  evaluations: number;
  seconds: number | null;
  failure: string;
}

interface Study {
  state: "none" | "running" | "done" | "stopped" | "error";
  progress: number;
  message: string;
  points: Point[];
  reference?: string;
  spikes?: number;
  advice: { point: Point; reached: boolean; reason: string } | null;
}

type Kind = "spike" | "voltage";
type Cost = "seconds" | "steps" | "evaluations";

const ERRORS: Record<Kind, string> = {
  spike: "Largest shift of a spike (ms)",
  voltage: "Largest voltage error (mV)",
};
const UNITS: Record<Kind, string> = { spike: "ms", voltage: "mV" };
const COSTS: Record<Cost, string> = { seconds: "Wall time (s)", steps: "Steps", evaluations: "Evaluations" };

export class StudyPanel {
  readonly root: HTMLElement;
  private readonly measure: HTMLButtonElement;
  private readonly progress: HTMLProgressElement;
  private readonly kind: HTMLSelectElement;
  private readonly cost: HTMLSelectElement;
  private readonly wanted: HTMLInputElement;
  private readonly unit = element("span", { class: "rb-unit" });
  private readonly chart: Chart;
  /** The runs that are drawn, of each method in the order of its settings. */
  private drawn: Point[][] = [];
  private readonly choices: HTMLElement;
  private readonly readout = element("p", { class: "rb-quiet rb-study-readout", "aria-live": "polite" });
  private readonly advice = element("div", { class: "rb-advice" });
  private readonly message = element("p", { class: "rb-quiet", role: "status" });
  private readonly intro: HTMLElement;
  private readonly stops: (() => void)[];

  constructor(
    private readonly link: Link,
    private readonly model: Model,
    store: Store,
  ) {
    this.measure = button("Measure", "Run every integrator over a ladder of settings", () => this.press());
    this.measure.dataset.action = "study";
    this.progress = element("progress", {
      class: "rb-progress",
      max: "1",
      value: "0",
      "aria-label": "Progress",
    });
    this.kind = choice("Error", ERRORS, () => void this.want(this.kind.value, this.usual(this.kind.value)));
    this.cost = choice("Cost", COSTS, () => this.draw());
    this.wanted = element("input", {
      type: "text",
      class: "rb-number",
      inputmode: "decimal",
      "aria-label": "Wanted error",
      onchange: () => void this.want(this.kind.value, parseTyped(this.wanted.value)),
    });
    this.wanted.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.wanted.dispatchEvent(new Event("change"));
    });
    this.chart = new Chart("Error against cost of each integrator", {
      pointed: (at) => this.tell(at ? this.drawn[at[0]]![at[1]]! : null),
      chosen: ([method, index]) => void this.use(this.drawn[method]![index]!),
    });
    this.intro = element(
      "p",
      { class: "rb-quiet" },
      "What does precision cost on this model? Measure runs each integrator from coarse to fine, holds it against a far " +
        "tighter run, and recommends the cheapest that is near enough.",
    );
    this.choices = element(
      "div",
      { class: "rb-study-choices" },
      element("label", {}, "Error ", this.kind),
      element("label", {}, "Cost ", this.cost),
      element(
        "label",
        {},
        "Wanted ",
        element("span", { class: "rb-number-with-unit" }, this.wanted, this.unit),
      ),
    );
    this.root = element(
      "section",
      { class: "rb-study", "aria-label": "Work against precision" },
      element(
        "div",
        { class: "rb-section-head" },
        element("strong", {}, "Work against precision"),
        element("span", { class: "rb-group" }, this.progress, this.measure),
      ),
      this.intro,
      this.message,
      this.choices,
      this.chart.root,
      this.readout,
      this.advice,
    );
    this.stops = [
      onChange(model, ["study", "wanted", "methods"], () => this.show()),
      store.subscribe("theme", () => this.chart.restyle()),
    ];
    this.show();
  }

  dispose(): void {
    for (const stop of this.stops) stop();
    this.chart.dispose();
  }

  private get study(): Study {
    return this.model.get("study") as Study;
  }

  private press(): void {
    void this.ask(this.study.state === "running" ? "study.cancel" : "study.start");
  }

  private show(): void {
    const { state, progress, message, points, reference } = this.study;
    const { kind, value } = this.model.get("wanted") as { kind: Kind | ""; value: number };
    const running = state === "running";
    this.root.dataset.study = state;
    this.measure.textContent = running ? "■ Stop" : points.length > 0 ? "Measure again" : "Measure";
    this.progress.value = progress;
    this.progress.classList.toggle("rb-idle", !running);
    this.intro.hidden = points.length > 0 || running;
    this.choices.hidden = this.chart.root.hidden = this.readout.hidden = points.length === 0;
    this.message.textContent =
      running && points.length === 0
        ? "Making the reference run …"
        : message || (points.length > 0 ? `Errors are against ${reference}.` : "");
    this.message.classList.toggle("rb-error", state === "error");
    if (kind) this.kind.value = kind;
    for (const option of this.kind.options) option.disabled = option.value === "spike" && !this.study.spikes;
    this.unit.textContent = UNITS[this.kind.value as Kind];
    if (document.activeElement !== this.wanted) this.wanted.value = formatNumber(value);
    this.draw();
    this.advise();
  }

  private draw(): void {
    const { points, advice } = this.study;
    const error = this.kind.value as Kind;
    const cost = this.cost.value as Cost;
    const place = (point: Point): [number, number] => [
      Number(point[cost] ?? Number.NaN),
      Number(point[`${error}_error`] ?? Number.NaN),
    ];
    const methods = [...new Set(points.map(({ method }) => method))];
    this.drawn = methods.map((name) =>
      points.filter((point) => point.method === name && place(point).every((number) => number > 0)),
    );
    this.chart.show({
      label: ERRORS[error].replace(/ \(.*/, ""),
      unit: UNITS[error],
      along: COSTS[cost],
      log: "xy",
      // Lines in the order of the settings, whatever they cost: a finer run may happen to take less time.
      series: methods.map((name, index) => ({
        name: this.title(name),
        style: "both" as const,
        colour: COLOURS[index % COLOURS.length]!,
        rows: [0, 1].map((axis) => Float32Array.from(this.drawn[index]!, (point) => place(point)[axis]!)),
      })),
      rings: advice ? [place(advice.point)] : [],
      level: (this.model.get("wanted") as { value: number }).value || null,
    });
    this.tell(null);
  }

  private advise(): void {
    const { advice, state } = this.study;
    this.advice.hidden = advice === null || state === "running";
    if (!advice) return;
    const { point, reached, reason } = advice;
    const use = button(
      `Use ${this.title(point.method)}, ${described(point)}`,
      "Run the cell so from now on",
      () => void this.use(point),
      "rb-button rb-button-accent",
    );
    use.dataset.action = "use";
    this.advice.replaceChildren(
      element("strong", {}, reached ? "Recommended" : "Nearest"),
      element("p", {}, reason),
      use,
    );
  }

  private tell(point: Point | null): void {
    if (!point) {
      this.readout.textContent = "Point at a run to read it; a click takes its settings.";
      return;
    }
    const parts = [
      `${this.title(point.method)}, ${described(point)}:`,
      point.spike_error === null ? "" : `spikes ${short(point.spike_error)} ms off,`,
      point.voltage_error === null ? "" : `voltage ${short(point.voltage_error)} mV off,`,
      `${point.steps.toLocaleString("en")} steps,`,
      point.seconds === null ? "" : `${short(1000 * point.seconds)} ms`,
    ];
    this.readout.textContent = parts.filter(Boolean).join(" ");
  }

  private title(method: string): string {
    const known = this.model.get("methods") as Integrator[];
    return known.find(({ name }) => name === method)?.title ?? method;
  }

  private usual(kind: string): number {
    return kind === "spike" ? 0.05 : 0.1;
  }

  private async want(kind: string, value: number | string): Promise<void> {
    await this.ask("study.wanted", { kind, value });
  }

  private async use({ method, setting, value }: Point): Promise<void> {
    await this.ask("study.use", { method, setting, value });
  }

  private async ask(action: string, payload: Record<string, unknown> = {}): Promise<void> {
    const refusal = refusalOf(await this.link.ask(action, payload));
    this.show();
    if (refusal === "") return;
    this.message.textContent = refusal;
    this.message.classList.add("rb-error");
  }
}

function choice(label: string, options: Record<string, string>, onchange: () => void): HTMLSelectElement {
  return element(
    "select",
    { class: "rb-select", "aria-label": label, onchange },
    ...Object.entries(options).map(([value, text]) => element("option", { value }, text)),
  );
}

function described({ setting, value }: Point): string {
  return setting === "dt" ? `dt ${formatNumber(value)} ms` : `${setting} ${formatNumber(value)}`;
}

function short(value: number): string {
  return formatNumber(Number(value.toPrecision(2)));
}
