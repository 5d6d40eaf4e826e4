// What wins where: places that overlap and were given the same parameter, the weakest first.

import { button, element } from "../dom";
import { onChange } from "../model";
import type { BuildPage } from "./page";

interface Row {
  place: string;
  scope: "cell" | "region" | "section";
  value: string;
  sections: number;
  wins: number;
  /** The place that it could be put after, or nothing. */
  next: string;
}

interface Conflict {
  target: string;
  rows: Row[];
  more: number;
}

const STRENGTH = {
  cell: "of the whole cell, the weakest",
  region: "",
  section: "of the section itself, the strongest",
};

export const conflictsPanel: BuildPage = ({ model, link, tell }) => {
  const summary = element("summary", { class: "rb-page-title" });
  const body = element("div", { class: "rb-conflicts-body" });
  const root = element("details", { class: "rb-conflicts rb-page-part" }, summary, body);
  let shape = "";

  const cells = (target: string, { place, scope, value, sections, wins, next }: Row): HTMLElement => {
    const later = button(
      `Put after ${next}`,
      `Put ${place} after ${next}, so that its values win`,
      async () => tell(await link.ask("conflicts.later", { place, after: next })),
      "rb-button rb-small",
    );
    later.dataset.later = place;
    later.hidden = next === "";
    const winners = button(
      wins === 0 ? "nowhere" : wins === sections ? `all ${sections}` : `${wins} of ${sections}`,
      `Choose the sections in which the value of ${place} holds`,
      async () => tell(await link.ask("conflicts.choose", { target, place, scope })),
      "rb-link rb-winners",
    );
    winners.disabled = wins === 0;
    const forget = button(
      "×",
      `Forget ${target} of ${place}`,
      async () => tell(await link.ask("conflicts.forget", { target, place, scope })),
      "rb-button rb-small rb-faint",
    );
    return element(
      "tr",
      { "data-place": place, "data-wins": wins },
      element(
        "th",
        { scope: "row", title: STRENGTH[scope] || null },
        scope === "cell" ? "whole cell" : place,
      ),
      element("td", {}, value),
      element("td", { class: wins === 0 ? "rb-error" : null }, winners),
      element("td", { class: "rb-conflict-tools" }, later, forget),
    );
  };
  const table = ({ target, rows, more }: Conflict): HTMLElement =>
    element(
      "table",
      { class: "rb-page-table", "data-conflict": target },
      element("caption", {}, target),
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          ...["Place", "Value", "Wins in", ""].map((title) => element("th", { scope: "col" }, title)),
        ),
      ),
      element(
        "tbody",
        {},
        ...rows.map((row) => cells(target, row)),
        ...(more > 0 ? [element("tr", {}, element("td", { colspan: "4" }, `and ${more} more`))] : []),
      ),
    );
  const show = () => {
    const conflicts = model.get("conflicts") as Conflict[];
    const next = JSON.stringify(conflicts);
    if (next === shape) return;
    shape = next;
    const count = conflicts.length;
    root.hidden = count === 0;
    summary.textContent = `What wins where: ${count === 1 ? "1 parameter" : `${count} parameters`} of places that overlap`;
    body.replaceChildren(
      element(
        "p",
        { class: "rb-quiet rb-page-hint" },
        "The later place wins over the earlier, and a section's own value over all.",
      ),
      ...conflicts.map(table),
    );
  };
  show();
  const stop = onChange(model, ["conflicts"], show);
  return { root, dispose: stop };
};
