// A rule that says which sections belong: by region, subtree, distance, diameter and order, with how many fit.

import { button, element } from "../dom";
import type { Builder } from "./page";
import type { SubsetInfo } from "./subsets";

export type Conditions = Record<string, string[]>;

const RANGES: [string, string, string][] = [
  ["path_distance", "Path distance", "\u00b5m"],
  ["radial_distance", "Distance through space", "\u00b5m"],
  ["diam", "Diameter", "\u00b5m"],
  ["L", "Length", "\u00b5m"],
  ["order", "Branch order", ""],
];

export class RuleForm {
  readonly root: HTMLElement;
  private readonly regions = element("select", { class: "rb-select", "aria-label": "Region or subset" });
  private readonly subtree = element("input", {
    type: "text",
    class: "rb-input",
    placeholder: "any",
    spellcheck: "false",
    autocomplete: "off",
    "aria-label": "In the subtree of",
  });
  private readonly ranges = new Map<string, [HTMLInputElement, HTMLInputElement]>();
  private readonly code = element("code", { class: "rb-rule-code" });
  private readonly fits = element("span", { class: "rb-quiet", role: "status" });
  private readonly message = element("div", { class: "rb-error", role: "alert" });
  private readonly choose: HTMLButtonElement;

  constructor(
    private readonly builder: Builder,
    chosen: (conditions: Conditions, how: "only" | "add") => void,
  ) {
    this.regions.dataset.rule = "region";
    this.subtree.dataset.rule = "subtree";
    const pick = button(
      "Pick\u2026",
      "Click a section on the cell: it and all that hangs on it",
      async () => {
        const place = await builder.pick("Click the section whose subtree is meant. Esc gives up.");
        if (!place) return;
        this.subtree.value = place.section;
        this.refresh();
      },
      "rb-button rb-small",
    );
    this.choose = button(
      "Choose",
      "Choose the sections that fit; with Shift, besides those chosen",
      (event) => chosen(this.conditions(), (event as MouseEvent).shiftKey ? "add" : "only"),
    );
    this.choose.dataset.action = "choose-rule";
    const clear = button("Clear", "Empty all conditions", () => {
      this.regions.value = this.subtree.value = "";
      for (const pair of this.ranges.values()) for (const input of pair) input.value = "";
      this.refresh();
    });
    const rows = RANGES.flatMap(([key, label, unit]) => {
      const pair = ["from", "to below"].map((side) => {
        const input = element("input", {
          type: "text",
          class: "rb-number",
          inputmode: "decimal",
          autocomplete: "off",
          "aria-label": `${label}, ${side}`,
        });
        input.dataset.rule = `${key} ${side === "from" ? "low" : "high"}`;
        return input;
      }) as [HTMLInputElement, HTMLInputElement];
      this.ranges.set(key, pair);
      return [
        element("span", {}, label),
        element(
          "span",
          { class: "rb-page-pair" },
          pair[0],
          element("span", { class: "rb-quiet" }, "to"),
          pair[1],
          element("span", { class: "rb-unit" }, unit),
        ),
      ];
    });
    this.root = element(
      "div",
      { class: "rb-rule" },
      element("h3", { class: "rb-page-title" }, "Rule"),
      element(
        "div",
        { class: "rb-rule-fields" },
        element("span", {}, "Region or subset"),
        this.regions,
        element("span", {}, "Subtree of"),
        element("span", { class: "rb-page-pair" }, this.subtree, pick),
        ...rows,
      ),
      element("div", { class: "rb-rule-said" }, this.code, this.fits),
      this.message,
      element("div", { class: "rb-page-row" }, this.choose, clear),
    );
    this.root.addEventListener("input", () => this.refresh());
    this.refresh();
  }

  conditions(): Conditions {
    const conditions: Conditions = {};
    const [kind, name] = this.regions.value.split(" ");
    if (kind && name) conditions[kind] = [name];
    if (this.subtree.value.trim() !== "") conditions.subtree = [this.subtree.value.trim()];
    for (const [key, [low, high]] of this.ranges)
      if (low.value.trim() !== "" || high.value.trim() !== "") conditions[key] = [low.value, high.value];
    return conditions;
  }

  showPlaces(places: readonly SubsetInfo[]): void {
    const before = this.regions.value;
    this.regions.replaceChildren(
      element("option", { value: "" }, "any"),
      ...places
        .filter(({ kind }) => kind !== "all")
        .map(({ name, kind }) => element("option", { value: `${kind} ${name}` }, name)),
    );
    this.regions.value = before;
    if (this.regions.selectedIndex < 0) this.regions.value = "";
  }

  /** Asks what the rule is in code and how many sections fit it as the cell is now. */
  refresh(): void {
    const conditions = this.conditions();
    const empty = Object.keys(conditions).length === 0;
    this.choose.disabled = empty;
    if (empty) {
      this.code.textContent = "";
      this.fits.textContent = "Give one condition or several: all of them must hold.";
      this.message.textContent = "";
      return;
    }
    void this.builder.link.stream("rule", "subsets.find", { conditions }).then((reply) => {
      if (!reply) return;
      this.message.textContent = reply.error ?? "";
      this.code.textContent = String(reply.code ?? "");
      const fitting = Number(reply.sections ?? 0);
      this.fits.textContent = reply.error ? "" : fitting === 1 ? "1 section fits" : `${fitting} sections fit`;
    });
  }
}
