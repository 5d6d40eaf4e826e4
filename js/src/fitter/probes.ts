// What takes many more runs to know of the best: the profile of a parameter, and samples of the posterior.

import { Choice } from "../controls/choice";
import { formatNumber } from "../controls/number";
import { NumberBox } from "../controls/number_box";
import { button, element } from "../dom";
import type { Link, Reply } from "../link";
import { float32, type Model } from "../model";
import { type Bars, CornerPlot, MOST_DRAWN, type Samples, WalkPlot } from "./posterior_plots";
import { type Profile, ProfilePlot } from "./profile_plot";

interface Probe {
  state: "none" | "running" | "done" | "stale" | "stopped" | "error";
  message: string;
  done: number;
  all: number;
}

interface Row {
  name: string;
  unit: string;
  log: boolean;
  [figure: string]: number | string | boolean | null;
}

interface Posterior extends Probe {
  rows: Row[];
  bars: Bars[];
  shape: [number, number, number];
  doubts: string[];
}

const FIGURES = [
  ["median", "Median"],
  ["low", "95 % from"],
  ["high", "to"],
  ["sd", "sd"],
  ["r_hat", "R-hat"],
  ["effective_samples", "independent samples"],
] as const;

const short = (value: unknown) =>
  typeof value === "number" ? formatNumber(Number(value.toPrecision(4))) : "open";

/** A strip of controls that begin a probe, with what it tells of itself and the way to give it up. */
class ProbeStrip {
  readonly root: HTMLElement;
  private readonly go: HTMLButtonElement;
  private readonly stop: HTMLButtonElement;
  private readonly bar = element("progress", { class: "rb-progress", max: "1", value: "0" });
  private readonly message = element("span", { class: "rb-quiet", role: "status" });

  constructor(
    trait: "profile" | "posterior",
    text: string,
    doc: string,
    before: HTMLElement[],
    ask: () => Promise<Reply | null>,
    link: Link,
    tell: (reply: Reply | null) => void,
  ) {
    this.go = button(text, doc, async () => tell(await ask()));
    this.go.dataset.action = `${trait}.ask`;
    this.stop = button("Cancel", `Give the ${trait} up`, async () => tell(await link.ask("probe.stop")));
    this.stop.dataset.action = `${trait}.stop`;
    this.bar.setAttribute("aria-label", `How far the ${trait} is`);
    this.root = element(
      "div",
      { class: "rb-strip rb-probe" },
      ...before,
      this.go,
      this.stop,
      this.bar,
      this.message,
    );
  }

  show({ state, message, done, all }: Probe, idle: string, found: string): void {
    const running = state === "running";
    this.root.dataset.probe = state;
    this.go.disabled = running;
    this.stop.hidden = this.bar.hidden = !running;
    this.bar.value = all > 0 ? done / all : 0;
    const stale = state === "stale" ? "This belongs to an earlier best. " : "";
    const words = running
      ? all > 0
        ? `${done} of ${all}`
        : "The model is compiled"
      : state === "none"
        ? idle
        : state === "error" || state === "stopped"
          ? message
          : stale + found;
    if (this.message.textContent !== words) this.message.textContent = words;
    this.message.classList.toggle("rb-error", state === "error");
  }
}

export class ProbePanel {
  readonly root: HTMLElement;
  private readonly parameter: Choice;
  private readonly profileStrip: ProbeStrip;
  private readonly posteriorStrip: ProbeStrip;
  private readonly profile = new ProfilePlot();
  private readonly walks = new WalkPlot();
  private readonly corner = new CornerPlot();
  private readonly summary = element("div", { class: "rb-posterior-summary" });
  private readonly plots: HTMLElement;
  private chosen = "";
  private shown = "";

