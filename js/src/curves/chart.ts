// Anything against anything: lines, points, bands and arrows on axes of their own, and what is under the pointer.

import type uPlot from "uplot";
import { formatNumber } from "../controls/number";
import { element } from "../dom";
import { axisRange, extent, logRange, type Range } from "../traces/range";
import { Frame, type Made } from "./frame";

export type Style = "line" | "dashed" | "points" | "hollow" | "both" | "faint" | "band" | "arrows";

export interface ChartSeries {
  /** For the legend; empty for what has no place there. */
  name: string;
  style: Style;
  /** A colour, or "ink" or "quiet", which are the page's own. */
  colour: string;
  /** x and y; of a band x, low and high; of arrows x, y, and where they point as parts of both axes. */
  rows: Float32Array[];
}

export interface ChartShown {
  label: string;
  unit: string;
  /** What the horizontal axis is, with its unit. */
  along: string;
  /** Which axes are logarithmic: "", "x", "y" or "xy". */
  log: string;
  /** Where the axes should not follow the series; from high to low runs downwards. */
  xRange?: Range | null;
  yRange?: Range | null;
  /** Whether 0 stays in sight. */
  zero?: boolean;
  /** Without the words of the horizontal axis, which another chart beneath has. */
  bare?: boolean;
  series: ChartSeries[];
  /** Points that stand out, and a line across at some height. */
  rings?: [number, number][];
  level?: number | null;
}

export interface ChartEvents {
  /** The point under the pointer, as the numbers of a series and of its point; null for none. */
  pointed?(at: [number, number] | null): void;
  chosen?(at: [number, number]): void;
}

/** How near the pointer must be to a point to mean it, px. */
const NEAR = 24;
const LEFT = 56;
const ARROW = 7;

export class Chart extends Frame {
  readonly root: HTMLElement;
  private readonly legend: HTMLElement;
  private readonly readout = element("output", { class: "rb-chart-readout" });
  private shown: ChartShown = { label: "", unit: "", along: "", log: "", series: [] };
  private at: [number, number] | null = null;
  private shape = "";

  constructor(
    label: string,
    private readonly events: ChartEvents = {},
  ) {
    super(element("div", { class: "rb-chart-host" }));
    this.legend = element("div", { class: "rb-trace-legend" });
    this.root = element(
      "figure",
      { class: "rb-chart", "aria-label": label, "data-plot": label },
      this.legend,
      this.host,
    );
  }

  /** What stands over it, each with its colour; an empty one is that of text. */
  get words(): [string, string][] {
    const { label, unit, series } = this.shown;
    const named = series.filter(({ name }) => name !== "");
    return [
      [titled(label, unit), ""],
      ...named.flatMap((each): [string, string][] => [
        ["\u2014", this.colour(each)],
        [each.name, ""],
      ]),
    ];
  }

  show(shown: ChartShown): void {
    this.shown = shown;
    const { label, along, log, bare, series } = shown;
    const shape = JSON.stringify([along, log, bare, shown.yRange, label, shown.unit]);
    const names = JSON.stringify(series.map(({ name, style, colour }) => [name, style, colour]));
    this.at = null;
    this.explain(names);
    if (!this.plot || shape !== this.shape || series.length === 0) {
      this.shape = shape;
      this.build();
      return;
    }
    this.plot.setData(this.data, true);
    this.point(this.plot);
  }

  protected override built(plot: uPlot): void {
    plot.over.addEventListener("click", () => {
      if (this.at) this.events.chosen?.(this.at);
    });
  }

  protected override make(): Made | null {
    const { along, log, bare, series, yRange } = this.shown;
    if (series.length === 0) return null;
    const axis = this.axis();
    const scale = (name: "x" | "y") => ({
      ...(log.includes(name) ? { distr: 3 as const, log: 10 as const } : {}),
      range: () => this.range(name),
    });
    return {
      options: {
        pxAlign: 0,
        padding: [8, 14, 0, 0],
        cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
        scales: {
          x: { time: false, ...scale("x") },
          y: { ...scale("y"), dir: yRange && yRange[0] > yRange[1] ? -1 : 1 },
        },
        axes: [
          {
            ...axis,
            ...(log.includes("x") ? this.logAxis() : {}),
            size: bare ? 6 : 20,
            gap: 3,
            ...(bare ? { values: () => [] } : { label: along, labelSize: 16 }),
          },
          {
            ...axis,
            ...(log.includes("y") ? this.sparse() : {}),
            size: LEFT,
            gap: 4,
            space: 24,
          },
        ],
        series: [{}, { paths: () => null, points: { show: false } }],
        hooks: {
          draw: [(plot) => this.draw(plot)],
          setCursor: [(plot) => this.point(plot)],
        },
      },
      data: this.data,
    };
  }

  /** A logarithmic axis with as many lines as have room. */
  private sparse(): uPlot.Axis {
    const every = this.logAxis();
    return {
      ...every,
      splits: (plot, axis, low, high, ...rest) => {
        const all = (every.splits as (...given: unknown[]) => number[])(plot, axis, low, high, ...rest);
        const most = Math.max(2, plot.bbox.height / devicePixelRatio / 20);
        const nth = Math.ceil(all.length / most);
        return all.filter((_, index) => index % nth === 0);
      },
    };
  }

