// Curves over any axis (voltage, time) in one small plot, with a legend that reads the values at the crosshair.

import uPlot from "uplot";
import { formatNumber } from "../controls/number";
import { element } from "../dom";
import { nearest } from "../traces/buffer";
import { axisRange, extent, type Range } from "../traces/range";
import { Frame, type Made } from "./frame";

/** Okabe and Ito (2008), told apart by the colour-blind; the same order as for electrodes. */
export const COLOURS = ["#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"] as const;

export interface Curve {
  name: string;
  colour: string;
  values: Float32Array;
  /** Drawn thin, beneath the others and without a place in the legend. */
  faint?: boolean;
  /** Drawn in steps from sample to sample. */
  stepped?: boolean;
  dashed?: boolean;
  /** Drawn as points where it has values, without a line. */
  dots?: boolean;
}

export interface CurvePlotOptions {
  title: string;
  /** Of the values; "1" for none. */
  unit: string;
  /** What the horizontal axis is, with its unit: "v (mV)". */
  along: string;
  /** The range of the vertical axis where it should not follow the curves. */
  range?: Range;
}

const LEFT = 52;

export class CurvePlot extends Frame {
  readonly root: HTMLElement;
  private readonly legend: HTMLElement;
  private shape = "";
  private samples: Float32Array = new Float32Array();
  private curves: Curve[] = [];
  private marked: number | null = null;
  private remark = "";

  constructor(private readonly options: CurvePlotOptions) {
    super(element("div", { class: "rb-curves-host" }));
    this.legend = element("div", { class: "rb-trace-legend" });
    this.root = element(
      "figure",
      { class: "rb-curves", "data-plot": options.title, "aria-label": options.title },
      this.legend,
      this.host,
    );
  }

  show(along: Float32Array, curves: Curve[]): void {
    this.samples = along;
    this.curves = curves;
    const shape = JSON.stringify(
      curves.map(({ name, colour, faint, stepped, dashed, dots }) => [
        name,
        colour,
        faint,
        stepped,
        dashed,
        dots,
      ]),
    );
    if (shape !== this.shape || !this.plot) {
      this.shape = shape;
      this.build();
      this.explain();
    } else {
      this.plot.batch(() => {
        this.plot!.setData(this.data, false);
        this.plot!.setScale("x", this.window);
      });
    }
    this.read(this.plot?.cursor.idx ?? null);
  }

  /** A thin upright line at `x`, null for none: a holding voltage, a moment. */
  mark(x: number | null): void {
    this.marked = x;
    this.plot?.redraw(false, false);
  }

  set title(title: string) {
    if (title === this.options.title) return;
    this.options.title = title;
    this.root.setAttribute("aria-label", title);
    this.explain();
  }

  /** What the horizontal axis is, with its unit. */
  set along(along: string) {
    if (along === this.options.along) return;
    this.options.along = along;
    this.shape = "";
  }

  set unit(unit: string) {
    if (unit === this.options.unit) return;
    this.options.unit = unit;
    this.explain();
  }

  /** A remark at the end of the legend. */
  set note(text: string) {
    if (text === this.remark) return;
    this.remark = text;
    this.explain();
  }

  private get data(): uPlot.AlignedData {
    // A gap in a curve is NaN on the wire and null to uPlot.
    const gapped = (values: Float32Array) =>
      values.some(Number.isNaN) ? [...values].map((value) => (Number.isNaN(value) ? null : value)) : values;
    return [this.samples, ...this.curves.map(({ values }) => gapped(values))] as uPlot.AlignedData;
  }

  private get window(): { min: number; max: number } {
    const [min, max] = [this.samples[0] ?? 0, this.samples.at(-1) ?? 1];
    return { min, max: max > min ? max : min + 1 };
  }

  protected override make(): Made | null {
    if (this.curves.length === 0) return null;
    const axis = this.axis();
    return {
      options: {
        padding: [8, 12, 0, 0],
        cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
        scales: {
          x: { time: false, auto: false, ...this.window },
          y: { auto: true, range: () => this.range() },
        },
        axes: [
          { ...axis, size: 20, label: this.options.along, labelSize: 16, gap: 3 },
          { ...axis, size: LEFT, gap: 4, space: 28 },
        ],
        series: [
          {},
          ...this.curves.map(({ colour, faint, stepped, dashed, dots }) => ({
            stroke: colour,
            width: faint ? 1 : 1.75,
            alpha: faint ? 0.45 : 1,
            points: dots ? { show: true, size: 6, fill: colour, width: 0 } : { show: false },
            ...(dots ? { paths: () => null } : {}),
            ...(dashed ? { dash: [5, 4] } : {}),
            ...(stepped ? { paths: uPlot.paths.stepped!({ align: 1 }) } : {}),
          })),
        ],
        hooks: {
          draw: [(plot) => this.drawMark(plot)],
          setCursor: [(plot) => this.read(plot.cursor.left! < 0 ? null : (plot.cursor.idx ?? null))],
        },
      },
      data: this.data,
    };
  }

  private range(): Range {
    if (this.options.range) return this.options.range;
    return axisRange(extent(this.curves.map(({ values }) => values)), this.options.unit);
  }

  private explain(): void {
    const { title, unit } = this.options;
    this.legend.replaceChildren(
      element(
        "span",
        { class: "rb-trace-panel-title" },
        unit === "1" || unit === "" ? title : `${title} (${unit})`,
      ),
      ...this.curves
        .filter(({ faint, name }) => !faint && name !== "")
        .map(({ name, colour, dashed, dots }) => {
          const swatch = element("span", {
            class: dashed ? "rb-swatch rb-swatch-dashed" : dots ? "rb-swatch rb-swatch-dots" : "rb-swatch",
            "aria-hidden": "true",
          });
          swatch.style.setProperty("--rb-electrode", colour);
          return element(
            "span",
            { class: "rb-trace-legend-item", "data-curve": name },
            swatch,
            element("span", { class: "rb-trace-legend-name" }, name),
            element("output", { class: "rb-trace-legend-value" }),
          );
        }),
      this.remark ? element("span", { class: "rb-quiet" }, this.remark) : "",
    );
  }

  private read(index: number | null): void {
    this.root.classList.toggle("rb-reading", index !== null);
    const listed = this.curves.filter(({ faint, name }) => !faint && name !== "");
    this.legend.querySelectorAll("output").forEach((output, row) => {
      const value = index === null ? undefined : listed[row]?.values[index];
      output.textContent = value === undefined ? "" : formatNumber(Number(value.toPrecision(3)));
    });
  }

  private drawMark(plot: uPlot): void {
    if (this.marked === null || nearest(this.samples, this.marked) < 0) return;
    const x = Math.round(plot.valToPos(this.marked, "x", true));
    const { ctx, bbox } = plot;
    if (x < bbox.left || x > bbox.left + bbox.width) return;
    ctx.save();
    ctx.strokeStyle = this.style("--rb-accent", "#1976d2");
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.restore();
  }
}
