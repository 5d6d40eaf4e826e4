// The wire form of traces: one float32 buffer whose first row is time and whose other rows are the traces.

export interface TraceInfo {
  name: string;
  unit: string;
  colour: string;
  /** The panel's title; traces of one panel share its axis. */
  panel: string;
  /** The electrode that the trace belongs to, or "". */
  letter: string;
  /** Of what is told a step rather than a sample: drawn in steps, on a logarithmic axis or one of whole numbers. */
  axis?: "log" | "count";
  /** One edge of a shaded band, of which two follow one another, the lower first; or a dotted line. */
  style?: "edge" | "dotted" | "";
}

export interface TraceSet {
  label: string;
  info: TraceInfo[];
  time: Float32Array;
  rows: Float32Array[];
  /** One of a family: it is not faint where it is kept, and called by its label. */
  vivid?: boolean;
}

/** The live traces: a row of times, then one row for each entry of `info`. */
export function readTraces(numbers: Float32Array, info: TraceInfo[]): TraceSet {
  const rows = info.length + 1;
  const samples = numbers.length / rows;
  if (!Number.isInteger(samples))
    throw new Error(`rheobase: ${numbers.length} numbers do not make ${rows} rows`);
  const row = (index: number) => numbers.subarray(index * samples, (index + 1) * samples);
  return { label: "", info, time: row(0), rows: info.map((_, index) => row(index + 1)) };
}

export interface KeptInfo {
  label: string;
  samples: number;
  info: TraceInfo[];
  vivid?: boolean;
}

/** Kept runs, one after the other in one buffer, each with a time axis of its own. */
export function readKept(numbers: Float32Array, kept: KeptInfo[]): TraceSet[] {
  let start = 0;
  return kept.map(({ label, samples, info, vivid = false }) => {
    const part = numbers.subarray(start, start + samples * (info.length + 1));
    start += part.length;
    return { ...readTraces(part, info), label, vivid };
  });
}

/** Panel titles in the order in which traces first name them. */
export function panelsOf(info: TraceInfo[]): string[] {
  return [...new Set(info.map((trace) => trace.panel))];
}

/** The sample nearest to `time`, by bisection; -1 when there is none. */
export function nearest(times: Float32Array, time: number): number {
  if (times.length === 0) return -1;
  let low = 0;
  let high = times.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (times[middle]! <= time) low = middle;
    else high = middle;
  }
  return time - times[low]! <= times[high]! - time ? low : high;
}

/** Comma-separated values with a header that carries the units. */
export function toCsv({ info, time, rows }: TraceSet): string {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const header = ["t (ms)", ...info.map((trace) => `${trace.name} (${trace.unit})`)].map(quoted).join(",");
  const lines = [header];
  for (let i = 0; i < time.length; i++) {
    lines.push([time, ...rows].map((row) => String(Number(row[i]!.toPrecision(7)))).join(","));
  }
  return `${lines.join("\n")}\n`;
}
