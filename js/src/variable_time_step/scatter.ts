// Error against cost: points joined to lines, both axes logarithmic, the nearest point told and chosen by a click.

import uPlot from "uplot";
import { formatNumber } from "../controls/number";
import { COLOURS } from "../curves/curves";
import { element } from "../dom";
import { decades, logRange } from "../traces/range";

export interface Dot {
  x: number;
  y: number;
}

export interface Series<T> {
  name: string;
  dots: (Dot & { of: T })[];
}

export interface ScatterEvents<T> {
  /** The point under the pointer, null for none. */
  pointed(of: T | null): void;
  chosen(of: T): void;
}

/** How near the pointer must be to a point to mean it, px. */
const NEAR = 24;
const LEFT = 60;

export class Scatter<T> {
  readonly root: HTMLElement;
  private readonly host = element("div", { class: "rb-scatter-host" });
  private readonly legend = element("div", { class: "rb-trace-legend" });
  private readonly observer: ResizeObserver;
  private plot: uPlot | null = null;
  private series: Series<T>[] = [];
  private ringed: Dot | null = null;
  private wanted: number | null = null;
  private labels = { x: "", y: "" };
  private pointedAt: (Dot & { of: T }) | null = null;

  constructor(
    label: string,
    private readonly events: ScatterEvents<T>,
  ) {
    this.root = element("figure", { class: "rb-scatter", "aria-label": label }, this.legend, this.host);
    this.observer = new ResizeObserver(() => this.layout());
    this.observer.observe(this.host);
  }

  /** `ringed` stands out; `wanted` is a line across at that height. */
  show(
    series: Series<T>[],
    labels: { x: string; y: string },
    ringed: Dot | null,
    wanted: number | null,
  ): void {
    this.series = series.map(({ name, dots }) => ({
      name,
      dots: dots.filter(({ x, y }) => x > 0 && y > 0),
    }));
    this.labels = labels;
    this.ringed = ringed;
    this.wanted = wanted;
    this.explain();
    this.build();
  }

  restyle(): void {
    this.plot?.redraw(false, true);
  }

  dispose(): void {
    this.observer.disconnect();
    this.plot?.destroy();
    this.plot = null;
  }

  private layout(): void {
    const { clientWidth: width, clientHeight: height } = this.host;
    if (width < 60 || height < 40) return;
    if (this.plot) this.plot.setSize({ width, height });
    else this.build();
  }

  private build(): void {
    this.plot?.destroy();
    this.plot = null;
    const { clientWidth: width, clientHeight: height } = this.host;
    const all = this.series.flatMap(({ dots }) => dots);
    if (width < 60 || height < 40 || all.length === 0) return;
    // One column of costs for all series; each has values only at its own.
    const along = [...new Set(all.map(({ x }) => x))].sort((a, b) => a - b);
    const rows = this.series.map(({ dots }) => {
      const at = new Map(dots.map(({ x, y }) => [x, y]));
      return along.map((x) => at.get(x) ?? null);
    });
    const font = `11px ${getComputedStyle(this.root).fontFamily || "sans-serif"}`;
    const axis = {
      stroke: () => this.style("--rb-quiet", "#666"),
      grid: { stroke: () => this.style("--rb-line", "#ddd"), width: 1 },
      ticks: { show: false },
      font,
      labelFont: font,
      filter: (_: uPlot, splits: number[]) => splits,
      values: (_: uPlot, splits: number[]) => splits.map(formatNumber),
    };
    const splits = (scale: "x" | "y") => (plot: uPlot) => {
      const { min, max } = plot.scales[scale]!;
      return decades([min!, max!], 8);
    };
    const edge = (key: "x" | "y") => {
      const values = all.map((dot) => dot[key]);
      if (key === "y" && this.wanted) values.push(this.wanted);
      return logRange([Math.min(...values), Math.max(...values)]);
    };
    this.plot = new uPlot(
      {
        width,
        height,
        legend: { show: false },
        padding: [8, 12, 0, 0],
        cursor: { x: false, y: false, points: { show: false }, drag: { x: false, y: false } },
        scales: {
          x: { time: false, distr: 3, auto: false, range: () => edge("x") },
          y: { distr: 3, range: () => edge("y") },
        },
        axes: [
          { ...axis, splits: splits("x"), size: 20, label: this.labels.x, labelSize: 16, gap: 3 },
          {
            ...axis,
            splits: splits("y"),
            size: LEFT,
            gap: 4,
            space: 20,
            label: this.labels.y,
            labelSize: 16,
            labelGap: 0,
          },
        ],
        series: [
          {},
          ...rows.map((_, index) => ({
            stroke: COLOURS[index % COLOURS.length]!,
            paths: () => null,
            points: { show: true, size: 7, fill: COLOURS[index % COLOURS.length]!, width: 0 },
          })),
        ],
        hooks: {
          draw: [(plot) => this.drawMarks(plot)],
          setCursor: [(plot) => this.point(plot)],
        },
      },
      [along, ...rows] as uPlot.AlignedData,
      this.host,
    );
    this.plot.over.addEventListener("click", () => {
      if (this.pointedAt) this.events.chosen(this.pointedAt.of);
    });
  }

