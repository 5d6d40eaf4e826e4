// A plot of uPlot in an element that may be hidden, grow or shrink, with the look that all plots share.

import uPlot from "uplot";
import { formatNumber } from "../controls/number";
import { logSplits } from "./axes";

export interface Made {
  options: Omit<uPlot.Options, "width" | "height" | "legend">;
  data: uPlot.AlignedData;
}

/** CSS pixels: an element smaller than that shows no plot. */
const LEAST = { width: 60, height: 40 };

export abstract class Frame {
  protected plot: uPlot | null = null;
  private readonly observer: ResizeObserver;

  constructor(readonly host: HTMLElement) {
    this.observer = new ResizeObserver(() => this.layout());
    this.observer.observe(host);
  }

  get canvas(): HTMLCanvasElement | null {
    return this.plot?.ctx.canvas ?? null;
  }

  restyle(): void {
    this.plot?.redraw(false, true);
  }

  dispose(): void {
    this.observer.disconnect();
    this.plot?.destroy();
    this.plot = null;
  }

  /** What to plot, null for nothing yet. */
  protected abstract make(): Made | null;

  /** Called when there is a new plot. */
  protected built(_: uPlot): void {}

  /** Plots anew, as soon as there is room. */
  protected build(): void {
    this.plot?.destroy();
    this.plot = null;
    const { clientWidth: width, clientHeight: height } = this.host;
    if (width < LEAST.width || height < LEAST.height) return;
    const made = this.make();
    if (!made) return;
    this.plot = new uPlot({ width, height, legend: { show: false }, ...made.options }, made.data, this.host);
    this.built(this.plot);
  }

  /** What all axes have. */
  protected axis(): uPlot.Axis {
    const font = `11px ${getComputedStyle(this.host).fontFamily || "sans-serif"}`;
    return {
      stroke: () => this.style("--rb-quiet", "#666"),
      grid: { stroke: () => this.style("--rb-line", "#ddd"), width: 1 },
      ticks: { show: false },
      font,
      labelFont: font,
      values: (_, splits) => splits.map((split) => formatNumber(Number(split.toPrecision(6)))),
    };
  }

  /** What logarithmic axes have beside it. */
  protected logAxis(): uPlot.Axis {
    return {
      splits: (_, __, low, high) => logSplits(low, high),
      filter: (_, splits) => splits,
      grid: { stroke: () => this.style("--rb-line", "#ddd"), width: 1, filter: (_, splits) => splits },
    };
  }

  protected style(name: string, fallback: string): string {
    return getComputedStyle(this.host).getPropertyValue(name).trim() || fallback;
  }

  private layout(): void {
    const { clientWidth: width, clientHeight: height } = this.host;
    if (width < LEAST.width || height < LEAST.height) return;
    if (this.plot) this.plot.setSize({ width, height });
    else this.build();
  }
}
