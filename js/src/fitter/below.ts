// Beneath the traces: how the search goes, its trials, the front, and how sure the parameters are, one at a time.

import { NumberBox } from "../controls/number_box";
import { button, element } from "../dom";
import type { Link, Reply } from "../link";
import type { Model } from "../model";
import { FindingsPanel } from "./findings";
import { FrontPlot } from "./front";
import { ErrorHistory, ParameterHistory } from "./progress_plots";
import { Pairs, Parallel } from "./trial_plots";
import { trialsOf } from "./trials";

interface BestSoFar {
  trial: number;
  error: number;
}

const TABS = [
  ["progress", "Progress"],
  ["trials", "Trials"],
  ["front", "Front"],
  ["findings", "How sure"],
] as const;

type Tab = (typeof TABS)[number][0];

export class Below {
  readonly root: HTMLElement;
  private readonly tabs = new Map<Tab, HTMLButtonElement>();
  private readonly panels: Record<Tab, HTMLElement>;
  private readonly errors: ErrorHistory;
  private readonly places: ParameterHistory;
  private readonly parallel: Parallel;
  private readonly pairs: Pairs;
  private readonly front: FrontPlot;
  private readonly findings: FindingsPanel;
  private readonly earlier = element("select", { class: "rb-select", "aria-label": "Earlier bests" });
  private readonly back: HTMLButtonElement;
  private tab: Tab = "progress";

  constructor(
    private readonly model: Model,
    link: Link,
    tell: (reply: Reply | null) => void,
  ) {
    const goBack = async (trial: number) => tell(await link.ask("search.back", { trial }));
    const take = async (trial: number) => tell(await link.ask("trial.take", { trial }));
    this.errors = new ErrorHistory((trial) => void goBack(trial));
    this.places = new ParameterHistory((trial) => void goBack(trial));
    this.parallel = new Parallel((trial) => void take(trial));
    this.pairs = new Pairs((trial) => void take(trial));
    this.front = new FrontPlot(model, link, tell);
    this.findings = new FindingsPanel(model, link, tell);
    const number = new NumberBox(
      { label: "Take trial", doc: "Number of a trial whose values are taken", width: 7 },
      (trial) => link.ask("trial.take", { trial: Number(trial) }),
    );
    this.back = button(
      "Go back",
      "Take the values that were the best then",
      () => void goBack(Number(this.earlier.value)),
    );
    this.back.dataset.action = "search.back";
    this.panels = {
      progress: element(
        "div",
        { class: "rb-below-panel" },
        element("div", { class: "rb-below-two" }, this.errors.root, this.places.root),
        element(
          "div",
          { class: "rb-strip" },
          element(
            "label",
            { class: "rb-choice" },
            element("span", { class: "rb-quiet" }, "Earlier bests"),
            this.earlier,
          ),
          this.back,
          element("span", { class: "rb-quiet" }, "or a click into a plot"),
        ),
      ),
      trials: element(
        "div",
        { class: "rb-below-panel" },
        element("div", { class: "rb-below-two rb-below-tall" }, this.parallel.root, this.pairs.root),
        element(
          "div",
          { class: "rb-strip" },
          number.root,
          element(
            "span",
            { class: "rb-quiet" },
            "or a click. Every parameter stands between its bounds, the better tenth in colour.",
          ),
        ),
      ),
      front: this.front.root,
      findings: this.findings.root,
    };
    const list = element("div", {
      class: "rb-below-tabs",
      role: "tablist",
      "aria-label": "What the search tells",
    });
    for (const [name, title] of TABS) {
      const tab = element(
        "button",
        {
          type: "button",
          class: "rb-below-tab",
          role: "tab",
          "data-tab": name,
          onclick: () => this.open(name),
        },
        title,
      );
      this.tabs.set(name, tab);
      list.append(tab);
    }
    list.addEventListener("keydown", (event) => {
      const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
      if (step === 0) return;
      event.preventDefault();
      event.stopPropagation();
      const at = TABS.findIndex(([name]) => name === this.tab);
      const [next] = TABS[(at + step + TABS.length) % TABS.length]!;
      this.open(next);
      this.tabs.get(next)?.focus();
    });
    this.root = element("section", { class: "rb-below", "aria-label": "The search" }, list);
    for (const [name, panel] of Object.entries(this.panels)) {
      panel.setAttribute("role", "tabpanel");
      panel.dataset.panel = name;
      this.root.append(panel);
    }
    this.open("progress");
  }

  showTrials(): void {
    const trials = trialsOf(this.model);
    if (this.tab === "progress") {
      this.errors.show(trials);
      this.places.show(trials);
      this.showEarlier();
    }
    if (this.tab === "trials") {
      this.parallel.show(trials);
      this.pairs.show(trials);
    }
    if (this.tab === "front") void this.front.refresh();
  }

  showFindings(): void {
    this.findings.show();
  }

  showProbes(): void {
    this.findings.showProbes();
  }

  restyle(): void {
    // The colours are there a frame after the theme's name.
    requestAnimationFrame(() => {
      this.showTrials();
      this.front.draw();
      this.findings.restyle();
    });
  }

  dispose(): void {
    for (const each of [this.errors, this.places, this.parallel, this.pairs, this.front, this.findings])
      each.dispose();
  }

  private open(tab: Tab): void {
    this.tab = tab;
    for (const [name, node] of this.tabs) {
      node.setAttribute("aria-selected", String(name === tab));
      node.tabIndex = name === tab ? 0 : -1;
      this.panels[name].hidden = name !== tab;
    }
    this.showTrials();
    this.findings.show();
    this.findings.showProbes();
  }

  private showEarlier(): void {
    const bests = (this.model.get("bests") as BestSoFar[]).slice(-30).reverse();
    this.back.disabled = bests.length === 0;
    this.earlier.disabled = bests.length === 0;
    if (document.activeElement === this.earlier) return;
    this.earlier.replaceChildren(
      ...bests.map(({ trial, error }) =>
        element("option", { value: trial }, `trial ${trial}: ${Number(error.toPrecision(4))}`),
      ),
    );
    // The best now is the first, and the one before it is what one goes back to.
    this.earlier.selectedIndex = Math.min(1, bests.length - 1);
  }
}
