// Plots as one picture to take away: panels under their titles and the names of what they show.

import type { TraceInfo } from "./buffer";
import { LEFT, type Panel } from "./panel";

const TITLE_HEIGHT = 22;
const LETTER_ROOM = 14;

/** A panel, and the words over it, each with its colour; an empty one is that of text. */
export interface Sheet {
  canvas: HTMLCanvasElement;
  words: [string, string][];
}

/** One canvas with all panels of the traces; null while none has been drawn. */
export function drawSheet(root: HTMLElement, panels: Panel[], info: TraceInfo[]): HTMLCanvasElement | null {
  return sheetOf(
    root,
    panels.flatMap(({ canvas, title }) => {
      const traces = info.filter((trace) => trace.panel === title && trace.style !== "edge");
      const unit = traces[0]?.unit ?? "";
      const head = unit === "1" || unit === "" ? title : `${title} (${unit})`;
      const named = traces.flatMap(({ letter, colour, name }): [string, string][] => [
        [letter || "\u2014", colour],
        [name, ""],
      ]);
      return canvas ? [{ canvas, words: [[head, ""], ...named] as [string, string][] }] : [];
    }),
  );
}

/** One canvas with all panels, in the look of `root`; null where there are none. */
export function sheetOf(root: HTMLElement, panels: Sheet[]): HTMLCanvasElement | null {
  if (panels.length === 0) return null;
  const ratio = devicePixelRatio || 1;
  const strip = TITLE_HEIGHT * ratio;
  const sheet = document.createElement("canvas");
  sheet.width = Math.max(...panels.map(({ canvas }) => canvas.width));
  sheet.height = panels.reduce((sum, { canvas }) => sum + canvas.height + strip, 0);
  const ctx = sheet.getContext("2d");
  if (!ctx) return null;
  const style = getComputedStyle(root);
  ctx.fillStyle = style.getPropertyValue("--rb-panel").trim() || "#fff";
  ctx.fillRect(0, 0, sheet.width, sheet.height);
  ctx.font = `${12 * ratio}px ${style.fontFamily}`;
  ctx.textBaseline = "middle";
  let top = 0;
  for (const { canvas, words } of panels) {
    let left = LEFT * ratio;
    for (const [index, [text, colour]] of words.entries()) {
      ctx.fillStyle = colour || style.color;
      ctx.fillText(text, left, top + strip / 2);
      // A mark stands nearer to its name than to what comes before.
      const gap = index === 0 ? 2 * LETTER_ROOM : colour ? LETTER_ROOM / 2 : LETTER_ROOM;
      left += ctx.measureText(text).width + gap * ratio;
    }
    ctx.drawImage(canvas, 0, top + strip);
    top += canvas.height + strip;
  }
  return sheet;
}
