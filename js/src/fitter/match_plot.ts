// One match: the data, the model over them, and beneath both the regions that count.

import uPlot from "uplot";
import { formatNumber } from "../controls/number";
import { button, element } from "../dom";
import type { Link, Reply } from "../link";
import { nearest } from "../traces/buffer";
import { axisRange, extent, type Range } from "../traces/range";
import { type Region, Regions } from "./regions";

export interface MatchInfo {
  key: string;
  /** What it belongs to, as "kind|name". */
  generator: string;
  /** Whether that is a fit within this one, which is changed there. */
  within: boolean;
  /** Of a match its run and its number there; else the function. */
  run?: string;
  index?: number;
  function?: string;
  title: string;
  unit: string;
  /** What the data are called; empty where the target is no trace. */
  data: string;
  method: string;
  regions: Region[];
  weight: number;
  on: boolean;
  span: Range;
  x_title: string;
  y_title: string;
  /** Single points rather than a trace. */
  dots: boolean;
  samples: number;
  /** Spikes that are wanted, ms. */
  times: number[];
  /** Numbers that are wanted, features or a formula: name, mean, standard deviation. */
  features: [string, number, number][];
}

/** What the model has of such a number, and how many standard deviations it is off. */
export interface Measured {
  value: number | null;
  score: number;
}

export interface Line {
  time: Float32Array;
  values: Float32Array;
}

export const NO_LINE: Line = { time: new Float32Array(), values: new Float32Array() };

export const MODEL = "#d55e00";
const LEFT = 56;

export class MatchPlot {
  readonly root: HTMLElement;
  private readonly heading = element("strong", { class: "rb-match-title" });
  private readonly readout = element("span", { class: "rb-quiet rb-match-readout" });
  private readonly share = element("span", { class: "rb-match-error", title: "What this adds to the error" });
  private readonly wanted = element("span", { class: "rb-quiet rb-match-wanted" });
  private readonly numbers = element("table", { class: "rb-findings-table rb-match-numbers" });
  private readonly host = element("div", { class: "rb-match-host" });
  private readonly whole: HTMLButtonElement;
  private readonly observer: ResizeObserver;
  private readonly regions: Regions;
  private plot: uPlot | null = null;
  private data = NO_LINE;
  private model = NO_LINE;
  private zoom: Range | null = null;
  private range: Range = [-80, 40];

  constructor(
    private info: MatchInfo,
    link: Link,
    tell: (reply: Reply | null) => void,
  ) {
    this.regions = new Regions({
      change: async (regions, what, gesture) => {
        const { key, run, index } = this.info;
        const [action, whose] =
          this.info.function === undefined
            ? ["match.regions", { run, index }]
            : ["function.regions", { name: this.info.function }];
        const reply = await link.stream(`regions ${key}`, action, { ...whose, regions, what, gesture });
        if (reply) tell(reply);
      },
      timeAt: (x) => this.plot?.posToVal(x, "x") ?? 0,
      xAt: (time) => this.plot?.valToPos(time, "x") ?? 0,
      span: () => this.full(),
      repaint: () => this.redraw(),
    });
    this.whole = button("Whole run", "Show the whole run", () => this.show(null), "rb-button rb-small");
    this.whole.hidden = true;
    this.root = element(
      "figure",
      { class: "rb-match", tabindex: "-1", "data-match": info.key },
      element(
        "figcaption",
        { class: "rb-match-head" },
        this.heading,
        this.wanted,
        this.readout,
        this.regions.controls,
        this.whole,
        this.share,
      ),
      this.numbers,
      this.host,
    );
    this.observer = new ResizeObserver(() => this.layout());
    this.observer.observe(this.host);
    this.update(info);
  }