  constructor(
    private readonly model: Model,
    link: Link,
    tell: (reply: Reply | null) => void,
  ) {
    this.parameter = new Choice("Profile of", (name) => {
      this.chosen = name;
    });
    this.profileStrip = new ProbeStrip(
      "profile",
      "Profile",
      "Follow the least error along the parameter, all others fitted again at each value",
      [this.parameter.root],
      () => link.ask("profile.ask", { name: this.chosen }),
      link,
      tell,
    );
    const wanted = { steps: 600, burn: 300 };
    const box = (key: "steps" | "burn", label: string, doc: string) => {
      const made = new NumberBox({ label, doc, width: 6 }, async (value) => {
        const number = Number(value);
        if (!Number.isInteger(number) || number < 0) return { error: `${value} is no whole number` };
        wanted[key] = number;
        made.show(number);
        return {};
      });
      made.show(wanted[key]);
      return made.root;
    };
    this.posteriorStrip = new ProbeStrip(
      "posterior",
      "Posterior",
      "Sample what the data leave of the parameters, by walkers that need many runs",
      [
        box("steps", "Steps", "How many steps each walker takes, each a trial"),
        box("burn", "after", "How many steps before these are forgotten"),
      ],
      () => link.ask("posterior.ask", { ...wanted }),
      link,
      tell,
    );
    this.plots = element("div", { class: "rb-below-two" }, this.walks.root, this.corner.root);
    this.root = element(
      "div",
      { class: "rb-probes" },
      this.profileStrip.root,
      this.profile.root,
      this.posteriorStrip.root,
      this.summary,
      this.plots,
    );
  }

  show(): void {
    const names = this.model.get("history_names") as string[];
    if (!names.includes(this.chosen)) this.chosen = names[0] ?? "";
    this.parameter.show(
      names.map((value) => ({ value, title: value })),
      this.chosen,
    );
    this.showProfile(this.model.get("profile") as Probe & Profile);
    this.showPosterior(this.model.get("posterior") as Posterior);
  }

  restyle(): void {
    for (const plot of [this.profile, this.walks, this.corner]) plot.draw();
  }

  dispose(): void {
    for (const plot of [this.profile, this.walks, this.corner]) plot.dispose();
  }

  private showProfile(profile: Probe & Profile): void {
    const { parameter, unit, interval } = profile;
    const [low, high] = interval;
    const ends =
      low === null && high === null
        ? "open on both sides"
        : low === null
          ? `open below, to ${short(high)}`
          : high === null
            ? `from ${short(low)}, open above`
            : `${short(low)} to ${short(high)}`;
    const words = profile.values.length > 0 ? `${parameter}: 95 % interval ${ends} ${unit}`.trim() : "";
    this.profileStrip.show(
      profile,
      "The least error along one parameter, where intervals by derivatives mislead.",
      words,
    );
    this.profile.root.hidden = profile.values.length === 0;
    this.profile.show(profile, words);
  }

  private showPosterior(posterior: Posterior): void {
    const { rows, bars, shape, doubts, message } = posterior;
    this.posteriorStrip.show(
      posterior,
      "Samples of the parameters, as probable as the data leave them.",
      message,
    );
    this.plots.hidden = rows.length === 0;
    const key = JSON.stringify([rows, doubts]);
    if (key === this.shown) return;
    this.shown = key;
    const more = rows.length > MOST_DRAWN ? `The first ${MOST_DRAWN} of ${rows.length} are drawn.` : "";
    this.summary.replaceChildren(
      ...(rows.length > 0 ? [this.table(rows), ...doubts.map(warning)] : []),
      element("p", { class: "rb-quiet", hidden: more === "" }, more),
    );
    const samples: Samples = {
      names: rows.map(({ name, unit }) => (unit ? `${name} (${unit})` : name)),
      logs: rows.map(({ log }) => log),
      values: float32(this.model, "samples"),
      shape,
      bars,
    };
    this.walks.show(samples);
    this.corner.show(samples);
  }

  private table(rows: Row[]): HTMLElement {
    const head = ["Parameter", ...FIGURES.map(([, title]) => title)];
    return element(
      "table",
      { class: "rb-findings-table", "aria-label": "Posterior of the parameters" },
      element("thead", {}, element("tr", {}, ...head.map((word) => element("th", { scope: "col" }, word)))),
      element(
        "tbody",
        {},
        ...rows.map((row) =>
          element(
            "tr",
            { "data-posterior": row.name },
            element("th", { scope: "row" }, row.unit ? `${row.name} (${row.unit})` : row.name),
            ...FIGURES.map(([key]) =>
              element(
                "td",
                {},
                key === "effective_samples" ? String(Math.round(Number(row[key]))) : short(row[key]),
              ),
            ),
          ),
        ),
      ),
    );
  }
}

function warning(doubt: string): HTMLElement {
  const text = doubt ? `${doubt[0]!.toUpperCase()}${doubt.slice(1)}.` : "";
  return element("p", { class: "rb-warning" }, text);
}
