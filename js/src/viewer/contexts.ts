// Browsers keep about 16 WebGL contexts a page and drop the oldest without a word. The viewers of a page share a
// smaller number by agreement: who draws takes one, who drew longest ago gives one back and keeps its last picture.

export interface ContextHolder {
  /** Keeps the last picture and gives the context back. */
  release(): void;
}

const BUDGET = 8;

// Each widget runs its own copy of this module, so the list lives on the page.
const KEY = Symbol.for("rheobase.contexts");

function holders(): Set<ContextHolder> {
  const page = globalThis as unknown as Record<symbol, Set<ContextHolder> | undefined>;
  page[KEY] ??= new Set();
  return page[KEY];
}

/** Marks `holder` as the latest to draw, and lets the one that drew longest ago go if there are too many. */
export function claimContext(holder: ContextHolder): void {
  const all = holders();
  all.delete(holder);
  all.add(holder);
  for (const oldest of all) {
    if (all.size <= BUDGET) break;
    all.delete(oldest);
    oldest.release();
  }
}

export function forgetContext(holder: ContextHolder): void {
  holders().delete(holder);
}
