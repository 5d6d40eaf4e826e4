// Axis ranges that stand still while a slider moves.

export type Range = [number, number];

/** Where an axis of that unit starts from before its data ask for more. */
const USUAL: Record<string, Range> = { mV: [-80, 40], "1": [-0.05, 1.05] };

/** Smallest and largest finite value of all rows. */
export function extent(rows: Iterable<Float32Array>): Range | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const row of rows) {
    for (const value of row) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? [low, high] : null;
}

/** An axis that holds `data` and ends on round numbers, so that small changes of the data do not move it. */
export function axisRange(data: Range | null, unit: string): Range {
  const usual = USUAL[unit];
  if (!data) return usual ?? [-1, 1];
  const low = usual ? Math.min(usual[0], data[0]) : data[0];
  const high = usual ? Math.max(usual[1], data[1]) : data[1];
  if (low === high)
    return low === 0 ? [-1, 1] : low < 0 ? [roundOut(low * 1.5), 0] : [0, roundOut(low * 1.5)];
  const step = niceStep((high - low) / 8);
  return [
    low === usual?.[0] ? low : Math.floor(low / step - 0.2) * step,
    high === usual?.[1] ? high : Math.ceil(high / step + 0.2) * step,
  ];
}

function roundOut(value: number): number {
  const step = niceStep(Math.abs(value) / 5);
  return Math.sign(value) * Math.ceil(Math.abs(value) / step) * step;
}

/** The smallest of 1, 2, 5 times a power of ten that is not below `rough`. */
export function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const digit = rough / power;
  return (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10) * power;
}

/** Round numbers over a range, so many at most or a few more. */
export function ticks([low, high]: Range, most = 5): number[] {
  if (!(high > low)) return [low];
  const step = niceStep((high - low) / most);
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, k) =>
    Number(((first + k) * step).toPrecision(12)),
  );
}

/** A logarithmic axis that holds `data` and ends on powers of ten; what is not positive has no place on it. */
export function logRange(data: Range | null): Range {
  if (!data || !(data[1] > 0)) return [0.1, 10];
  const high = 10 ** Math.ceil(Math.log10(data[1]) - 1e-9);
  const low = data[0] > 0 ? 10 ** Math.floor(Math.log10(data[0]) + 1e-9) : high / 1000;
  return low < high ? [low, high] : [low / 10, high];
}

/** An axis of whole numbers from 0 to one above the largest. */
export function countRange(data: Range | null): Range {
  return [0, Math.floor(data?.[1] ?? 0) + 1];
}

/** The powers of ten on a logarithmic axis, every second or third of them where there are many. */
export function decades([low, high]: Range, most = 4): number[] {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  const every = Math.max(1, Math.ceil((last - first) / most));
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => last - index)
    .filter((_, index) => index % every === 0)
    .reverse()
    .map((power) => Number(`1e${power}`));
}
