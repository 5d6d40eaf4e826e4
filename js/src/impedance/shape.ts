// The electrotonic shape: the tree drawn in units of log attenuation, as a dendrogram or along its own branches.

import { colourAt, css, type MapName } from "../colormaps";
import { formatNumber } from "../controls/number";
import { download, element, fileName } from "../dom";
import { niceStep } from "../traces/range";

/** The electrodes as they stand on this drawing. */
export interface ShapeMark {
  letter: string;
  colour: string;
  segment: number;
}

export interface ShapeData {
  /** (m, 4): x and y of both ends of each piece. */
  pieces: Float32Array;
  /** (m,): the segment of each piece; negative where a line only joins two branches. */
  segments: Int32Array;
  /** (n,): the value of each segment that its colour tells, and the range of the colours. */
  values: Float32Array;
  range: readonly [number, number];
  map: MapName;
  marks: ShapeMark[];
  /** x alone is in units of log attenuation, and y counts tips; otherwise both are. */
  dendrogram: boolean;
  /** What a person reads of a segment. */
  describe(segment: number): string;
}

const MARGIN = { left: 20, right: 20, top: 28, bottom: 40 };
const REACH = 10;

interface Frame {
  x(value: number): number;
  y(value: number): number;
  /** Pixels of one unit of log attenuation. */
  unit: number;
}

export class ShapeView {
  readonly root: HTMLElement;
  private readonly canvas = element("canvas", { class: "rb-shape-canvas", role: "img" });
  private readonly tip = element("p", { class: "rb-shape-tip rb-quiet", "aria-hidden": "true" });
  private readonly observer: ResizeObserver;
  private data: ShapeData | null = null;
  private pointed = -1;

