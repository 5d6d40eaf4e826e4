// The trials as Python sends them: a row each with its number, error, the least so far, and where each parameter lies.

import { float32, type Model } from "../model";

export interface Trials {
  names: string[];
  count: number;
  number(row: number): number;
  error(row: number): number;
  least(row: number): number;
  /** Where a parameter lies between its bounds, from 0 to 1. */
  place(row: number, parameter: number): number;
  /** From 0, the least error of those shown, to 1. */
  rank: Float32Array;
}

export function trialsOf(model: Model): Trials {
  const names = model.get("history_names") as string[];
  const rows = float32(model, "history");
  const width = 3 + names.length;
  const count = names.length === 0 || rows.length % width !== 0 ? 0 : rows.length / width;
  const at = (row: number, column: number) => rows[row * width + column] ?? Number.NaN;
  return {
    names,
    count,
    number: (row) => at(row, 0),
    error: (row) => at(row, 1),
    least: (row) => at(row, 2),
    place: (row, parameter) => at(row, 3 + parameter),
    rank: ranks(Array.from({ length: count }, (_, row) => at(row, 1))),
  };
}

/** The place of each error among all, from 0 to 1; those that are not finite come last. */
export function ranks(errors: number[]): Float32Array {
  const order = errors.map((_, row) => row).sort((a, b) => finite(errors[a]!) - finite(errors[b]!));
  const found = new Float32Array(errors.length);
  for (const [place, row] of order.entries()) found[row] = place / Math.max(1, errors.length - 1);
  return found;
}

function finite(error: number): number {
  return Number.isFinite(error) ? error : Number.MAX_VALUE;
}
