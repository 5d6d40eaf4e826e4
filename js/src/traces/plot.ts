// Several panels on one time axis, with values at the crosshair, zoom, a legend and the exports.

import { formatNumber, readable } from "../controls/number";
import { button, download, element, fileName } from "../dom";
import { nearest, panelsOf, type TraceInfo, type TraceSet, toCsv } from "./buffer";
import { Panel } from "./panel";
import type { Range } from "./range";
import { drawSheet } from "./sheet";

export interface PlotEvents {
  clicked(time: number): void;
  painted(): void;
}

const NOTHING: TraceSet = { label: "", info: [], time: new Float32Array(), rows: [] };

/** How the height is shared: the first panel (voltage) takes this many times another's. */
const FIRST_SHARE = 1.9;

/** A larger family is counted in the legend rather than listed. */
const MOST_LISTED = 12;

export class TracePlotView {
  readonly root: HTMLElement;
  readonly tools: HTMLElement;
  private readonly stage: HTMLElement;
  private readonly empty: HTMLElement;
  private readonly readout: HTMLElement;
  private readonly resetButton: HTMLButtonElement;
  private readonly observer: ResizeObserver;
  private panels: Panel[] = [];
  private legends = new Map<string, HTMLElement>();
  private live = NOTHING;
  private kept: TraceSet[] = [];
  private full: Range = [0, 1];
  private zoom: Range | null = null;
  private hover: number | null = null;

  constructor(private readonly events: PlotEvents) {
    this.stage = element("div", { class: "rb-traces-stage" });
    this.empty = element(
      "p",
      { class: "rb-empty" },
      "No traces yet. They appear here as soon as something is recorded and run.",
    );
    this.readout = element("span", { class: "rb-readout", "aria-live": "off" });
    this.resetButton = button("Reset zoom", "Show the whole run (double-click, or 0)", () =>
      this.setZoom(null),
    );
    this.resetButton.hidden = true;
    this.tools = element("div", { class: "rb-traces-tools" }, this.readout, this.resetButton);
    this.root = element(
      "div",
      {
        class: "rb-traces",
        tabindex: "0",
        role: "group",
        "aria-label": "Traces over time. Arrow keys move the crosshair, plus and minus zoom, 0 shows all.",
      },
      this.tools,
      this.empty,
      this.stage,
    );
    this.root.addEventListener("keydown", (event) => this.pressed(event));
    this.observer = new ResizeObserver(() => this.layout());
    this.observer.observe(this.stage);
  }

  show(live: TraceSet, kept: TraceSet[], range: Range): void {
    this.live = live;
    this.kept = kept;
    if (range[0] !== this.full[0] || range[1] !== this.full[1]) this.zoom = null;
    this.full = range;
    this.empty.hidden = live.info.length > 0 || kept.length > 0;
    this.stage.hidden = !this.empty.hidden;
    const info = [live, ...kept].flatMap((set) => set.info);
    const titles = panelsOf(info);
    if (titles.join("\n") !== this.panels.map((panel) => panel.title).join("\n")) this.rebuild(titles, info);
    const height = this.legendHeight;
    this.legend();
    if (this.legendHeight !== height) this.layout();
    this.paint();
    this.resetButton.hidden = this.zoom === null;
  }

  set timeCursor(time: number | null) {
    for (const panel of this.panels) panel.timeCursor = time;
  }

  restyle(): void {
    for (const panel of this.panels) panel.restyle();
  }

  savePng(title: string): void {
    const sheet = drawSheet(this.root, this.panels, this.live.info);
    sheet?.toBlob((blob) => blob && download(fileName(title, "png"), blob));
  }

  saveCsv(title: string): void {
    download(fileName(title, "csv"), new Blob([toCsv(this.live)], { type: "text/csv" }));
  }

  /** Whether there is anything on the screen to paint: not while the plot is empty or has no size. */
  get visible(): boolean {
    return this.panels.some((panel) => panel.canvas !== null);
  }

  dispose(): void {
    this.observer.disconnect();
    for (const panel of this.panels) panel.dispose();
  }

  private rebuild(titles: string[], info: TraceInfo[]): void {
    for (const panel of this.panels) panel.dispose();
    this.stage.replaceChildren();
    this.legends.clear();
    this.panels = titles.map((title, index) => {
      const unit = info.find((trace) => trace.panel === title)?.unit ?? "";
      const panel = new Panel(title, unit, index === titles.length - 1, {
        zoomed: (range) => this.setZoom(range),
        hovered: (time) => this.point(time),
        clicked: (time) => this.events.clicked(time),
        painted: () => index === titles.length - 1 && this.events.painted(),
      });
      const legend = element("div", { class: "rb-trace-legend" });
      this.legends.set(title, legend);
      panel.root.prepend(legend);
      this.stage.append(panel.root);
      return panel;
    });
    this.layout();
  }

