// The least error along one parameter, with the level of its interval.

import { formatNumber } from "../controls/number";
import { type Range, ticks } from "../traces/range";
import { MODEL } from "./match_plot";
import { type Frame, Sketch } from "./sketch";

export interface Profile {
  parameter: string;
  unit: string;
  log: boolean;
  values: number[];
  /** None where every run blew up. */
  errors: (number | null)[];
  least: number;
  threshold: number;
  best: number;
  /** None where it is open. */
  interval: [number | null, number | null];
}

const EDGE = { left: 64, right: 16, top: 22, bottom: 36 };
/** How much of the rise above the level is drawn, in heights of the level. */
const REACH = 6;

export class ProfilePlot extends Sketch {
  private profile: Profile | null = null;

  constructor() {
    super("Profile", (frame) => this.paintAll(frame), "rb-profile-likelihood");
  }

  show(profile: Profile, words: string): void {
    this.profile = profile;
    this.root.setAttribute("aria-label", words);
    this.draw();
  }

  private paintAll({ ctx, width, height, quiet, ink, line }: Frame): void {
    const profile = this.profile;
    if (!profile || profile.values.length === 0) return;
    const { values, errors, least, threshold, log, interval, best, parameter, unit } = profile;
    const rise = Math.max(threshold - least, 1e-300);
    const top = Math.max(...errors.map((error) => Math.min(error ?? 0, least + REACH * rise)), threshold);
    const up: Range = [least - 0.08 * (top - least), top + 0.08 * (top - least)];
    const along: Range = [values[0]!, values.at(-1)!];
    const scale = (value: number) => (log ? Math.log(value) : value);
    const x = (value: number) =>
      EDGE.left +
      ((scale(value) - scale(along[0])) / (scale(along[1]) - scale(along[0]) || 1)) *
        (width - EDGE.left - EDGE.right);
    const y = (error: number) =>
      EDGE.top + (1 - (error - up[0]) / (up[1] - up[0])) * (height - EDGE.top - EDGE.bottom);
    const stroke = (from: [number, number], to: [number, number], colour: string, dash: number[] = []) => {
      ctx.strokeStyle = colour;
      ctx.setLineDash(dash);
      ctx.beginPath();
      ctx.moveTo(...from);
      ctx.lineTo(...to);
      ctx.stroke();
      ctx.setLineDash([]);
    };
    ctx.fillStyle = quiet;
    ctx.textAlign = "left";
    ctx.fillText("Least error", EDGE.left, 12);
    ctx.textAlign = "right";
    for (const split of ticks(up)) {
      stroke([EDGE.left, y(split)], [width - EDGE.right, y(split)], line);
      ctx.fillText(formatNumber(split), EDGE.left - 6, y(split) + 4);
    }
    ctx.textAlign = "center";
    for (const split of ticks(along, 6)) {
      stroke([x(split), EDGE.top], [x(split), height - EDGE.bottom], line);
      ctx.fillText(formatNumber(split), x(split), height - 22);
    }
    ctx.fillText(unit ? `${parameter} (${unit})` : parameter, width / 2, height - 6);
    stroke([EDGE.left, y(threshold)], [width - EDGE.right, y(threshold)], ink, [2, 3]);
    ctx.fillStyle = ink;
    ctx.textAlign = "right";
    ctx.fillText("95 %", width - EDGE.right - 4, y(threshold) - 4);
    for (const end of interval)
      if (end !== null) stroke([x(end), EDGE.top], [x(end), height - EDGE.bottom], ink, [5, 4]);
    ctx.save();
    ctx.beginPath();
    ctx.rect(EDGE.left, EDGE.top, width - EDGE.left - EDGE.right, height - EDGE.top - EDGE.bottom);
    ctx.clip();
    ctx.strokeStyle = ctx.fillStyle = MODEL;
    ctx.lineWidth = 1.5;
    ctx.beginPath();
    for (const [k, value] of values.entries()) {
      const error = errors[k];
      if (error !== null && error !== undefined) ctx.lineTo(x(value), y(error));
    }
    ctx.stroke();
    for (const [k, value] of values.entries()) {
      const error = errors[k];
      if (error === null || error === undefined) continue;
      ctx.beginPath();
      ctx.arc(x(value), y(error), 3, 0, 2 * Math.PI);
      ctx.fill();
    }
    ctx.restore();
    stroke([x(best), height - EDGE.bottom - 8], [x(best), height - EDGE.bottom], MODEL);
  }
}
