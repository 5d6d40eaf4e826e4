// One quantity against frequency: curves in colour, kept ones faint beneath them, and the chosen frequency as a line.

import type uPlot from "uplot";
import { angleRange, angleSplits, logRange } from "../curves/axes";
import { Frame, type Made } from "../curves/frame";
import { element } from "../dom";
import { axisRange, extent, type Range } from "../traces/range";

export interface FrequencyCurve {
  colour: string;
  values: Float32Array;
}

export interface FrequencyCurves {
  frequencies: Float32Array;
  curves: FrequencyCurve[];
}

export interface FrequencyPlotEvents {
  /** The frequency under the pointer, or null. */
  hovered(frequency: number | null): void;
  /** A frequency chosen by a click or a drag. */
  picked(frequency: number, moment: number): void;
  painted(): void;
}

const LEFT = 52;

/** The least height between two lines of the axis of angles. */
const LINE = 18;

export class FrequencyPlot extends Frame {
  /** Whether the values run on a logarithmic axis. */
  logarithmic = false;
  private shown: FrequencyCurves = { frequencies: new Float32Array(), curves: [] };
  private kept: FrequencyCurves[] = [];
  private chosen = Number.NaN;
  private marks: number[] = [];
  private shape = "";

  constructor(
    private readonly kind: "magnitude" | "phase",
    private readonly events: FrequencyPlotEvents,
  ) {
    super(element("div", { class: "rb-frequency-plot" }));
  }

  show(shown: FrequencyCurves, kept: FrequencyCurves[]): void {
    this.shown = shown;
    this.kept = kept;
    const shape = `${this.logarithmic} ${shown.curves.map(({ colour }) => colour).join()}`;
    if (!this.plot || shape !== this.shape) {
      this.shape = shape;
      this.build();
      return;
    }
    this.plot.batch(() => {
      this.plot!.setData(this.data, false);
      this.plot!.setScale("x", this.window);
    });
  }

  /** Draws the line at the chosen frequency, with a dot at each of these values. */
  choose(frequency: number, values: number[]): void {
    this.chosen = frequency;
    this.marks = values;
    this.plot?.redraw(false, false);
  }

  /** The crosshair at a frequency, null for none. */
  point(frequency: number | null): void {
    this.plot?.setCursor(
      {
        left: frequency === null ? -10 : this.plot.valToPos(frequency, "x"),
        top: frequency === null ? -10 : 0,
      },
      false,
    );
  }

  /** The phase stands beneath, on the axis of frequencies. */
  private get last(): boolean {
    return this.kind === "phase";
  }

  private get data(): uPlot.AlignedData {
    return [this.shown.frequencies, ...this.shown.curves.map(({ values }) => values)] as uPlot.AlignedData;
  }

  private get window(): { min: number; max: number } {
    const { frequencies } = this.shown;
    const [min, max] = [frequencies[0] ?? 1, frequencies.at(-1) ?? 10];
    return { min, max: max > min ? max : min * 10 };
  }

  protected override built(plot: uPlot): void {
    this.followPointer(plot);
  }

  protected override make(): Made | null {
    if (this.shown.curves.length === 0) return null;
    const axis = this.axis();
    const angles = {
      splits: (plot: uPlot, _: number, low: number, high: number) =>
        angleSplits(low, high, Math.max(2, plot.bbox.height / devicePixelRatio / LINE)),
    };
    const upright = this.logarithmic ? this.logAxis() : this.kind === "phase" ? angles : {};
    return {
      options: {
        // Lines between pixels: what is smooth looks so.
        pxAlign: 0,
        padding: [8, 14, this.last ? 0 : 4, 0],
        cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
        scales: {
          x: { time: false, auto: false, distr: 3, log: 10, ...this.window },
          y: this.logarithmic
            ? { distr: 3, log: 10, range: () => logRange(this.extent()) }
            : { range: () => this.range() },
        },
        axes: [
          {
            ...axis,
            ...this.logAxis(),
            size: this.last ? 20 : 4,
            ...(this.last ? { label: "Frequency (Hz)", labelSize: 16, gap: 3 } : { values: () => [] }),
          },
          { ...axis, ...upright, size: LEFT, gap: 4, space: 28 },
        ],
        series: [
          {},
          ...this.shown.curves.map(({ colour }) => ({ stroke: colour, width: 2, points: { show: false } })),
        ],
        hooks: {
          drawClear: [(plot) => this.drawBeneath(plot)],
          draw: [
            (plot) => {
              this.drawChosen(plot);
              this.events.painted();
            },
          ],
          setCursor: [
            (plot) => {
              const { left } = plot.cursor;
              this.events.hovered(left === undefined || left < 0 ? null : plot.posToVal(left, "x"));
            },
          ],
        },
      },
      data: this.data,
    };
  }

