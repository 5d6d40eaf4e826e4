// One axis of traces over time: the live ones in colour, kept ones faint beneath them.

import uPlot from "uplot";
import { formatNumber } from "../controls/number";
import { element } from "../dom";
import type { TraceInfo, TraceSet } from "./buffer";
import { axisRange, countRange, decades, extent, logRange, type Range } from "./range";

export interface PanelEvents {
  zoomed(range: Range | null): void;
  hovered(time: number | null): void;
  clicked(time: number): void;
  painted(): void;
}

/** Left and right room for labels, the same in every panel, so that the time axes stand under one another. */
export const LEFT = 48;
const RIGHT = 12;

export class Panel {
  readonly root: HTMLElement;
  private plot: uPlot | null = null;
  private shape = "";
  private live: TraceSet = { label: "", info: [], time: new Float32Array(), rows: [] };
  private kept: TraceSet[] = [];
  private window: Range = [0, 1];
  private cursorTime: number | null = null;
  private size = { width: 0, height: 0 };
  private readonly host: HTMLElement;

  constructor(
    readonly title: string,
    private unit: string,
    private readonly last: boolean,
    private readonly events: PanelEvents,
  ) {
    this.host = element("div", { class: "rb-panel-plot" });
    this.root = element("div", { class: "rb-panel", "data-panel": title }, this.host);
  }

  /** Shows the traces of this panel over the time `window`. */
  show(live: TraceSet, kept: TraceSet[], window: Range): void {
    this.live = live;
    this.kept = kept;
    this.window = window;
    this.unit = live.info[0]?.unit ?? this.unit;
    const shape = live.info.map((trace) => `${trace.colour} ${trace.axis ?? ""} ${trace.style ?? ""}`).join();
    if (!this.plot || shape !== this.shape) this.build();
    else {
      this.plot.batch(() => {
        this.plot!.setData([live.time, ...live.rows] as uPlot.AlignedData, false);
        this.plot!.setScale("x", { min: window[0], max: window[1] });
      });
    }
    this.shape = shape;
  }

  resize(width: number, height: number): void {
    if (width === this.size.width && height === this.size.height) return;
    this.size = { width, height };
    if (this.plot) this.plot.setSize(this.size);
    else this.build();
  }

  /** The crosshair at `time`, null for none. */
  point(time: number | null): void {
    if (!this.plot) return;
    const left = time === null ? -10 : this.plot.valToPos(time, "x");
    this.plot.setCursor({ left, top: time === null ? -10 : 0 }, false);
  }

  /** The moment that the movie shows. */
  set timeCursor(time: number | null) {
    this.cursorTime = time;
    this.plot?.redraw(false, false);
  }

  restyle(): void {
    this.plot?.redraw(false, true);
  }

  get canvas(): HTMLCanvasElement | null {
    return this.plot?.ctx.canvas ?? null;
  }

  dispose(): void {
    this.plot?.destroy();
    this.plot = null;
  }