  /** The plot has the axes alone; everything on them is drawn by hand, since lines may turn back. */
  private get data(): uPlot.AlignedData {
    const [low, high] = this.range("x");
    return [
      [low, high],
      [null, null],
    ];
  }

  private range(name: "x" | "y"): Range {
    const { log, series, xRange, yRange, unit, zero, level } = this.shown;
    const given = name === "x" ? xRange : yRange;
    if (given) return [Math.min(...given), Math.max(...given)];
    const rows = series.flatMap(({ style, rows }) =>
      name === "x" ? [rows[0]!] : style === "band" ? rows.slice(1, 3) : [rows[1]!],
    );
    const logarithmic = log.includes(name);
    const found = extent(logarithmic ? rows.map((row) => row.filter((value) => value > 0)) : rows);
    if (logarithmic) {
      const reach = name === "y" && level && found ? widened(found, level) : found;
      return logRange(reach);
    }
    if (name === "x") return !found ? [0, 1] : found[1] > found[0] ? found : [found[0] - 0.5, found[1] + 0.5];
    const data = found && zero ? widened(found, 0) : found;
    const [down, up] = axisRange(data, unit === "mV" && !zero ? unit : "");
    return data && zero ? [data[0] === 0 ? 0 : down, data[1] === 0 ? 0 : up] : [down, up];
  }

  private colour({ colour }: ChartSeries): string {
    if (colour === "ink") return this.style("--rb-ink", "#000");
    return colour === "quiet" ? this.style("--rb-quiet", "#666") : colour;
  }

  private draw(plot: uPlot): void {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.lineJoin = "round";
    for (const series of this.shown.series) this.drawSeries(plot, series);
    for (const [x, y] of this.shown.rings ?? []) this.ring(plot, x, y, this.style("--rb-ink", "#000"));
    const { level } = this.shown;
    if (level) {
      const y = Math.round(plot.valToPos(level, "y", true));
      ctx.strokeStyle = this.style("--rb-accent", "#1976d2");
      ctx.lineWidth = devicePixelRatio;
      ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
      ctx.setLineDash([]);
    }
    const under = this.at && this.shown.series[this.at[0]];
    if (this.at && under && under.style !== "band")
      this.ring(
        plot,
        under.rows[0]![this.at[1]]!,
        under.rows[1]![this.at[1]]!,
        this.style("--rb-quiet", "#666"),
      );
    ctx.restore();
  }

  private drawSeries(plot: uPlot, series: ChartSeries): void {
    const { ctx } = plot;
    const { style } = series;
    const [x, y, more] = series.rows as [Float32Array, Float32Array, Float32Array];
    const colour = this.colour(series);
    const across = (value: number) => plot.valToPos(value, "x", true);
    const up = (value: number) => plot.valToPos(value, "y", true);
    ctx.globalAlpha = style === "faint" ? Number(this.style("--rb-faint", "0.35")) : 1;
    ctx.strokeStyle = ctx.fillStyle = colour;
    ctx.lineWidth = (style === "faint" ? 1.25 : 2) * devicePixelRatio;
    if (style === "band") {
      ctx.beginPath();
      for (let i = 0; i < x.length; i++) ctx.lineTo(across(x[i]!), up(y[i]!));
      for (let i = x.length - 1; i >= 0; i--) ctx.lineTo(across(x[i]!), up(more[i]!));
      ctx.closePath();
      ctx.globalAlpha = 0.85;
      ctx.fill();
    } else if (style === "arrows") {
      this.drawArrows(plot, series);
    } else {
      if (style !== "points" && style !== "hollow") {
        ctx.setLineDash(style === "dashed" ? [5 * devicePixelRatio, 4 * devicePixelRatio] : []);
        ctx.beginPath();
        let pen = false;
        for (let i = 0; i < x.length; i++) {
          const [left, top] = [across(x[i]!), up(y[i]!)];
          const there = Number.isFinite(left) && Number.isFinite(top);
          if (there) pen ? ctx.lineTo(left, top) : ctx.moveTo(left, top);
          pen = there;
        }
        ctx.stroke();
        ctx.setLineDash([]);
      }
      if (style === "points" || style === "both" || style === "hollow") {
        const radius = (style === "both" ? 3 : 4.5) * devicePixelRatio;
        for (let i = 0; i < x.length; i++) {
          const [left, top] = [across(x[i]!), up(y[i]!)];
          if (!Number.isFinite(left) || !Number.isFinite(top)) continue;
          ctx.beginPath();
          ctx.arc(left, top, radius, 0, 2 * Math.PI);
          ctx.fillStyle = style === "hollow" ? this.style("--rb-panel", "#fff") : colour;
          ctx.fill();
          if (style === "hollow") ctx.stroke();
        }
      }
    }
    ctx.globalAlpha = 1;
  }