  private legend(): void {
    for (const [title, node] of this.legends) {
      const traces = this.live.info.filter((trace) => isListed(trace, title));
      const kept = this.kept.filter((set) => set.info.some((trace) => trace.panel === title));
      const faint = kept.filter(({ vivid }) => !vivid).length;
      const items = traces.map((trace) =>
        element(
          "span",
          { class: "rb-trace-legend-item", "data-trace": trace.name },
          swatch(trace),
          element("span", { class: "rb-trace-legend-name" }, trace.name),
          element("output", { class: "rb-trace-legend-value" }),
        ),
      );
      const note = faint ? element("span", { class: "rb-quiet" }, `${faint} kept, faint`) : "";
      const family = title === this.panels[0]?.title ? familyOf(kept, title) : [];
      const all = [...traces, ...kept.flatMap(({ info }) => info)];
      const unit = all.find((trace) => trace.panel === title)?.unit ?? "1";
      const heading = element(
        "span",
        { class: "rb-trace-panel-title" },
        unit === "1" ? title : `${title} (${unit})`,
      );
      node.replaceChildren(heading, ...items, ...family, note);
    }
    this.values();
  }

  private get legendHeight(): number {
    return [...this.legends.values()].reduce((sum, node) => sum + node.offsetHeight, 0);
  }

  private paint(): void {
    const window = this.zoom ?? this.full;
    for (const panel of this.panels) {
      panel.show(
        only(this.live, panel.title),
        this.kept.map((set) => only(set, panel.title)),
        window,
      );
    }
  }

  private layout(): void {
    const { clientWidth: width, clientHeight: height } = this.stage;
    const shares = this.panels.map((_, index) => (index === 0 && this.panels.length > 1 ? FIRST_SHARE : 1));
    const total = shares.reduce((sum, share) => sum + share, 0);
    this.panels.forEach((panel, index) => {
      const legend = this.legends.get(panel.title)?.offsetHeight ?? 0;
      panel.resize(width, Math.max(48, Math.floor((height * shares[index]!) / total) - legend));
    });
  }

  private setZoom(range: Range | null): void {
    const [low, high] = this.full;
    const shortest = (high - low) * 1e-4;
    this.zoom =
      range && range[1] - range[0] > shortest ? [Math.max(low, range[0]), Math.min(high, range[1])] : null;
    if (this.zoom && this.zoom[0] <= low && this.zoom[1] >= high) this.zoom = null;
    this.resetButton.hidden = this.zoom === null;
    this.paint();
  }

  private point(time: number | null): void {
    if (this.hover === time) return;
    this.hover = time;
    for (const panel of this.panels) panel.point(time);
    this.values();
  }

  private values(): void {
    const index = this.hover === null ? -1 : nearest(this.live.time, this.hover);
    this.readout.textContent =
      index < 0 ? "" : `${formatNumber(Number(this.live.time[index]!.toFixed(4)))} ms`;
    for (const [title, node] of this.legends) {
      const rows = this.live.rows.filter((_, row) => isListed(this.live.info[row]!, title));
      node.querySelectorAll("output").forEach((output, row) => {
        const value = index < 0 ? undefined : rows[row]?.[index];
        output.textContent = value === undefined ? "" : readable(value);
      });
    }
  }

  private pressed(event: KeyboardEvent): void {
    if (event.target !== this.root || event.ctrlKey || event.metaKey || event.altKey) return;
    const [low, high] = this.zoom ?? this.full;
    const span = high - low;
    const centre = this.hover ?? (low + high) / 2;
    const move = event.shiftKey ? span / 20 : span / 200;
    const zoomed = (factor: number): Range => {
      const half = (span * factor) / 2;
      return [centre - half, centre + half];
    };
    const actions: Record<string, () => void> = {
      ArrowLeft: () => this.point(Math.max(low, centre - move)),
      ArrowRight: () => this.point(Math.min(high, centre + move)),
      "+": () => this.setZoom(zoomed(0.5)),
      "=": () => this.setZoom(zoomed(0.5)),
      "-": () => this.setZoom(zoomed(2)),
      "0": () => this.setZoom(null),
      Escape: () => this.point(null),
      Enter: () => this.events.clicked(centre),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }
}

/** Whether the legend of a panel names a trace; the edges of a band go without. */
function isListed(trace: TraceInfo, panel: string): boolean {
  return trace.panel === panel && trace.style !== "edge";
}

function only(set: TraceSet, panel: string): TraceSet {
  const chosen = set.info.flatMap((trace, index) => (trace.panel === panel ? [index] : []));
  return { ...set, info: chosen.map((i) => set.info[i]!), rows: chosen.map((i) => set.rows[i]!) };
}

/** The members of a family by their labels, or how many there are. */
function familyOf(kept: TraceSet[], panel: string): HTMLElement[] {
  const members = kept.filter(({ vivid }) => vivid);
  if (members.length > MOST_LISTED)
    return [element("span", { class: "rb-quiet" }, `a family of ${members.length} runs`)];
  return members.map(({ label, info }) => {
    const colour = info.find((trace) => trace.panel === panel)?.colour ?? "";
    const line = element("span", { class: "rb-swatch", "aria-hidden": "true" });
    line.style.setProperty("--rb-electrode", colour);
    return element("span", { class: "rb-trace-legend-item", "data-kept": label }, line, label);
  });
}

function swatch(trace: TraceInfo): HTMLElement {
  const node = element(
    "span",
    { class: trace.letter ? "rb-letter" : "rb-swatch", "aria-hidden": "true" },
    trace.letter,
  );
  node.style.setProperty("--rb-electrode", trace.colour);
  return node;
}
