// A canvas that fills its place, sharp on any screen, in the colours of the page.

import { element } from "../dom";

export interface Frame {
  ctx: CanvasRenderingContext2D;
  width: number;
  height: number;
  ink: string;
  quiet: string;
  line: string;
  /** A second colour beside that of the model. */
  second: string;
}

export class Sketch {
  readonly root: HTMLElement;
  protected readonly canvas = element("canvas", { class: "rb-sketch-canvas" });
  private readonly observer: ResizeObserver;

  constructor(
    label: string,
    private readonly paint: (frame: Frame) => void,
    className = "",
  ) {
    this.root = element("figure", { class: `rb-sketch ${className}`, "aria-label": label }, this.canvas);
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.root);
  }

  draw(): void {
    const { clientWidth: width, clientHeight: height } = this.root;
    if (width < 40 || height < 40) return;
    const ratio = devicePixelRatio;
    this.canvas.width = width * ratio;
    this.canvas.height = height * ratio;
    const ctx = this.canvas.getContext("2d");
    if (!ctx) return;
    const style = getComputedStyle(this.root);
    const colour = (name: string, fallback: string) => style.getPropertyValue(name).trim() || fallback;
    ctx.scale(ratio, ratio);
    ctx.font = `11px ${style.fontFamily || "sans-serif"}`;
    this.paint({
      ctx,
      width,
      height,
      ink: colour("--rb-ink", "#222"),
      quiet: colour("--rb-quiet", "#666"),
      line: colour("--rb-line", "#ddd"),
      second: `rgb(${colour("--rb-region", "0 114 178")})`,
    });
  }

  /** Calls `pressed` with the place of a click, px. */
  onClick(pressed: (x: number, y: number) => void): void {
    this.canvas.addEventListener("click", (event) => pressed(event.offsetX, event.offsetY));
  }

  dispose(): void {
    this.observer.disconnect();
  }
}