  update(info: MatchInfo): void {
    const moved = String(info.span) !== String(this.info.span);
    this.info = info;
    this.heading.textContent = info.title;
    this.root.setAttribute("aria-label", `${info.title}, by ${info.method}`);
    this.root.classList.toggle("rb-match-off", !info.on);
    this.wanted.textContent = info.times.length > 0 ? `${info.times.length} spikes wanted` : "";
    this.host.hidden = info.function !== undefined && info.samples === 0;
    this.showNumbers([]);
    this.regions.show(info.regions, info.title);
    if (moved) this.show(null);
    this.redraw();
  }

  setData(data: Line): void {
    this.data = data;
    this.rescale();
  }

  setModel(model: Line, error: number | null, measured: Measured[] = []): void {
    this.model = model;
    this.showNumbers(measured);
    this.share.textContent = error === null ? "" : formatNumber(Number(error.toPrecision(4)));
    this.rescale();
  }

  restyle(): void {
    this.plot?.redraw(false, true);
  }

  dispose(): void {
    this.observer.disconnect();
    this.plot?.destroy();
    this.plot = null;
    this.root.remove();
  }

  private showNumbers(measured: Measured[]): void {
    const { features, title } = this.info;
    this.numbers.hidden = features.length === 0;
    if (features.length === 0) return;
    const row = (cell: "th" | "td", words: string[]) =>
      element(
        "tr",
        {},
        ...words.map((word, k) =>
          k === 0 || cell === "th"
            ? element("th", { scope: cell === "th" ? "col" : "row" }, word)
            : element("td", {}, word),
        ),
      );
    const number = (value: number) => formatNumber(Number(value.toPrecision(4)));
    const rows = features.map(([name, mean, sd], k) => {
      const { value, score } = measured[k] ?? { value: null, score: Number.NaN };
      const off = Math.abs(score);
      const found = row("td", [
        name.replaceAll("_", " "),
        `${number(mean)} ± ${number(sd)}`,
        measured.length === 0 ? "" : value === null ? "none" : number(value),
        Number.isFinite(off) ? off.toFixed(2) : "",
      ]);
      found.dataset.number = name;
      found.classList.toggle("rb-warning", off > 2);
      return found;
    });
    this.numbers.setAttribute("aria-label", `Wanted and found of ${title}`);
    this.numbers.replaceChildren(
      element("thead", {}, row("th", ["", "wanted", "model", "sds off"])),
      element("tbody", {}, ...rows),
    );
  }

  private full(): Range {
    return this.info.span;
  }

  private show(zoom: Range | null): void {
    this.zoom = zoom;
    this.whole.hidden = zoom === null;
    const [min, max] = zoom ?? this.full();
    this.plot?.setScale("x", { min, max });
  }

  /** An axis that grows with what it holds, and shrinks only where the rest would be wasted. */
  private rescale(): void {
    const { time, values } = this.data;
    const [first, last] = this.info.span;
    const within = values.filter((_, k) => time[k]! >= first && time[k]! <= last);
    const next = axisRange(
      extent([within, this.model.values]),
      this.info.function === undefined ? this.info.unit : "",
    );
    if (next[0] !== this.range[0] || next[1] !== this.range[1]) {
      this.range = next;
      this.plot?.setScale("y", { min: next[0], max: next[1] });
    }
    this.redraw();
  }

  private redraw(): void {
    this.plot?.redraw(false, false);
  }

  private layout(): void {
    const { clientWidth: width, clientHeight: height } = this.host;
    if (width < 60 || height < 40) return;
    if (this.plot) this.plot.setSize({ width, height });
    else this.build(width, height);
  }