  private point(plot: uPlot): void {
    const { left = -1, top = -1 } = plot.cursor;
    let best: (Dot & { of: T }) | null = null;
    let distance = NEAR;
    for (const dot of left < 0 ? [] : this.series.flatMap(({ dots }) => dots)) {
      const away = Math.hypot(plot.valToPos(dot.x, "x") - left, plot.valToPos(dot.y, "y") - top);
      if (away < distance) [best, distance] = [dot, away];
    }
    if (best === this.pointedAt) return;
    this.pointedAt = best;
    plot.over.style.cursor = best ? "pointer" : "";
    this.events.pointed(best?.of ?? null);
    plot.redraw(false, false);
  }

  private drawMarks(plot: uPlot): void {
    const { ctx, bbox } = plot;
    const ring = (dot: Dot, colour: string) => {
      ctx.strokeStyle = colour;
      ctx.beginPath();
      ctx.arc(
        plot.valToPos(dot.x, "x", true),
        plot.valToPos(dot.y, "y", true),
        8 * devicePixelRatio,
        0,
        2 * Math.PI,
      );
      ctx.stroke();
    };
    ctx.save();
    ctx.lineWidth = 1.5 * devicePixelRatio;
    // In the order of the settings, whatever they cost: a finer run may happen to take less time.
    for (const [index, { dots }] of this.series.entries()) {
      ctx.strokeStyle = COLOURS[index % COLOURS.length]!;
      ctx.beginPath();
      for (const { x, y } of dots) ctx.lineTo(plot.valToPos(x, "x", true), plot.valToPos(y, "y", true));
      ctx.stroke();
    }
    if (this.ringed) ring(this.ringed, this.style("--rb-ink", "#000"));
    if (this.pointedAt) ring(this.pointedAt, this.style("--rb-quiet", "#666"));
    if (this.wanted) {
      const y = Math.round(plot.valToPos(this.wanted, "y", true));
      ctx.strokeStyle = this.style("--rb-accent", "#1976d2");
      ctx.lineWidth = devicePixelRatio;
      ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
    }
    ctx.restore();
  }

  private explain(): void {
    this.legend.replaceChildren(
      ...this.series.map(({ name }, index) => {
        const swatch = element("span", { class: "rb-swatch rb-swatch-dots", "aria-hidden": "true" });
        swatch.style.setProperty("--rb-electrode", COLOURS[index % COLOURS.length]!);
        return element("span", { class: "rb-trace-legend-item", "data-series": name }, swatch, name);
      }),
    );
  }

  private style(name: string, fallback: string): string {
    return getComputedStyle(this.root).getPropertyValue(name).trim() || fallback;
  }
}