  constructor(private readonly clicked: (segment: number) => void) {
    this.root = element("div", { class: "rb-shape" }, this.canvas, this.tip);
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.root);
    this.canvas.addEventListener("pointermove", (event) => this.point(this.near(event)));
    this.canvas.addEventListener("pointerleave", () => this.point(-1));
    this.canvas.addEventListener("click", (event) => {
      const segment = this.near(event);
      if (segment >= 0) this.clicked(segment);
    });
  }

  show(data: ShapeData, label: string): void {
    this.data = data;
    this.canvas.setAttribute("aria-label", label);
    this.canvas.dataset.pieces = String(data.segments.length);
    this.draw();
  }

  savePng(title: string): void {
    const sheet = document.createElement("canvas");
    [sheet.width, sheet.height] = [this.canvas.width, this.canvas.height];
    const context = sheet.getContext("2d");
    if (!context) return;
    context.fillStyle = getComputedStyle(this.root).getPropertyValue("--rb-panel").trim() || "#fff";
    context.fillRect(0, 0, sheet.width, sheet.height);
    context.drawImage(this.canvas, 0, 0);
    sheet.toBlob((blob) => blob && download(fileName(title, "png"), blob));
  }

  dispose(): void {
    this.observer.disconnect();
  }

  draw(): void {
    const { canvas, data } = this;
    const { clientWidth: width, clientHeight: height } = this.root;
    const context = canvas.getContext("2d");
    if (!context || !data || width < 60 || height < 60) return;
    const ratio = Math.min(2, devicePixelRatio || 1);
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const frame = this.frame(data, width, height);
    const style = getComputedStyle(this.root);
    const ink = (name: string) => style.getPropertyValue(name).trim() || style.color;
    context.lineCap = "round";
    context.lineWidth = 1;
    context.strokeStyle = ink("--rb-quiet");
    context.globalAlpha = 0.6;
    this.stroke(context, frame, data, (segment) => segment < 0);
    context.globalAlpha = 1;
    // A rim, so that neither end of the colours is lost on the paper.
    context.strokeStyle = ink("--rb-quiet");
    context.lineWidth = data.dendrogram ? 3 : 3.5;
    context.globalAlpha = 0.7;
    this.stroke(context, frame, data, (segment) => segment >= 0);
    context.globalAlpha = 1;
    for (const [colour, members] of this.colours(data)) {
      context.strokeStyle = colour;
      context.lineWidth = data.dendrogram ? 2 : 2.5;
      this.stroke(context, frame, data, (segment) => members.has(segment));
    }
    if (this.pointed >= 0) {
      context.strokeStyle = style.color;
      context.lineWidth = 5;
      this.stroke(context, frame, data, (segment) => segment === this.pointed);
    }
    for (const mark of data.marks)
      this.drawMark(context, frame, data, mark, ink("--rb-panel"), style.fontFamily);
    if (data.pieces.length > 0) this.drawUnit(context, frame, height, style.color, style.fontFamily);
  }

  private frame(data: ShapeData, width: number, height: number): Frame {
    let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let k = 0; k < data.pieces.length; k += 2) {
      left = Math.min(left, data.pieces[k]!);
      right = Math.max(right, data.pieces[k]!);
      low = Math.min(low, data.pieces[k + 1]!);
      high = Math.max(high, data.pieces[k + 1]!);
    }
    const room = { x: width - MARGIN.left - MARGIN.right, y: height - MARGIN.top - MARGIN.bottom };
    const [wide, tall] = [Math.max(right - left, 1e-6), Math.max(high - low, 1e-6)];
    if (data.dendrogram) {
      const unit = room.x / wide;
      return {
        unit,
        x: (value) => MARGIN.left + (value - left) * unit,
        y: (value) => MARGIN.top + (tall > 1e-6 ? (room.y * (value - low)) / tall : room.y / 2),
      };
    }
    const unit = Math.min(room.x / wide, room.y / tall);
    return {
      unit,
      x: (value) => width / 2 + (value - (left + right) / 2) * unit,
      y: (value) => MARGIN.top + room.y / 2 - (value - (low + high) / 2) * unit,
    };
  }

  /** Segments by their colour, so that a colour is stroked once. */
  private colours({ values, range: [low, high], map }: ShapeData): Map<string, Set<number>> {
    const steps = 48;
    const found = new Map<string, Set<number>>();
    for (let segment = 0; segment < values.length; segment++) {
      const fraction = high > low ? (values[segment]! - low) / (high - low) : 0.5;
      const known = Number.isFinite(fraction);
      const step = Math.round(steps * Math.min(1, Math.max(0, fraction))) / steps;
      const colour = known ? css(colourAt(map, step)) : "rgb(140, 140, 140)";
      const members = found.get(colour) ?? new Set();
      members.add(segment);
      found.set(colour, members);
    }
    return found;
  }

  private stroke(
    context: CanvasRenderingContext2D,
    { x, y }: Frame,
    { pieces, segments }: ShapeData,
    wanted: (segment: number) => boolean,
  ): void {
    context.beginPath();
    for (let k = 0; k < segments.length; k++) {
      if (!wanted(segments[k]!)) continue;
      context.moveTo(x(pieces[4 * k]!), y(pieces[4 * k + 1]!));
      context.lineTo(x(pieces[4 * k + 2]!), y(pieces[4 * k + 3]!));
    }
    context.stroke();
  }

  private drawMark(
    context: CanvasRenderingContext2D,
    { x, y }: Frame,
    { pieces, segments }: ShapeData,
    { letter, colour, segment }: ShapeMark,
    paper: string,
    font: string,
  ): void {
    const piece = segments.indexOf(segment);
    if (piece < 0) return;
    const at = {
      x: x((pieces[4 * piece]! + pieces[4 * piece + 2]!) / 2),
      y: y((pieces[4 * piece + 1]! + pieces[4 * piece + 3]!) / 2),
    };
    context.beginPath();
    context.moveTo(at.x, at.y);
    context.lineTo(at.x, at.y - 12);
    context.strokeStyle = colour;
    context.lineWidth = 1.5;
    context.stroke();
    context.beginPath();
    context.arc(at.x, at.y - 18, 8, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.fill();
    context.strokeStyle = paper;
    context.stroke();
    context.fillStyle = "#ffffff";
    context.font = `600 10px ${font}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(letter, at.x, at.y - 17.5);
  }

  private drawUnit(
    context: CanvasRenderingContext2D,
    { unit }: Frame,
    height: number,
    colour: string,
    font: string,
  ): void {
    const length = niceStep(60 / unit);
    const [left, y] = [12.5, height - 12.5];
    context.strokeStyle = context.fillStyle = colour;
    context.lineWidth = 1.5;
    context.beginPath();
    context.moveTo(left, y);
    context.lineTo(left + length * unit, y);
    context.stroke();
    context.font = `12px ${font}`;
    context.textAlign = "left";
    context.textBaseline = "alphabetic";
    context.fillText(`L = ${formatNumber(Number(length.toPrecision(3)))}`, left, y - 6);
  }

  private near(event: MouseEvent): number {
    const { data } = this;
    if (!data) return -1;
    const box = this.canvas.getBoundingClientRect();
    const [px, py] = [event.clientX - box.left, event.clientY - box.top];
    const { x, y } = this.frame(data, this.root.clientWidth, this.root.clientHeight);
    let [best, miss] = [-1, REACH];
    for (let k = 0; k < data.segments.length; k++) {
      if (data.segments[k]! < 0) continue;
      const [x0, y0] = [x(data.pieces[4 * k]!), y(data.pieces[4 * k + 1]!)];
      const [dx, dy] = [x(data.pieces[4 * k + 2]!) - x0, y(data.pieces[4 * k + 3]!) - y0];
      const along = dx || dy ? ((px - x0) * dx + (py - y0) * dy) / (dx * dx + dy * dy) : 0;
      const u = Math.min(1, Math.max(0, along));
      const gap = Math.hypot(px - x0 - u * dx, py - y0 - u * dy);
      if (gap < miss) [best, miss] = [data.segments[k]!, gap];
    }
    return best;
  }

  private point(segment: number): void {
    if (segment === this.pointed) return;
    this.pointed = segment;
    this.canvas.classList.toggle("rb-pointing", segment >= 0);
    this.tip.textContent = segment >= 0 ? (this.data?.describe(segment) ?? "") : "";
    this.draw();
  }
}