  private build(): void {
    this.plot?.destroy();
    this.plot = null;
    if (this.size.width < 60 || this.size.height < 40) return;
    const ink = () => this.style("--rb-quiet", "#666");
    const grid = { stroke: () => this.style("--rb-line", "#ddd"), width: 1 };
    const font = `11px ${getComputedStyle(this.root).fontFamily || "sans-serif"}`;
    const axis = { stroke: ink, grid, ticks: { show: false }, font, labelFont: font };
    this.plot = new uPlot(
      {
        ...this.size,
        legend: { show: false },
        padding: [8, RIGHT, this.last ? 0 : 8, 0],
        cursor: {
          y: false,
          points: { size: 6 },
          drag: { x: true, y: false, dist: 5 },
          bind: {
            dblclick: () => () => {
              this.events.zoomed(null);
              return null;
            },
          },
        },
        scales: {
          x: { time: false, auto: false, min: this.window[0], max: this.window[1] },
          y: { auto: true, range: () => this.range(), distr: this.kind === "log" ? 3 : 1 },
        },
        axes: [
          {
            ...axis,
            size: 20,
            label: this.last ? "Time (ms)" : undefined,
            labelSize: 16,
            gap: 3,
          },
          {
            ...axis,
            size: LEFT,
            gap: 4,
            space: this.kind ? 16 : 28,
            ...(this.kind === "log"
              ? {
                  splits: (plot: uPlot) => decades([plot.scales.y!.min!, plot.scales.y!.max!]),
                  filter: (_: uPlot, splits: number[]) => splits,
                  values: (_: uPlot, splits: number[]) => splits.map(formatNumber),
                }
              : {}),
            ...(this.kind === "count" ? { incrs: [1, 2, 5] } : {}),
          },
        ],
        series: [
          {},
          ...this.live.info.map((trace) => ({
            stroke: trace.style === "edge" ? `${trace.colour}66` : trace.colour,
            width: trace.style === "edge" ? 1 : 1.5,
            ...(trace.style === "dotted" ? { dash: [2, 3] } : {}),
            points: { show: false },
            // What a step had holds from the sample before it.
            ...(trace.axis ? { paths: uPlot.paths.stepped!({ align: -1 }) } : {}),
          })),
        ],
        bands: bandsOf(this.live.info),
        hooks: {
          drawClear: [(plot) => this.drawKept(plot)],
          draw: [
            (plot) => {
              this.drawTimeCursor(plot);
              this.events.painted();
            },
          ],
          setCursor: [
            (plot) => {
              const { left } = plot.cursor;
              this.events.hovered(left === undefined || left < 0 ? null : plot.posToVal(left, "x"));
            },
          ],
          setSelect: [
            (plot) => {
              if (plot.select.width < 5) return;
              const from = plot.posToVal(plot.select.left, "x");
              const to = plot.posToVal(plot.select.left + plot.select.width, "x");
              plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
              this.events.zoomed([from, to]);
            },
          ],
        },
      },
      [this.live.time, ...this.live.rows] as uPlot.AlignedData,
      this.host,
    );
    this.followClicks(this.plot);
  }

  private range(): Range {
    const data = extent([this.live, ...this.kept].flatMap((set) => set.rows));
    if (this.kind === "log") return logRange(data);
    return this.kind === "count" ? countRange(data) : axisRange(data, this.unit);
  }

  private get kind(): "log" | "count" | undefined {
    return this.live.info[0]?.axis;
  }

  private followClicks(plot: uPlot): void {
    let downAt = Number.NaN;
    plot.over.addEventListener("pointerdown", (event) => {
      downAt = event.clientX;
    });
    plot.over.addEventListener("pointerup", (event) => {
      if (Math.abs(event.clientX - downAt) < 4) this.events.clicked(plot.posToVal(event.offsetX, "x"));
    });
  }

  private drawKept(plot: uPlot): void {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.lineWidth = 1.5 * devicePixelRatio;
    const faint = Number(this.style("--rb-faint", "0.35"));
    for (const set of this.kept) {
      ctx.globalAlpha = set.vivid ? 1 : faint;
      set.rows.forEach((row, index) => {
        const { colour, axis } = set.info[index]!;
        ctx.strokeStyle = colour;
        ctx.beginPath();
        for (let i = 0; i < row.length; i++) {
          const y = plot.valToPos(row[i]!, "y", true);
          // In steps where the live ones are.
          if (axis && i > 0) ctx.lineTo(plot.valToPos(set.time[i - 1]!, "x", true), y);
          ctx.lineTo(plot.valToPos(set.time[i]!, "x", true), y);
        }
        ctx.stroke();
      });
    }
    ctx.restore();
  }

  private drawTimeCursor(plot: uPlot): void {
    if (this.cursorTime === null) return;
    const x = Math.round(plot.valToPos(this.cursorTime, "x", true));
    const { ctx, bbox } = plot;
    if (x < bbox.left || x > bbox.left + bbox.width) return;
    ctx.save();
    ctx.strokeStyle = this.style("--rb-accent", "#1976d2");
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.restore();
  }

  private style(name: string, fallback: string): string {
    return getComputedStyle(this.root).getPropertyValue(name).trim() || fallback;
  }
}

/** The shaded bands, each between a pair of edges; uPlot counts time as series 0. */
function bandsOf(info: TraceInfo[]): uPlot.Band[] {
  const edges = info.flatMap((trace, index) => (trace.style === "edge" ? [index + 1] : []));
  return edges.flatMap((low, at): uPlot.Band[] => {
    const high = edges[at + 1];
    if (at % 2 === 1 || high === undefined) return [];
    return [{ series: [high, low], fill: `${info[low - 1]!.colour}33` }];
  });
}
