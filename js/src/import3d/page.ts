// What the parts of the page share: problems as Python sends them, and lines of the file shown as text.

import { element } from "../dom";
import type { Reply } from "../link";

export interface Remedy {
  name: string;
  label: string;
  safe: boolean;
}

export interface Problem {
  /** Stable while the problem lasts. */
  key: string;
  code: string;
  group: "error" | "warning" | "note" | "done";
  line: number;
  message: string;
  sample: number | null;
  xyz: [number, number, number] | null;
  remedies: Remedy[];
}

/** A stretch of the file. */
export interface Excerpt {
  first: number;
  lines: string[];
}

/** Lines of the file with their numbers, the one that is meant made to stand out. */
export function showExcerpt(home: HTMLElement, excerpt: Excerpt | null, meant: number): void {
  home.replaceChildren();
  home.hidden = !excerpt || excerpt.lines.length === 0;
  if (!excerpt) return;
  for (const [i, text] of excerpt.lines.entries()) {
    const number = excerpt.first + i;
    home.append(
      element(
        "div",
        {
          class: number === meant ? "rb-source-line rb-meant" : "rb-source-line",
          "data-line": number,
          "aria-current": number === meant ? "true" : null,
        },
        element("span", { class: "rb-source-number" }, String(number)),
        element("span", { class: "rb-source-text" }, text),
      ),
    );
  }
}

export function excerptElement(): HTMLElement {
  const home = element("div", {
    class: "rb-source",
    tabindex: "0",
    role: "region",
    "aria-label": "Lines of the file",
  });
  home.hidden = true;
  return home;
}

/** The excerpt that a reply holds. */
export function excerptOf(reply: Reply | null): Excerpt | null {
  return reply && Array.isArray(reply.lines)
    ? { first: Number(reply.first), lines: reply.lines.map(String) }
    : null;
}

/** Reading, splitting and measuring a large file may take longer than an ordinary answer, ms. */
export const PATIENCE = 60_000;
