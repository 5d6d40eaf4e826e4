// The tree laid flat: path length to the right, a row a tip, the width of a line that of its neurite.

import { css, hexToRgb, regionColours } from "../colormaps";
import { element } from "../dom";
import type { Store } from "../store";
import { niceStep } from "../traces/range";

export interface DendrogramData {
  /** Of each section: where it starts and ends (um from the root), its row, its parent's row and its colour. */
  start: number[];
  end: number[];
  row: number[];
  parent_row: (number | null)[];
  kind: string[];
  name: string[];
  diam: number[];
  /** The last point of each. */
  sample: number[];
}

const MARGIN = { left: 8, right: 16, top: 6, bottom: 22 };
const ROW = 9;
const MOST = 900;

export class Dendrogram {
  readonly root: HTMLElement;
  private readonly canvas = element("canvas", {
    class: "rb-flat-tree",
    role: "img",
    "aria-label": "Dendrogram",
  });
  private readonly tip = element("span", { class: "rb-quiet rb-flat-tree-tip", role: "status" });
  private readonly sized: ResizeObserver;
  private data: DendrogramData | null = null;
  private pointed = -1;

  constructor(
    private readonly store: Store,
    chosen: (sample: number) => void,
  ) {
    this.root = element("div", { class: "rb-flat-tree-frame" }, this.canvas, this.tip);
    this.sized = new ResizeObserver(() => this.draw());
    this.sized.observe(this.root);
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerleave", () => this.pointAt(-1));
    this.canvas.addEventListener("click", (event) => {
      this.point(event);
      const sample = this.data?.sample[this.pointed];
      if (sample !== undefined) chosen(sample);
    });
  }

  show(data: DendrogramData): void {
    this.data = data;
    this.pointed = -1;
    this.draw();
  }

  dispose(): void {
    this.sized.disconnect();
  }

  draw(): void {
    const { canvas, data } = this;
    const width = this.root.clientWidth;
    if (!data || width < 40) return;
    const { rows, height, x, y, far } = this.scales(width);
    const ratio = Math.min(2, devicePixelRatio || 1);
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.height = `${height}px`;
    canvas.dataset.sections = String(data.row.length);
    const context = canvas.getContext("2d");
    if (!context) return;
    context.scale(ratio, ratio);
    const style = getComputedStyle(this.root);
    const [ink, line] = [style.color, style.getPropertyValue("--rb-line").trim() || "#ddd"];
    this.drawAxis(
      context,
      far,
      x,
      height,
      style.getPropertyValue("--rb-quiet").trim() || ink,
      line,
      style.fontFamily,
    );
    const colours = regionColours(data.kind, this.store.get("theme"));
    const crowded = rows * ROW > MOST;
    for (let i = 0; i < data.row.length; i++) {
      const colour = css(colours.get(data.kind[i]!) ?? hexToRgb("#8c8c8c"));
      context.strokeStyle = i === this.pointed ? ink : colour;
      context.lineWidth = crowded ? 1 : Math.min(5, Math.max(1.2, data.diam[i]!));
      context.beginPath();
      const [x0, x1, y0] = [x(data.start[i]!), x(data.end[i]!), y(data.row[i]!)];
      const above = data.parent_row[i];
      context.moveTo(x0, above === null || above === undefined ? y0 : y(above));
      context.lineTo(x0, y0);
      context.lineTo(Math.max(x1, x0 + 1), y0);
      context.stroke();
    }
  }

  private drawAxis(
    context: CanvasRenderingContext2D,
    far: number,
    x: (um: number) => number,
    height: number,
    quiet: string,
    line: string,
    font: string,
  ): void {
    const step = niceStep(far / 6);
    context.font = `11px ${font}`;
    context.textAlign = "center";
    context.fillStyle = quiet;
    context.strokeStyle = line;
    context.lineWidth = 1;
    for (let um = 0; um <= far * 1.0001; um += step) {
      const at = Math.round(x(um)) + 0.5;
      context.beginPath();
      context.moveTo(at, MARGIN.top);
      context.lineTo(at, height - MARGIN.bottom + 2);
      context.stroke();
      context.fillText(String(Number(um.toPrecision(6))), at, height - 6);
    }
  }

  private scales(width: number) {
    const data = this.data!;
    const rows = Math.max(...data.row, 0) + 1;
    const far = Math.max(...data.end, 1e-6);
    const height = Math.round(Math.min(MOST, Math.max(60, rows * ROW)) + MARGIN.top + MARGIN.bottom);
    const room = { x: width - MARGIN.left - MARGIN.right, y: height - MARGIN.top - MARGIN.bottom };
    return {
      rows,
      far,
      height,
      x: (um: number) => MARGIN.left + (room.x * um) / far,
      y: (row: number) => MARGIN.top + (room.y * (row + 0.5)) / rows,
    };
  }

  private point(event: MouseEvent): void {
    const { data } = this;
    if (!data) return;
    const box = this.canvas.getBoundingClientRect();
    const [px, py] = [event.clientX - box.left, event.clientY - box.top];
    const { x, y } = this.scales(this.root.clientWidth);
    let best = -1;
    let miss = 8;
    for (let i = 0; i < data.row.length; i++) {
      const across = Math.max(x(data.start[i]!) - px, px - x(data.end[i]!), 0);
      const gap = Math.hypot(across, y(data.row[i]!) - py);
      if (gap < miss) [best, miss] = [i, gap];
    }
    this.pointAt(best);
  }

  private pointAt(index: number): void {
    if (index === this.pointed) return;
    this.pointed = index;
    const { data } = this;
    this.tip.textContent =
      data && index >= 0
        ? `${data.name[index]}, ${(data.end[index]! - data.start[index]!).toFixed(1)} µm long, ends ${data.end[index]!.toFixed(0)} µm from the root`
        : "";
    this.draw();
  }
}
