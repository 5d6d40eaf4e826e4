// One value against the distance along the tree, a dot for every segment.

import { formatNumber } from "../controls/number";
import { element } from "../dom";

const MARGIN = { left: 56, right: 12, top: 8, bottom: 34 };

/** Round steps over a range: about five of them. */
export function ticks(low: number, high: number): number[] {
  if (!(high > low)) return [low];
  const raw = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= raw) ?? raw;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, k) => (first + k) * step);
}

export class SpacePlot {
  readonly root: HTMLElement;
  private readonly canvas = element("canvas", { class: "rb-space-canvas" });
  private readonly caption = element("figcaption", { class: "rb-quiet" });
  private readonly observer: ResizeObserver;
  private points: Float32Array = new Float32Array();
  private label = "";

  constructor() {
    this.root = element("figure", { class: "rb-space" }, this.caption, this.canvas);
    this.root.hidden = true;
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.root);
  }

  /** Shows values, the second half of `points`, against distances, the first half. */
  show(points: Float32Array, label: string, unit: string): void {
    this.points = points;
    this.label = unit && unit !== "1" ? `${label} (${unit})` : label;
    this.root.hidden = points.length === 0;
    this.caption.textContent = `${this.label} along the tree`;
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", `${this.label} of each segment against its path distance in um`);
    this.draw();
  }

  draw(): void {
    const width = this.canvas.clientWidth;
    const height = this.canvas.clientHeight;
    const context = this.canvas.getContext("2d");
    if (!context || width === 0 || this.points.length === 0) return;
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const style = getComputedStyle(this.root);
    const ink = (name: string) => style.getPropertyValue(name).trim();
    const count = this.points.length / 2;
    const known = Array.from({ length: count }, (_, k) => k).filter((k) =>
      Number.isFinite(this.points[count + k]),
    );
    if (known.length === 0) return;
    const along = known.map((k) => this.points[k]!);
    const values = known.map((k) => this.points[count + k]!);
    const right = Math.max(...along, 1);
    let low = Math.min(...values);
    let high = Math.max(...values);
    const room = high > low ? 0.06 * (high - low) : Math.abs(high) * 0.1 || 1;
    [low, high] = [low - room, high + room];
    const x = (d: number) => MARGIN.left + (d / right) * (width - MARGIN.left - MARGIN.right);
    const y = (v: number) =>
      height - MARGIN.bottom - ((v - low) / (high - low)) * (height - MARGIN.top - MARGIN.bottom);

    context.font = `12px ${style.fontFamily}`;
    context.strokeStyle = ink("--rb-line");
    context.fillStyle = ink("--rb-quiet");
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const tick of ticks(low, high)) {
      context.beginPath();
      context.moveTo(MARGIN.left, y(tick));
      context.lineTo(width - MARGIN.right, y(tick));
      context.stroke();
      context.fillText(formatNumber(tick), MARGIN.left - 6, y(tick));
    }
    context.textAlign = "center";
    context.textBaseline = "top";
    for (const tick of ticks(0, right)) {
      context.fillText(formatNumber(tick), x(tick), height - MARGIN.bottom + 4);
    }
    context.fillText("path distance (um)", (MARGIN.left + width - MARGIN.right) / 2, height - 15);
    context.fillStyle = ink("--rb-accent");
    for (const k of known) {
      context.beginPath();
      context.arc(x(this.points[k]!), y(this.points[count + k]!), 2, 0, 2 * Math.PI);
      context.fill();
    }
  }

  dispose(): void {
    this.observer.disconnect();
  }
}
