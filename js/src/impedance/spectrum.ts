// Magnitude over phase against one axis of frequencies, with the values at the chosen frequency or under the pointer.

import { formatNumber, readable } from "../controls/number";
import { pointed } from "../curves/axes";
import { download, element, fileName } from "../dom";
import { nearest } from "../traces/buffer";
import { FrequencyPlot } from "./frequency_plot";

export interface SpectrumLine {
  name: string;
  /** The letters of the electrodes that it belongs to: "A", "A→B". */
  letter: string;
  colour: string;
  /** What it has at the chosen frequency: its magnitude, and its phase in degrees. */
  at: [number, number];
}

/** Over one set of frequencies; of each line a row of magnitudes, then one of phases. */
export interface Spectra {
  frequencies: Float32Array;
  rows: Float32Array[];
}

export interface SpectrumInfo {
  /** Of the magnitudes: "Impedance", "Voltage ratio". */
  title: string;
  unit: string;
  lines: SpectrumLine[];
  frequency: number;
}

export interface SpectrumEvents {
  picked(frequency: number, moment: number): void;
  painted(): void;
}

/** How far an arrow key moves the chosen frequency, in decades; ten times as far with Shift. */
const KEY_STEP = 1 / 60;

export class Spectrum {
  readonly root: HTMLElement;
  private readonly stage: HTMLElement;
  private readonly title = element("span", { class: "rb-trace-panel-title" });
  private readonly phaseTitle = element("div", { class: "rb-trace-legend" });
  private readonly legend = element("span", { class: "rb-spectrum-legend" });
  private readonly where = element("output", { class: "rb-spectrum-where" });
  private readonly magnitude: FrequencyPlot;
  private readonly phase: FrequencyPlot;
  private spectra: Spectra = { frequencies: new Float32Array(), rows: [] };
  private info: SpectrumInfo = { title: "", unit: "", lines: [], frequency: Number.NaN };
  private kept: Spectra[] = [];
  private hover: number | null = null;

  constructor(private readonly events: SpectrumEvents) {
    const shared = {
      hovered: (frequency: number | null) => this.point(frequency),
      picked: (frequency: number, moment: number) => this.events.picked(pointed(frequency), moment),
    };
    this.magnitude = new FrequencyPlot("magnitude", { ...shared, painted: () => {} });
    this.phase = new FrequencyPlot("phase", { ...shared, painted: () => this.events.painted() });
    this.phaseTitle.append(element("span", { class: "rb-trace-panel-title" }, "Phase (degrees)"));
    this.stage = element(
      "div",
      {
        class: "rb-spectrum-stage",
        tabindex: "0",
        role: "slider",
        "aria-label": "Frequency. Arrow keys move the cursor, Shift moves it further.",
        onkeydown: (event: Event) => this.pressed(event as KeyboardEvent),
      },
      this.magnitude.host,
      this.phaseTitle,
      this.phase.host,
    );
    this.root = element(
      "figure",
      { class: "rb-spectrum", "aria-label": "Against frequency" },
      element("div", { class: "rb-trace-legend" }, this.title, this.legend, this.where),
      this.stage,
    );
  }

  show(spectra: Spectra, info: SpectrumInfo, kept: Spectra[]): void {
    this.spectra = spectra;
    this.info = info;
    this.kept = kept;
    this.title.textContent = info.unit ? `${info.title} (${info.unit})` : info.title;
    this.explain();
    this.paint();
    this.choose(info.frequency);
  }

  /** Moves the line ahead of Python's answer. */
  choose(frequency: number): void {
    this.info.frequency = frequency;
    const { lines } = this.info;
    this.magnitude.choose(
      frequency,
      lines.map(({ at }) => at[0]),
    );
    this.phase.choose(
      frequency,
      lines.map(({ at }) => at[1]),
    );
    const { frequencies } = this.spectra;
    this.stage.setAttribute("aria-valuemin", String(frequencies[0] ?? 0));
    this.stage.setAttribute("aria-valuemax", String(frequencies.at(-1) ?? 0));
    this.stage.setAttribute("aria-valuenow", String(frequency));
    this.read();
  }

  set logarithmic(on: boolean) {
    this.magnitude.logarithmic = on;
    this.paint();
  }

  restyle(): void {
    this.magnitude.restyle();
    this.phase.restyle();
  }

