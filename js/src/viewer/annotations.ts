// What is drawn over the picture: electrodes, the selected place, the scale bar. Text goes to a 2-D canvas, never to HTML.

import type { Place } from "../store";
import type { Turntable } from "./camera";
import { spotAt, type Tree } from "./tree";

export interface Mark {
  name: string;
  letter: string;
  /** Any CSS colour. */
  colour: string;
  section: string;
  x: number;
}

export interface Inks {
  paper: string;
  ink: string;
  quiet: string;
  accent: string;
  font: string;
}

export interface Pin {
  mark: Mark;
  /** Where the badge is centred, CSS pixels. */
  x: number;
  y: number;
}

/** Where something else stands on the picture, CSS pixels. */
export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export const BADGE = 9;

/** How an electrode leans from upright, radians: the first that leaves its letter beside those already there. */
const LEANS = [0.9, -0.9, 0.1, 1.7, -1.7, 2.5, -2.5] as const;

export function marksOf(raw: unknown): Mark[] {
  if (!Array.isArray(raw)) return [];
  return raw.map((mark: Record<string, unknown>) => ({
    name: String(mark.name ?? ""),
    letter: String(mark.letter ?? "?").slice(0, 2),
    colour: String(mark.colour ?? "#d55e00"),
    section: String(mark.section ?? ""),
    x: Number(mark.x ?? 0.5),
  }));
}

/** The length that a scale bar shows: 1, 2 or 5 times a power of ten, at most `limit` pixels long. */
export function scaleBarLength(pixelsPerUm: number, limit = 120): number {
  const most = limit / pixelsPerUm;
  const power = 10 ** Math.floor(Math.log10(most));
  const factor = [5, 2, 1].find((f) => f * power <= most) ?? 1;
  return factor * power;
}

export function scaleBarText(um: number): string {
  return um >= 1000 ? `${um / 1000} mm` : `${Number(um.toPrecision(1))} \u00b5m`;
}

/**
 * Draws everything on `context`, whose unit is the CSS pixel; returns where the electrodes' badges lie, which is
 * outside of `taken` where they find room.
 */
export function annotate(
  context: CanvasRenderingContext2D,
  tree: Tree,
  view: Turntable,
  marks: readonly Mark[],
  selected: Place | null,
  inks: Inks,
  taken: Box | null = null,
): Pin[] {
  drawScaleBar(context, view, inks);
  const basis = view.basis();
  if (selected) {
    const spot = spotAt(tree, selected.section, selected.x);
    if (spot) drawRing(context, view.project(spot.point, basis), inks);
  }
  const pins: Pin[] = [];
  for (const mark of marks) {
    const spot = spotAt(tree, mark.section, mark.x);
    if (!spot) continue;
    const at = view.project(spot.point, basis);
    // Its tip touches the membrane, so that a soma is not hidden behind its own electrode.
    const skin = Math.min(80, spot.radius * view.scale * 0.8);
    const along = (lean: number, far: number) => ({
      x: at.x + far * Math.sin(lean),
      y: at.y - far * Math.cos(lean),
    });
    const inside = ({ x, y }: { x: number; y: number }) => ({
      x: Math.min(view.width - BADGE - 2, Math.max(BADGE + 2, x)),
      y: Math.min(view.height - BADGE - 2, Math.max(BADGE + 2, y)),
    });
    const free = (lean: number) => {
      const { x, y } = inside(along(lean, skin + 34));
      const covered =
        taken !== null &&
        x > taken.left - BADGE - 2 &&
        x < taken.right + BADGE + 2 &&
        y > taken.top - BADGE - 2 &&
        y < taken.bottom + BADGE + 2;
      return !covered && pins.every((pin) => Math.hypot(pin.x - x, pin.y - y) > 2 * BADGE + 3);
    };
    const lean = LEANS.find(free) ?? LEANS[0];
    const { x, y } = inside(along(lean, skin + 34));
    drawPin(context, along(lean, skin), { x, y }, mark, inks);
    pins.push({ mark, x, y });
  }
  return pins;
}

function drawScaleBar(context: CanvasRenderingContext2D, view: Turntable, inks: Inks): void {
  const length = scaleBarLength(view.scale);
  const [x, y] = [12.5, view.height - 12.5];
  context.lineWidth = 1.5;
  context.strokeStyle = inks.ink;
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + length * view.scale, y);
  context.stroke();
  context.fillStyle = inks.ink;
  context.font = `12px ${inks.font}`;
  context.textAlign = "left";
  context.textBaseline = "alphabetic";
  context.fillText(scaleBarText(length), x, y - 6);
}

function drawRing(context: CanvasRenderingContext2D, at: { x: number; y: number }, inks: Inks): void {
  for (const [width, style] of [
    [5, inks.paper],
    [2, inks.accent],
  ] as const) {
    context.lineWidth = width;
    context.strokeStyle = style;
    context.beginPath();
    context.arc(at.x, at.y, 7, 0, 2 * Math.PI);
    context.stroke();
  }
}

function drawPin(
  context: CanvasRenderingContext2D,
  tip: { x: number; y: number },
  badge: { x: number; y: number },
  mark: Mark,
  inks: Inks,
): void {
  // A glass electrode: a thin taper from the badge to the membrane.
  const [dx, dy] = [tip.x - badge.x, tip.y - badge.y];
  const size = Math.hypot(dx, dy) || 1;
  const [nx, ny] = [(-dy / size) * 3.2, (dx / size) * 3.2];
  context.beginPath();
  context.moveTo(badge.x + nx, badge.y + ny);
  context.lineTo(tip.x, tip.y);
  context.lineTo(badge.x - nx, badge.y - ny);
  context.closePath();
  context.lineJoin = "round";
  context.lineWidth = 2;
  context.strokeStyle = inks.paper;
  context.stroke();
  context.fillStyle = mark.colour;
  context.fill();
  context.beginPath();
  context.arc(badge.x, badge.y, BADGE, 0, 2 * Math.PI);
  context.stroke();
  context.fill();
  context.fillStyle = "#ffffff";
  context.font = `600 11px ${inks.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(mark.letter, badge.x, badge.y + 0.5);
}
