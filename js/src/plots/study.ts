// A classical plot of the model: what it is asked, its panels one above the other, and what it found in words.

import { Choice, type Option } from "../controls/choice";
import type { Quantity } from "../controls/field";
import { Fields } from "../controls/fields";
import { Chart, type ChartSeries, type Style } from "../curves/chart";
import { element } from "../dom";
import type { Link } from "../link";
import { float32, type Model, onChange } from "../model";
import type { Store } from "../store";
import type { Range } from "../traces/range";
import type { Sheet } from "../traces/sheet";

interface PanelInfo {
  label: string;
  unit: string;
  along: string;
  log: string;
  height: number;
  zero: boolean;
  x_range: Range | null;
  y_range: Range | null;
  series: { name: string; style: Style; colour: string; rows: number; count: number }[];
}

interface StudyInfo {
  words?: string;
  error?: string;
  table?: string[][];
  kept?: number;
  panels?: PanelInfo[];
}

interface Asked {
  name: string;
  title: string;
  value: string;
  options: Option[];
}

/** CSS pixels: of a plot of one panel, and how much each further one adds. */
const HEIGHT = 400;
const PANEL = 60;

export class StudyView {
  readonly root: HTMLElement;
  private readonly fields: Fields;
  private readonly choices = element("div", { class: "rb-asked-choices" });
  private readonly words = element("p", { class: "rb-found", role: "status" });
  private readonly stage = element("div", { class: "rb-charts" });
  private readonly table = element("div", { class: "rb-features" });
  private readonly asked = new Map<string, Choice>();
  private charts: Chart[] = [];
  private readonly stops: (() => void)[];

  constructor(
    private readonly model: Model,
    private readonly link: Link,
    store: Store,
    private readonly tell: (reply: Awaited<ReturnType<Link["ask"]>>) => void,
  ) {
    this.fields = new Fields(link, { action: "study.set" });
    this.root = element(
      "section",
      { class: "rb-asked", "aria-label": "Classical plot" },
      element("div", { class: "rb-asked-head" }, this.choices, this.fields.root),
      this.words,
      this.stage,
      this.table,
    );
    this.stops = [
      onChange(model, ["fields", "options"], () => this.showAsked()),
      onChange(model, ["study", "study_info"], () => this.show()),
      store.subscribe("theme", () => {
        for (const chart of this.charts) chart.restyle();
      }),
    ];
    this.showAsked();
    this.show();
  }

  /** The panels from top to bottom, with the words over each. */
  get pictures(): Sheet[] {
    return this.charts.flatMap((chart) =>
      chart.canvas ? [{ canvas: chart.canvas, words: chart.words }] : [],
    );
  }

  dispose(): void {
    for (const stop of this.stops) stop();
    for (const chart of this.charts) chart.dispose();
  }

  private showAsked(): void {
    this.fields.show(this.model.get("fields") as Quantity[]);
    const options = this.model.get("options") as Asked[];
    for (const [name, choice] of this.asked) {
      if (options.some((each) => each.name === name)) continue;
      choice.root.remove();
      this.asked.delete(name);
    }
    for (const { name, title, value, options: known } of options) {
      let choice = this.asked.get(name);
      if (!choice) {
        choice = new Choice(title, async (chosen) =>
          this.tell(await this.link.ask("study.choose", { name, value: chosen })),
        );
        this.asked.set(name, choice);
        this.choices.append(choice.root);
      }
      choice.show(known, value);
    }
    this.choices.hidden = options.length === 0;
  }

  private show(): void {
    const {
      words = "",
      error = "",
      table = [],
      panels = [],
      kept = 0,
    } = this.model.get("study_info") as StudyInfo;
    this.words.textContent = error || (kept > 0 ? `${words}; ${kept} kept` : words);
    this.words.classList.toggle("rb-error", error !== "");
    this.stage.hidden = panels.length === 0;
    this.stage.style.minHeight = `${HEIGHT + PANEL * (panels.length - 1)}px`;
    while (this.charts.length > panels.length) {
      const chart = this.charts.pop()!;
      chart.root.remove();
      chart.dispose();
    }
    const numbers = float32(this.model, "study");
    let start = 0;
    const take = (count: number) => {
      start += count;
      return numbers.subarray(start - count, start);
    };
    panels.forEach((panel, index) => {
      const series: ChartSeries[] = panel.series.map(({ name, style, colour, rows, count }) => ({
        name,
        style,
        colour,
        rows: Array.from({ length: rows }, () => take(count)),
      }));
      const { label, unit, along, log, zero } = panel;
      const chart = this.charts[index] ?? this.add();
      const last = index === panels.length - 1;
      chart.root.style.flexGrow = String(panel.height);
      chart.root.setAttribute("aria-label", label);
      chart.root.dataset.plot = label;
      chart.show({
        label,
        unit,
        along,
        log,
        zero,
        xRange: panel.x_range,
        yRange: panel.y_range,
        bare: !last && panels[index + 1]!.along === along,
        series,
      });
    });
    this.table.hidden = table.length === 0;
    const [head = [], ...rows] = table;
    this.table.replaceChildren(
      element(
        "table",
        {},
        element("thead", {}, element("tr", {}, ...head.map((text) => element("th", {}, text)))),
        element(
          "tbody",
          {},
          ...rows.map((row) => element("tr", {}, ...row.map((text) => element("td", {}, text)))),
        ),
      ),
    );
  }

  private add(): Chart {
    const chart = new Chart("");
    this.charts.push(chart);
    this.stage.append(chart.root);
    return chart;
  }
}
