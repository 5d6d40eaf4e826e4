// Axes of logarithms and angles: where they end and where their lines stand.

import type { Range } from "../traces/range";

const DIGITS = [1, 2, 5] as const;

/** The lines of an axis from `low` to `high`: powers of ten, with their doubles and fives where there are few. */
export function logSplits(low: number, high: number): number[] {
  if (!(low > 0) || !(high > low)) return [];
  const digits = Math.log10(high / low) > 2.2 ? [1] : DIGITS;
  const found: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const digit of digits) {
      const value = Number((digit * 10 ** power).toPrecision(3));
      if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) found.push(value);
    }
  }
  return found;
}

/** An axis that holds the positive numbers of `data` and ends on 1, 2 or 5 times a power of ten. */
export function logRange(data: Range | null): Range {
  if (!data || !(data[1] > 0)) return [0.1, 1];
  const low = Math.max(data[0], data[1] * 1e-4);
  const down = (value: number) => {
    const power = 10 ** Math.floor(Math.log10(value));
    return ([5, 2, 1].find((digit) => digit * power <= value) ?? 1) * power;
  };
  const up = (value: number) => {
    const power = 10 ** Math.floor(Math.log10(value));
    return ([1, 2, 5, 10].find((digit) => digit * power >= value) ?? 10) * power;
  };
  const [from, to] = [down(low * 0.97), up(data[1] * 1.03)];
  return to > from ? [from, to] : [from / 2, to * 2];
}

/** Three significant figures: as finely as a hand can point. */
export function pointed(frequency: number): number {
  return Number(frequency.toPrecision(3));
}

const EIGHTH = 45;

/** An axis of degrees that holds `data`: some room about it, or whole eighths of a turn. */
export function angleRange([low, high]: Range): Range {
  const step = high - low > 2 * EIGHTH ? EIGHTH : high - low > 20 ? 15 : 5;
  return [Math.floor((low - 1) / step) * step, Math.ceil((high + 1) / step) * step];
}

/** The lines of an axis of degrees: at most `most` or so, on parts of a turn. */
export function angleSplits(low: number, high: number, most = 6): number[] {
  const step = [5, 10, 15, 30, 45, 90, 180, 360].find((each) => (high - low) / each <= most) ?? 720;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, k) => (first + k) * step);
}