  /** Both plots under their names as one picture. */
  savePng(title: string): void {
    const drawn = [this.magnitude.canvas, this.phase.canvas].filter((canvas) => canvas !== null);
    if (drawn.length < 2) return;
    const ratio = devicePixelRatio || 1;
    const strip = 22 * ratio;
    const sheet = document.createElement("canvas");
    sheet.width = drawn[0]!.width;
    sheet.height = drawn.reduce((sum, { height }) => sum + height + strip, 0);
    const context = sheet.getContext("2d");
    if (!context) return;
    const style = getComputedStyle(this.root);
    context.fillStyle = style.getPropertyValue("--rb-panel").trim() || "#fff";
    context.fillRect(0, 0, sheet.width, sheet.height);
    context.font = `${12 * ratio}px ${style.fontFamily}`;
    context.textBaseline = "middle";
    let [left, top] = [52 * ratio, 0];
    const write = (text: string, colour: string) => {
      context.fillStyle = colour;
      context.fillText(text, left, top + strip / 2);
      left += context.measureText(text).width + 12 * ratio;
    };
    write(this.title.textContent ?? "", style.color);
    for (const { letter, name, colour } of this.info.lines) write(`${letter}  ${name}`, colour);
    for (const canvas of drawn) {
      context.drawImage(canvas, 0, top + strip);
      top += canvas.height + strip;
      left = 52 * ratio;
      if (canvas === drawn[0]) write("Phase (degrees)", style.color);
    }
    sheet.toBlob((blob) => blob && download(fileName(title, "png"), blob));
  }

  dispose(): void {
    this.magnitude.dispose();
    this.phase.dispose();
  }

  private paint(): void {
    const { lines } = this.info;
    const part = ({ frequencies, rows }: Spectra, half: 0 | 1) => ({
      frequencies,
      curves: lines.flatMap(({ colour }, index) => {
        const values = rows[2 * index + half];
        return values ? [{ colour, values }] : [];
      }),
    });
    this.magnitude.show(
      part(this.spectra, 0),
      this.kept.map((each) => part(each, 0)),
    );
    this.phase.show(
      part(this.spectra, 1),
      this.kept.map((each) => part(each, 1)),
    );
  }

  private explain(): void {
    const { lines } = this.info;
    const shape = lines.map(({ name, letter }) => `${letter} ${name}`).join("\n");
    if (this.legend.dataset.shape === shape) return;
    this.legend.dataset.shape = shape;
    this.legend.replaceChildren(
      ...lines.map(({ name, letter, colour }) => {
        const swatch = element("span", { class: "rb-swatch", "aria-hidden": "true" });
        swatch.style.setProperty("--rb-electrode", colour);
        return element(
          "span",
          { class: "rb-trace-legend-item", "data-line": letter },
          swatch,
          element("b", {}, letter),
          element("span", { class: "rb-trace-legend-name" }, name),
          element("output", { class: "rb-trace-legend-value" }),
        );
      }),
    );
  }

  private point(frequency: number | null): void {
    if (frequency === this.hover) return;
    this.hover = frequency;
    this.magnitude.point(frequency);
    this.phase.point(frequency);
    this.read();
  }

  private read(): void {
    const { lines, unit, frequency } = this.info;
    const { frequencies, rows } = this.spectra;
    const index = this.hover === null ? -1 : nearest(frequencies, this.hover);
    const spoken: string[] = [];
    this.legend.querySelectorAll("output").forEach((output, line) => {
      const [size, angle] =
        index < 0
          ? (lines[line]?.at ?? [Number.NaN, Number.NaN])
          : [rows[2 * line]?.[index] ?? Number.NaN, rows[2 * line + 1]?.[index] ?? Number.NaN];
      output.textContent = Number.isFinite(size) ? `${readable(size)} ${unit} ∠ ${degrees(angle)}` : "";
      spoken.push(`${lines[line]?.letter} ${output.textContent}`);
    });
    const at = index < 0 ? frequency : frequencies[index]!;
    this.where.textContent = Number.isFinite(at) ? `at ${formatNumber(pointed(at))} Hz` : "";
    this.where.classList.toggle("rb-hovered", index >= 0);
    if (index < 0)
      this.stage.setAttribute("aria-valuetext", `${formatNumber(pointed(at))} hertz: ${spoken.join(", ")}`);
  }

  private pressed(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { frequencies } = this.spectra;
    const [low, high] = [frequencies[0] ?? 1, frequencies.at(-1) ?? 1];
    const far = 10 ** (event.shiftKey ? 10 * KEY_STEP : KEY_STEP);
    const { frequency } = this.info;
    const wanted: Record<string, number> = {
      ArrowLeft: frequency / far,
      ArrowDown: frequency / far,
      ArrowRight: frequency * far,
      ArrowUp: frequency * far,
      PageDown: frequency / 10 ** 0.5,
      PageUp: frequency * 10 ** 0.5,
      Home: low,
      End: high,
    };
    const next = wanted[event.key];
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const clamped = Math.min(high, Math.max(low, next));
    // Not so rounded that a small step comes to nothing.
    this.events.picked(Number(clamped.toPrecision(4)), event.timeStamp || performance.now());
  }
}

function degrees(angle: number): string {
  return `${angle.toFixed(1).replace("-", "−")}°`;
}
