// All matches beneath one another, the data and the model as Python sends them.

import { element } from "../dom";
import type { Link, Reply } from "../link";
import { float32, type Model } from "../model";
import { type Line, type MatchInfo, MatchPlot, type Measured, MODEL, NO_LINE } from "./match_plot";

interface LineInfo {
  key: string;
  samples: number;
  error: number;
  measured: Measured[];
}

export class Stage {
  readonly root = element("div", { class: "rb-fit-stage" });
  /** What is not drawn: runs, functions and fits as "kind|name". */
  readonly hidden = new Set<string>();
  private readonly empty: HTMLElement;
  private readonly key: HTMLElement;
  private readonly plots = new Map<string, MatchPlot>();

  constructor(
    private readonly model: Model,
    private readonly link: Link,
    private readonly tell: (reply: Reply | null) => void,
    shown: HTMLElement,
    total: HTMLElement,
  ) {
    this.empty = element(
      "p",
      { class: "rb-empty" },
      "Nothing is held against data yet. Load a recording: drop a file of columns here, or press Load data.",
    );
    const swatch = (colour: string) => {
      const node = element("span", { class: "rb-swatch", "aria-hidden": "true" });
      node.style.setProperty("--rb-electrode", colour);
      return node;
    };
    const item = (mark: HTMLElement, ...words: (Node | string)[]) =>
      element("span", { class: "rb-trace-legend-item" }, mark, ...words);
    this.key = element(
      "div",
      { class: "rb-fit-key rb-quiet" },
      item(swatch("var(--rb-data)"), "data"),
      item(swatch(MODEL), "model at", shown),
      item(element("span", { class: "rb-region-swatch" }), "what counts"),
      element("span", { class: "rb-fit-hint" }, "Double-click begins a region, a drag zooms"),
      total,
    );
    this.root.append(this.key, this.empty);
  }

  showPanels(): void {
    const all = this.model.get("panels") as MatchInfo[];
    const panels = all.filter(({ generator }) => !this.hidden.has(generator));
    const wanted = new Set(panels.map(({ key }) => key));
    for (const [key, plot] of this.plots) {
      if (wanted.has(key)) continue;
      plot.dispose();
      this.plots.delete(key);
    }
    for (const info of panels) {
      const known = this.plots.get(info.key);
      const plot = known ?? new MatchPlot(info, this.link, this.tell);
      if (known) plot.update(info);
      this.plots.set(info.key, plot);
    }
    const roots = panels.map(({ key }) => this.plots.get(key)!.root);
    // What is in its place stays, so that a region keeps the focus.
    for (const [k, root] of roots.entries())
      if (this.root.children[k + 2] !== root) this.root.insertBefore(root, this.root.children[k + 2] ?? null);
    this.root.dataset.matches = String(Math.min(panels.length, 4));
    this.empty.hidden = all.length > 0;
    this.key.hidden = all.length === 0;
    this.showData();
    this.showModel();
  }

  showData(): void {
    const panels = this.model.get("panels") as MatchInfo[];
    const data = float32(this.model, "data");
    if (data.length !== 2 * panels.reduce((sum, { samples }) => sum + samples, 0)) return;
    this.share(data, panels, (key, line) => this.plots.get(key)?.setData(line));
  }

  showModel(): void {
    const lines = this.model.get("lines") as LineInfo[];
    const model = float32(this.model, "model");
    if (model.length !== 2 * lines.reduce((sum, { samples }) => sum + samples, 0)) return;
    const infos = new Map(lines.map((line) => [line.key, line]));
    for (const [key, plot] of this.plots) if (!infos.has(key)) plot.setModel(NO_LINE, null);
    this.share(model, lines, (key, line) => {
      const { error, measured } = infos.get(key)!;
      this.plots.get(key)?.setModel(line, error, measured);
    });
  }

  restyle(): void {
    for (const plot of this.plots.values()) plot.restyle();
  }

  dispose(): void {
    for (const plot of this.plots.values()) plot.dispose();
  }

  private share(
    buffer: Float32Array,
    parts: { key: string; samples: number }[],
    give: (key: string, line: Line) => void,
  ): void {
    let at = 0;
    for (const { key, samples } of parts) {
      give(key, {
        time: buffer.subarray(at, at + samples),
        values: buffer.subarray(at + samples, at + 2 * samples),
      });
      at += 2 * samples;
    }
  }
}
