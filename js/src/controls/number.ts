// Numbers as a person reads and types them.

/** `value` with no more digits than tell it apart: 0.3, 0.12, 1e-4, -54.3. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e6) return trimExponent(value.toExponential(4));
  return String(Number(value.toPrecision(6)));
}

/** `value` as it is read off a curve, with digits that do not come and go: 103.2, 5.40, 0.012. */
export function readable(value: number): string {
  const size = Math.abs(value);
  if (size >= 1) return value.toFixed(size >= 100 ? 1 : 2);
  return formatNumber(Number(value.toPrecision(3)));
}

function trimExponent(text: string): string {
  const [mantissa = "", exponent = ""] = text.split("e");
  return `${Number(mantissa)}e${Number(exponent)}`;
}

/** `value` with the digits of `step`, as on a slider's scale (0.30 at a step of 0.01), or more where it has them. */
export function formatOnScale(value: number, step: number): string {
  const digits = decimals(step);
  const plain = value !== 0 && Math.abs(value) < 1e6 && digits <= 4 && roundToStep(value, step) === value;
  return plain ? value.toFixed(digits) : formatNumber(value);
}

function decimals(step: number): number {
  return step > 0 ? Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)) : 0;
}

/** What was typed: a number where it is one, else the text itself ("300 pA"), which Python converts or refuses. */
export function parseTyped(text: string): number | string {
  const plain = text.trim().replace(/^−/, "-");
  if (plain === "") return "";
  const number = Number(plain);
  return Number.isFinite(number) ? number : plain.slice(0, 60);
}

/** A slider's value rounded to its step, free of binary dust such as 0.30000000000000004. */
export function roundToStep(value: number, step: number): number {
  if (!(step > 0)) return value;
  const digits = Math.min(15, decimals(step) + 1);
  return Number((Math.round(value / step) * step).toFixed(digits));
}
