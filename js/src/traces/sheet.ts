// The plot as one picture to take away: its panels under their titles and the names of their traces.

import type { TraceInfo } from "./buffer";
import { LEFT, type Panel } from "./panel";

const TITLE_HEIGHT = 22;
const LETTER_ROOM = 14;

/** One canvas with all panels; null while none has been drawn. */
export function drawSheet(root: HTMLElement, panels: Panel[], info: TraceInfo[]): HTMLCanvasElement | null {
  const drawn = panels.flatMap((panel) => (panel.canvas ? [{ panel, canvas: panel.canvas }] : []));
  if (drawn.length === 0) return null;
  const ratio = devicePixelRatio || 1;
  const strip = TITLE_HEIGHT * ratio;
  const sheet = document.createElement("canvas");
  sheet.width = Math.max(...drawn.map(({ canvas }) => canvas.width));
  sheet.height = drawn.reduce((sum, { canvas }) => sum + canvas.height + strip, 0);
  const ctx = sheet.getContext("2d");
  if (!ctx) return null;
  const style = getComputedStyle(root);
  ctx.fillStyle = style.getPropertyValue("--rb-panel").trim() || "#fff";
  ctx.fillRect(0, 0, sheet.width, sheet.height);
  ctx.font = `${12 * ratio}px ${style.fontFamily}`;
  ctx.textBaseline = "middle";
  let top = 0;
  for (const { panel, canvas } of drawn) {
    const traces = info.filter((trace) => trace.panel === panel.title && trace.style !== "edge");
    const unit = traces[0]?.unit ?? "";
    let left = LEFT * ratio;
    const write = (text: string, colour: string, gap: number) => {
      ctx.fillStyle = colour;
      ctx.fillText(text, left, top + strip / 2);
      left += ctx.measureText(text).width + gap * ratio;
    };
    write(
      unit === "1" || unit === "" ? panel.title : `${panel.title} (${unit})`,
      style.color,
      2 * LETTER_ROOM,
    );
    for (const trace of traces) {
      write(trace.letter || "\u2014", trace.colour, LETTER_ROOM / 2);
      write(trace.name, style.color, LETTER_ROOM);
    }
    ctx.drawImage(canvas, 0, top + strip);
    top += canvas.height + strip;
  }
  return sheet;
}