  private extent(): Range | null {
    return extent([this.shown, ...this.kept].flatMap(({ curves }) => curves.map(({ values }) => values)));
  }

  /** Zero stays in sight, and ends an axis of what is never less. */
  private range(): Range {
    const data = this.extent();
    if (!data) return [0, 1];
    const [low, high] = [Math.min(0, data[0]), Math.max(0, data[1])];
    if (this.kind === "phase") return angleRange([low, high]);
    const [down, up] = axisRange([low, high], "");
    return [low === 0 ? 0 : down, up];
  }

  /** The chosen frequency follows a pointer that is held, from wherever it was put down. */
  private followPointer(plot: uPlot): void {
    const { over } = plot;
    let held = false;
    const pick = (event: PointerEvent) => {
      const box = over.getBoundingClientRect();
      const left = Math.min(box.width, Math.max(0, event.clientX - box.left));
      this.events.picked(plot.posToVal(left, "x"), event.timeStamp || performance.now());
    };
    over.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      held = true;
      over.setPointerCapture(event.pointerId);
      pick(event);
    });
    over.addEventListener("pointermove", (event) => {
      if (held) pick(event);
    });
    const release = () => {
      held = false;
    };
    over.addEventListener("pointerup", release);
    over.addEventListener("pointercancel", release);
  }

  private drawBeneath(plot: uPlot): void {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.lineWidth = devicePixelRatio;
    if (!this.logarithmic) {
      ctx.strokeStyle = this.style("--rb-quiet", "#666");
      const zero = Math.round(plot.valToPos(0, "y", true)) + 0.5;
      ctx.beginPath();
      ctx.moveTo(bbox.left, zero);
      ctx.lineTo(bbox.left + bbox.width, zero);
      ctx.stroke();
    }
    ctx.globalAlpha = Number(this.style("--rb-faint", "0.35"));
    ctx.lineWidth = 1.5 * devicePixelRatio;
    for (const { frequencies, curves } of this.kept) {
      for (const { colour, values } of curves) {
        ctx.strokeStyle = colour;
        ctx.beginPath();
        for (let i = 0; i < values.length; i++)
          ctx.lineTo(plot.valToPos(frequencies[i]!, "x", true), plot.valToPos(values[i]!, "y", true));
        ctx.stroke();
      }
    }
    ctx.restore();
  }

  private drawChosen(plot: uPlot): void {
    if (!Number.isFinite(this.chosen)) return;
    const { ctx, bbox } = plot;
    const x = Math.round(plot.valToPos(this.chosen, "x", true)) + 0.5;
    if (x < bbox.left || x > bbox.left + bbox.width) return;
    const ratio = devicePixelRatio;
    const accent = this.style("--rb-accent", "#1976d2");
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = accent;
    ctx.lineWidth = 1.5 * ratio;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    if (!this.last) {
      // A grip, so that the line is seen to be one that moves.
      ctx.beginPath();
      ctx.moveTo(x - 6 * ratio, bbox.top - 8 * ratio);
      ctx.lineTo(x + 6 * ratio, bbox.top - 8 * ratio);
      ctx.lineTo(x, bbox.top + 2 * ratio);
      ctx.fill();
    }
    for (const [index, value] of this.marks.entries()) {
      const colour = this.shown.curves[index]?.colour;
      const y = plot.valToPos(value, "y", true);
      if (colour === undefined || !(y >= bbox.top && y <= bbox.top + bbox.height)) continue;
      ctx.beginPath();
      ctx.arc(x, y, 4 * ratio, 0, 2 * Math.PI);
      ctx.fillStyle = colour;
      ctx.strokeStyle = this.style("--rb-panel", "#fff");
      ctx.fill();
      ctx.stroke();
    }
    ctx.restore();
  }
}