  private drawArrows(plot: uPlot, { rows }: ChartSeries): void {
    const { ctx, bbox } = plot;
    const [x, y, right, upward] = rows as [Float32Array, Float32Array, Float32Array, Float32Array];
    const half = ARROW * devicePixelRatio;
    ctx.globalAlpha = 0.45;
    ctx.lineWidth = devicePixelRatio;
    for (let i = 0; i < x.length; i++) {
      const angle = Math.atan2(-upward[i]! * bbox.height, right[i]! * bbox.width);
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      const left = plot.valToPos(x[i]!, "x", true);
      const top = plot.valToPos(y[i]!, "y", true);
      const tip = [left + half * cos, top + half * sin] as const;
      ctx.beginPath();
      ctx.moveTo(left - half * cos, top - half * sin);
      ctx.lineTo(...tip);
      for (const turn of [-2.6, 2.6]) {
        ctx.moveTo(...tip);
        ctx.lineTo(
          tip[0] + 0.7 * half * Math.cos(angle + turn),
          tip[1] + 0.7 * half * Math.sin(angle + turn),
        );
      }
      ctx.stroke();
    }
  }

  private ring(plot: uPlot, x: number, y: number, colour: string): void {
    const { ctx } = plot;
    ctx.strokeStyle = colour;
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.beginPath();
    ctx.arc(plot.valToPos(x, "x", true), plot.valToPos(y, "y", true), 8 * devicePixelRatio, 0, 2 * Math.PI);
    ctx.stroke();
  }

  /** What is under the pointer: the nearest point, or the band. */
  private point(plot: uPlot): void {
    const { left = -1, top = -1 } = plot.cursor;
    const found = left < 0 ? null : (this.nearest(plot, left, top) ?? this.bandAt(plot, left, top));
    if (String(found) === String(this.at)) return;
    this.at = found;
    if (this.events.chosen) plot.over.style.cursor = found ? "pointer" : "";
    this.events.pointed?.(found);
    this.readout.textContent = found ? this.tell(found) : "";
    this.root.classList.toggle("rb-reading", found !== null);
    plot.redraw(false, false);
  }

  private nearest(plot: uPlot, left: number, top: number): [number, number] | null {
    let best: [number, number] | null = null;
    let distance = NEAR;
    this.shown.series.forEach(({ style, rows }, row) => {
      if (style === "band" || style === "arrows" || style === "faint") return;
      const [x, y] = rows as [Float32Array, Float32Array];
      for (let i = 0; i < x.length; i++) {
        const away = Math.hypot(plot.valToPos(x[i]!, "x") - left, plot.valToPos(y[i]!, "y") - top);
        if (away < distance) [best, distance] = [[row, i], away];
      }
    });
    return best;
  }

  private bandAt(plot: uPlot, left: number, top: number): [number, number] | null {
    const [at, height] = [plot.posToVal(left, "x"), plot.posToVal(top, "y")];
    for (const [row, { style, rows }] of this.shown.series.entries()) {
      if (style !== "band") continue;
      const [x, low, high] = rows as [Float32Array, Float32Array, Float32Array];
      const next = x.findIndex((value) => value >= at);
      if (next >= 0 && height >= low[next]! && height < high[next]!) return [row, next];
    }
    return null;
  }

  private tell([row, index]: [number, number]): string {
    const { unit, along } = this.shown;
    const { name, style, rows } = this.shown.series[row]!;
    const number = (value: number) => formatNumber(Number(value.toPrecision(4)));
    const y = style === "band" ? rows[2]![index]! - rows[1]![index]! : rows[1]![index]!;
    const across = along.match(/\(([^()]*)\)$/)?.[1] ?? "";
    const what = name ? `${name}: ` : "";
    return `${what}${number(y)} ${unit === "1" ? "" : unit} at ${number(rows[0]![index]!)} ${across}`.replace(
      /\s+/g,
      " ",
    );
  }

  private explain(names: string): void {
    const { label, unit, series } = this.shown;
    const key = `${label} ${unit} ${names}`;
    this.readout.textContent = "";
    if (this.legend.dataset.of === key) return;
    this.legend.dataset.of = key;
    this.legend.replaceChildren(
      element("span", { class: "rb-trace-panel-title" }, titled(label, unit)),
      ...series
        .filter(({ name }) => name !== "")
        .map((each) => {
          const { name, style } = each;
          const dots = style === "points" || style === "hollow";
          const swatch = element("span", {
            class: `rb-swatch${style === "dashed" ? " rb-swatch-dashed" : dots ? " rb-swatch-dots" : ""}`,
            "aria-hidden": "true",
          });
          const colour =
            each.colour === "ink" || each.colour === "quiet" ? `var(--rb-${each.colour})` : each.colour;
          swatch.style.setProperty("--rb-electrode", colour);
          if (style === "hollow") swatch.classList.add("rb-swatch-hollow");
          return element("span", { class: "rb-trace-legend-item", "data-series": name }, swatch, name);
        }),
      this.readout,
    );
  }
}

function widened([low, high]: Range, value: number): Range {
  return [Math.min(low, value), Math.max(high, value)];
}

function titled(label: string, unit: string): string {
  return unit === "1" || unit === "" ? label : `${label} (${unit})`;
}
