// The curves of a channel, as Python worked them out.

import { colourAt } from "../colormaps";
import type { Quantity } from "../controls/field";
import { Fields } from "../controls/fields";
import { formatNumber } from "../controls/number";
import { COLOURS, type Curve, CurvePlot } from "../curves/curves";
import { button, element } from "../dom";
import type { Link } from "../link";
import type { Theme } from "../store";

/** What is set for single channels alone, and not for the family of steps. */
const SINGLE = ["channels", "level", "seed"];

export interface PlotInfo {
  plot: string;
  samples: number;
  names: string[];
  unit: string;
  pair?: string;
}

export interface PlotData extends PlotInfo {
  along: Float32Array;
  rows: Float32Array[];
}

/** Each plot out of one buffer: what lies along its horizontal axis, then one row a name. */
export function readPlots(numbers: Float32Array, info: readonly PlotInfo[]): Map<string, PlotData> {
  const plots = new Map<string, PlotData>();
  let start = 0;
  for (const each of info) {
    const row = (index: number) =>
      numbers.subarray(start + index * each.samples, start + (index + 1) * each.samples);
    plots.set(each.plot, { ...each, along: row(0), rows: each.names.map((_, index) => row(index + 1)) });
    start += (each.names.length + 1) * each.samples;
  }
  if (start !== numbers.length)
    throw new Error(`rheobase: ${numbers.length} numbers where ${start} were told`);
  return plots;
}

/** The colours of `count` levels from low to high, away from the end that the page's ground would swallow. */
export function levelColours(count: number, theme: Theme): string[] {
  const [low, high] = theme === "dark" ? [0.28, 1] : [0, 0.82];
  return Array.from({ length: count }, (_, index) => {
    const at = low + ((high - low) * index) / Math.max(1, count - 1);
    return `rgb(${colourAt("viridis", at).join(" ")})`;
  });
}

export class ChannelPlots {
  readonly root: HTMLElement;
  private readonly steady = new CurvePlot({ title: "Steady state", unit: "1", along: "v (mV)" });
  private readonly taus = new CurvePlot({ title: "Time constant", unit: "ms", along: "v (mV)" });
  private readonly rates = new CurvePlot({ title: "Rates", unit: "1/ms", along: "v (mV)" });
  private readonly iv = new CurvePlot({ title: "I-V curve", unit: "", along: "v (mV)" });
  private readonly family = new CurvePlot({ title: "Response to steps", unit: "", along: "Time (ms)" });
  private readonly single = new CurvePlot({
    title: "Single channels",
    unit: "open channels",
    along: "Time (ms)",
  });
  private readonly stage: Fields;
  private readonly singleFields: Fields;
  private readonly singleSettings: HTMLElement;
  private readonly singleToggle: HTMLInputElement;
  private readonly singleProblem: HTMLElement;
  private readonly stageText: HTMLElement;
  private readonly modes: HTMLButtonElement[];
  private mode: "current" | "open" = "current";
  private plots = new Map<string, PlotData>();
  private theme: Theme = "light";
  private seed = 0;

  constructor(link: Link) {
    this.stage = new Fields(link, { action: "stage.set", className: "rb-fields rb-fields-compact rb-wide" });
    this.stageText = element("span", { class: "rb-quiet" });
    this.modes = (["current", "open"] as const).map((mode) => {
      const node = button(
        mode === "current" ? "Current" : "Open fraction",
        `Show the ${mode === "current" ? "current" : "fraction that is open"} during the steps`,
        () => {
          this.mode = mode;
          this.paint();
        },
        "rb-button rb-small",
      );
      node.dataset.mode = mode;
      return node;
    });
    this.family.root.classList.add("rb-curves-wide");
    this.single.root.classList.add("rb-curves-wide");
    this.singleFields = new Fields(link, {
      action: "stage.set",
      className: "rb-fields rb-fields-compact rb-wide",
    });
    const again = button(
      "Draw again",
      "The next seed",
      () => void link.ask("stage.set", { key: "seed", value: this.seed + 1, gesture: "" }),
      "rb-button rb-small",
    );
    this.singleToggle = element("input", {
      type: "checkbox",
      id: `rb-single-${Math.random().toString(36).slice(2, 8)}`,
      onchange: () => void link.ask("stage.single", { shown: this.singleToggle.checked }),
    });
    this.singleProblem = element("p", { class: "rb-error", role: "alert" });
    this.singleSettings = element(
      "div",
      { class: "rb-single-settings" },
      this.singleFields.root,
      again,
      this.singleProblem,
    );
    this.singleSettings.hidden = true;
    this.root = element(
      "section",
      { class: "rb-channel-plots", "aria-label": "Curves" },
      this.steady.root,
      this.taus.root,
      this.rates.root,
      this.iv.root,
      element(
        "div",
        { class: "rb-curves-wide rb-stage-row" },
        element(
          "details",
          { class: "rb-stage-settings" },
          element("summary", {}, "Voltage clamp ", this.stageText),
          this.stage.root,
        ),
        element(
          "span",
          { class: "rb-segmented", role: "group", "aria-label": "Shown during the steps" },
          ...this.modes,
        ),
      ),
      this.family.root,
      element(
        "div",
        { class: "rb-curves-wide rb-single" },
        element(
          "label",
          { class: "rb-check", for: this.singleToggle.id },
          this.singleToggle,
          "Single channels",
        ),
        this.singleSettings,
      ),
      this.single.root,
    );
  }