  private build(width: number, height: number): void {
    const font = `11px ${getComputedStyle(this.root).fontFamily || "sans-serif"}`;
    const axis = {
      stroke: () => this.style("--rb-quiet", "#666"),
      grid: { stroke: () => this.style("--rb-line", "#ddd"), width: 1 },
      ticks: { show: false },
      font,
      labelFont: font,
      values: (_: uPlot, splits: number[]) => splits.map(formatNumber),
    };
    const unit = this.info.unit === "1" ? "" : ` (${this.info.unit})`;
    this.plot = new uPlot(
      {
        width,
        height,
        legend: { show: false },
        padding: [8, 12, 0, 0],
        cursor: {
          y: false,
          points: { show: false },
          drag: { x: true, y: false, setScale: false, dist: 6 },
          // A double-click begins a region; the button shows the whole run again.
          bind: { dblclick: () => null },
        },
        scales: {
          x: { time: false, auto: false, range: () => this.zoom ?? this.full() },
          y: { auto: false, range: () => this.range },
        },
        axes: [
          { ...axis, size: 22, label: this.info.x_title, labelSize: 16, gap: 3 },
          {
            ...axis,
            size: LEFT,
            gap: 4,
            space: 28,
            label: `${this.info.y_title}${unit}`,
            labelSize: 16,
            labelGap: 0,
          },
        ],
        series: [{}, { paths: () => null, points: { show: false } }],
        hooks: {
          drawClear: [(plot) => this.regions.paint(plot, this.style("--rb-region", "0 114 178"))],
          draw: [(plot) => this.draw(plot), () => this.regions.place()],
          setCursor: [(plot) => this.read(plot)],
          setSelect: [(plot) => this.selected(plot)],
        },
      },
      [this.full(), [null, null]] as uPlot.AlignedData,
      this.host,
    );
    if (this.info.within) return;
    this.plot.over.append(this.regions.root);
    this.plot.over.addEventListener("dblclick", (event) => {
      if (event.target === this.plot?.over || event.target === this.regions.root) this.regions.add(event);
    });
    this.regions.place();
  }

  private selected(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width < 6) return;
    const zoom: Range = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")];
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.show(zoom);
  }

  private read(plot: uPlot): void {
    const { left = -1 } = plot.cursor;
    const time = left < 0 ? null : plot.posToVal(left, "x");
    const at = ({ time: times, values }: Line) =>
      time === null || times.length === 0 ? null : (values[nearest(times, time)] ?? null);
    const words = [
      ["data", at(this.data)],
      ["model", at(this.model)],
    ].flatMap(([name, value]) => (value === null ? [] : [`${name} ${Number(value).toFixed(2)}`]));
    this.readout.textContent = time === null ? "" : `${Number(time.toPrecision(5))}: ${words.join(", ")}`;
  }

  private draw(plot: uPlot): void {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    const path = ({ time, values }: Line, colour: string, thick: number) => {
      ctx.strokeStyle = colour;
      ctx.lineWidth = thick * devicePixelRatio;
      ctx.lineJoin = "round";
      ctx.beginPath();
      for (let k = 0; k < time.length; k++)
        ctx.lineTo(plot.valToPos(time[k]!, "x", true), plot.valToPos(values[k]!, "y", true));
      ctx.stroke();
    };
    if (this.info.dots) {
      ctx.fillStyle = this.style("--rb-data", "#8a8a8a");
      for (let k = 0; k < this.data.time.length; k++) {
        const [x, y] = [this.data.time[k]!, this.data.values[k]!];
        ctx.beginPath();
        ctx.arc(
          plot.valToPos(x, "x", true),
          plot.valToPos(y, "y", true),
          3 * devicePixelRatio,
          0,
          2 * Math.PI,
        );
        ctx.fill();
      }
    } else path(this.data, this.style("--rb-data", "#8a8a8a"), 2.5);
    for (const time of this.info.times) {
      const x = plot.valToPos(time, "x", true);
      ctx.strokeStyle = this.style("--rb-data", "#8a8a8a");
      ctx.lineWidth = 2 * devicePixelRatio;
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + 16 * devicePixelRatio);
      ctx.stroke();
    }
    path(this.model, MODEL, 1.5);
    ctx.restore();
  }

  private style(name: string, fallback: string): string {
    return getComputedStyle(this.root).getPropertyValue(name).trim() || fallback;
  }
}
