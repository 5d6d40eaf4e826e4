// How sure the parameters are: their intervals, how they hang together, and a slider along each axis of the error.

import { formatNumber } from "../controls/number";
import { button, element } from "../dom";
import type { Link, Reply } from "../link";
import type { Model } from "../model";
import { ProbePanel } from "./probes";

interface Finding {
  name: string;
  unit: string;
  value: number | null;
  low: number | null;
  high: number | null;
  determined: boolean;
}

interface Axis {
  eigenvalue: number | null;
  direction: number[];
  span: [number, number];
}

interface Findings {
  state: "none" | "running" | "done" | "stale" | "error";
  message: string;
  rows: Finding[];
  correlation: (number | null)[][];
  open: string[];
  axes: Axis[];
}

const SAME_GESTURE = 900;
let gestures = 0;

export class FindingsPanel {
  readonly root: HTMLElement;
  private readonly ask: HTMLButtonElement;
  private readonly message = element("span", { class: "rb-quiet", role: "status" });
  private readonly body = element("div", { class: "rb-findings-body" });
  private readonly probes: ProbePanel;
  private shown = "";

  constructor(
    private readonly model: Model,
    private readonly link: Link,
    private readonly tell: (reply: Reply | null) => void,
  ) {
    this.probes = new ProbePanel(model, link, tell);
    this.ask = button(
      "How sure?",
      "Work out intervals, correlations and axes by the derivatives at the best",
      async () => this.tell(await link.ask("findings.ask")),
      "rb-button rb-button-accent",
    );
    this.ask.dataset.action = "findings.ask";
    this.root = element(
      "div",
      { class: "rb-findings" },
      element("div", { class: "rb-strip" }, this.ask, this.message),
      this.body,
      this.probes.root,
    );
  }

  showProbes(): void {
    this.probes.show();
  }

  restyle(): void {
    this.probes.restyle();
  }

  dispose(): void {
    this.probes.dispose();
  }

  show(): void {
    const findings = this.model.get("findings") as Findings;
    const { state, message } = findings;
    this.root.dataset.findings = state;
    this.ask.disabled = state === "running";
    this.message.textContent =
      state === "running"
        ? "Differentiating at the best …"
        : state === "stale"
          ? "These belong to an earlier best."
          : state === "error"
            ? message
            : state === "none"
              ? "Intervals, correlations and the axes of the error, from the derivatives of all residuals at the best."
              : "95 % intervals; samples count as independent.";
    this.message.classList.toggle("rb-error", state === "error");
    const shape = JSON.stringify([findings.rows, findings.correlation, findings.axes]);
    if (shape === this.shown) return;
    this.shown = shape;
    this.body.replaceChildren(...(findings.rows.length > 0 ? this.parts(findings) : []));
  }

  private parts({ rows, correlation, open, axes }: Findings): HTMLElement[] {
    const number = (value: number | null) =>
      value === null ? "open" : formatNumber(Number(value.toPrecision(4)));
    const head = (words: string[]) =>
      element("thead", {}, element("tr", {}, ...words.map((word) => element("th", { scope: "col" }, word))));
    const table = element(
      "table",
      { class: "rb-findings-table", "aria-label": "How sure the parameters are" },
      head(["Parameter", "Value", "95 % from", "to", ""]),
      element(
        "tbody",
        {},
        ...rows.map(({ name, unit, value, low, high, determined }) =>
          element(
            "tr",
            { "data-finding": name },
            element("th", { scope: "row" }, name),
            element("td", {}, `${number(value)} ${unit}`.trim()),
            element("td", {}, determined ? number(low) : ""),
            element("td", {}, determined ? number(high) : ""),
            element(
              "td",
              { class: determined ? "rb-quiet" : "rb-warning" },
              determined ? "determined" : "left open",
            ),
          ),
        ),
      ),
    );
    const names = rows.map(({ name }) => name);
    const matrix = element(
      "table",
      { class: "rb-findings-table rb-correlation", "aria-label": "Correlation" },
      head(["Correlation", ...names]),
      element(
        "tbody",
        {},
        ...correlation.map((row, i) =>
          element(
            "tr",
            {},
            element("th", { scope: "row" }, names[i] ?? ""),
            ...row.map((value) => {
              const cell = element("td", {}, value === null ? "" : value.toFixed(2));
              const size = Math.abs(value ?? 0);
              const colour = (value ?? 0) < 0 ? "213 94 0" : "0 114 178";
              cell.style.background = `rgb(${colour} / ${(0.45 * size).toFixed(2)})`;
              return cell;
            }),
          ),
        ),
      ),
    );
    const told = open.map((each) =>
      element("p", { class: "rb-warning" }, `The data leave open: ${each} together change almost nothing.`),
    );
    return [
      element("div", { class: "rb-findings-left" }, table, ...told),
      element("div", {}, matrix),
      element("div", { class: "rb-axes" }, ...axes.map((axis, k) => this.axis(axis, k, names))),
    ];
  }

  private axis({ eigenvalue, direction }: Axis, k: number, names: string[]): HTMLElement {
    const words = direction
      .map((part, j) => ({ part, name: names[j] ?? "" }))
      .filter(({ part }) => Math.abs(part) > 0.1)
      .sort((a, b) => Math.abs(b.part) - Math.abs(a.part))
      .slice(0, 4)
      .map(({ part, name }) => `${part > 0 ? "+" : "\u2212"}${name}`)
      .join(" ");
    const slider = element("input", {
      type: "range",
      class: "rb-slider",
      min: "-1",
      max: "1",
      step: "0.005",
      value: "0",
      "aria-label": `Along axis ${k + 1}: ${words}`,
    });
    let gesture = "";
    let end = 0;
    slider.addEventListener("input", async () => {
      const now = performance.now();
      if (now > end) gesture = `axis-${++gestures}`;
      end = now + SAME_GESTURE;
      // A slider pulled past the best comes to rest there.
      const amount = Math.abs(Number(slider.value)) < 0.01 ? 0 : Number(slider.value);
      const reply = await this.link.stream(`axis ${k}`, "axis.move", { axis: k, amount, gesture });
      if (reply) this.tell(reply);
    });
    return element(
      "div",
      { class: "rb-axis", "data-axis": k },
      element("span", { class: "rb-axis-name" }, `Axis ${k + 1}`),
      slider,
      element("span", {}, words),
      element(
        "span",
        { class: "rb-quiet", title: "How steeply the error rises along it" },
        eigenvalue === null ? "" : `curvature ${formatNumber(Number(eigenvalue.toPrecision(3)))}`,
      ),
    );
  }
}
