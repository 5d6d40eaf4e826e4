// The colour bar, or the list of kinds: as elements on the page, and on a canvas for an exported picture.

import { colourAt, css } from "../colormaps";
import type { Inks } from "./annotations";
import { figure, type Legend } from "./colouring";

function title(legend: Legend & { kind: "range" }): string {
  return legend.unit ? `${legend.label} (${legend.unit})` : legend.label;
}

/** The numbers beside the bar, from the top. */
function ticks({ range: [low, high], over }: Legend & { kind: "range" }): string[] {
  return [`${over ? "\u2265 " : ""}${figure(high)}`, figure((low + high) / 2), figure(low)];
}

/** Writes `legend` into `el`. */
export function showLegend(el: HTMLElement, legend: Legend): void {
  el.replaceChildren();
  if (legend.kind === "types") {
    for (const { name, colour } of legend.entries) {
      const row = document.createElement("div");
      row.className = "rb-legend-kind";
      const swatch = document.createElement("span");
      swatch.className = "rb-legend-swatch";
      swatch.style.background = css(colour);
      const text = document.createElement("span");
      text.textContent = name;
      row.append(swatch, text);
      el.append(row);
    }
    return;
  }
  const heading = document.createElement("div");
  heading.className = "rb-legend-title";
  heading.textContent = title(legend);
  const body = document.createElement("div");
  body.className = "rb-legend-scale";
  const bar = document.createElement("span");
  bar.className = "rb-legend-bar";
  const stops = Array.from({ length: 17 }, (_, i) => css(colourAt(legend.map, i / 16)));
  bar.style.background = `linear-gradient(to top, ${stops.join(", ")})`;
  const numbers = document.createElement("span");
  numbers.className = "rb-legend-numbers";
  for (const tick of ticks(legend)) {
    const number = document.createElement("span");
    number.textContent = tick;
    numbers.append(number);
  }
  body.append(bar, numbers);
  el.append(heading, body);
}

/** Draws `legend` at the top right of a picture `width` CSS pixels wide. */
export function paintLegend(
  context: CanvasRenderingContext2D,
  legend: Legend,
  width: number,
  inks: Inks,
): void {
  context.font = `12px ${inks.font}`;
  context.textBaseline = "middle";
  context.textAlign = "right";
  const right = width - 12;
  if (legend.kind === "types") {
    for (const [i, { name, colour }] of legend.entries.entries()) {
      const y = 20 + 18 * i;
      context.fillStyle = inks.ink;
      context.fillText(name, right - 16, y);
      context.fillStyle = css(colour);
      context.fillRect(right - 10, y - 5, 10, 10);
    }
    return;
  }
  context.fillStyle = inks.ink;
  context.fillText(title(legend), right, 18);
  const [top, height] = [32, 96];
  for (let i = 0; i < height; i++) {
    context.fillStyle = css(colourAt(legend.map, 1 - i / (height - 1)));
    context.fillRect(right - 10, top + i, 10, 1.5);
  }
  context.fillStyle = inks.ink;
  const heights = [top + 4, top + height / 2, top + height - 4];
  for (const [i, tick] of ticks(legend).entries()) context.fillText(tick, right - 16, heights[i]!);
}