  show(numbers: Float32Array, info: readonly PlotInfo[]): void {
    this.plots = readPlots(numbers, info);
    this.paint();
  }

  /** Rows of times, open channels and their mean, or in words why there are none. */
  showSingle(shown: boolean, numbers: Float32Array, problem: string): void {
    this.singleToggle.checked = shown;
    this.singleSettings.hidden = !shown;
    this.singleProblem.textContent = problem;
    this.single.root.hidden = !shown || numbers.length === 0;
    if (this.single.root.hidden) return;
    const samples = numbers.length / 3;
    const row = (index: number) => numbers.subarray(index * samples, (index + 1) * samples);
    this.single.show(row(0), [
      { name: "open", colour: COLOURS[1], values: row(1), stepped: true },
      { name: "mean of many", colour: COLOURS[0], values: row(2) },
    ]);
  }

  showStage(fields: Quantity[]): void {
    this.stage.show(fields.filter(({ key }) => !SINGLE.includes(key)));
    this.singleFields.show(fields.filter(({ key }) => SINGLE.includes(key)));
    this.seed = fields.find(({ key }) => key === "seed")?.value ?? 0;
    const value = (key: string) => formatNumber(fields.find((field) => field.key === key)?.value ?? 0);
    this.stageText.textContent =
      `from ${value("hold")} mV to ${value("first")} … ${value("last")} mV in ${value("levels")} steps, ` +
      `${value("celsius")} °C`;
  }

  set ground(theme: Theme) {
    this.theme = theme;
    this.paint();
    for (const plot of this.all) plot.restyle();
  }

  dispose(): void {
    for (const plot of this.all) plot.dispose();
  }

  private get all(): CurvePlot[] {
    return [this.steady, this.taus, this.rates, this.iv, this.family, this.single];
  }

  private paint(): void {
    for (const node of this.modes) node.setAttribute("aria-pressed", String(node.dataset.mode === this.mode));
    const plain = (plot: PlotData, shift = 0): Curve[] =>
      plot.rows.map((values, index) => ({
        name: plot.names[index]!,
        colour: COLOURS[(index + shift) % COLOURS.length]!,
        values,
      }));
    const put = (target: CurvePlot, name: string, paint: (plot: PlotData) => void) => {
      const plot = this.plots.get(name);
      target.root.hidden = plot === undefined || plot.rows.length === 0;
      if (plot && plot.rows.length > 0) paint(plot);
    };
    put(this.steady, "steady", (plot) => this.steady.show(plot.along, plain(plot)));
    put(this.taus, "tau", (plot) => this.taus.show(plot.along, plain(plot)));
    put(this.rates, "rates", (plot) => {
      this.rates.title = `Rates of ${plot.pair?.replace("_", " ⇌ ")}`;
      this.rates.show(plot.along, plain(plot, 4));
    });
    put(this.iv, "iv", (plot) => {
      this.iv.unit = plot.unit;
      const peak = this.plots.get("peak");
      const curves = plain(plot);
      if (peak?.rows[0] && peak.along.length > 1)
        curves.push({
          name: "peak",
          colour: COLOURS[1],
          values: onto(plot.along, peak.along, peak.rows[0]),
          dashed: true,
        });
      this.iv.show(plot.along, curves);
    });
    put(this.family, this.mode, (plot) => {
      const colours = levelColours(plot.names.length, this.theme);
      this.family.unit = plot.unit;
      this.family.title =
        this.mode === "current" ? "Current during the steps" : "Open fraction during the steps";
      this.family.note =
        plot.names.length > 1 ? `${plot.names[0]} mV to ${plot.names.at(-1)} mV, colour by level` : "";
      this.family.show(
        plot.along,
        plot.rows.map((values, index) => ({ name: "", colour: colours[index]!, values })),
      );
    });
  }
}

/** Values at `from` read off at `along` by straight lines; NaN outside. */
export function onto(along: Float32Array, from: Float32Array, values: Float32Array): Float32Array {
  const result = new Float32Array(along.length).fill(Number.NaN);
  let k = 0;
  for (const [index, x] of along.entries()) {
    if (from.length < 2 || x < from[0]! || x > from.at(-1)!) continue;
    while (k < from.length - 2 && from[k + 1]! < x) k++;
    const width = from[k + 1]! - from[k]!;
    const share = width > 0 ? (x - from[k]!) / width : 0;
    result[index] = values[k]! + share * (values[k + 1]! - values[k]!);
  }
  return result;
}
