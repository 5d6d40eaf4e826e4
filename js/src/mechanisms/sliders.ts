// The model's parameters as sliders: a pinned few at hand, and all of them by search.

import type { Quantity } from "../controls/field";
import { Fields } from "../controls/fields";
import { element } from "../dom";
import type { Link } from "../link";
import { type Model, onChange } from "../model";
import type { Inserted } from "./mechanisms";

/** A parameter with the words that a search looks through. */
export interface Listed extends Quantity {
  words: string;
}

/** Every parameter with its mechanism and place in its name. */
export function listed(groups: Inserted[]): Listed[] {
  return groups.flatMap(({ place, mechanism, title, parameters }) =>
    parameters.map((quantity) => {
      const owner = title === "cable and ions" ? "" : `${mechanism}.`;
      const where = place === "all" ? "everywhere" : place;
      return {
        ...quantity,
        label: place === "all" ? `${owner}${quantity.label}` : `${owner}${quantity.label}, ${place}`,
        doc: [quantity.doc, `in ${where}`].filter(Boolean).join(", "),
        note: undefined,
        words: `${owner}${quantity.label} ${place} ${where} ${quantity.doc ?? ""}`.toLowerCase(),
      };
    }),
  );
}

/** Those that have all words of a search. */
export function matching(all: Listed[], search: string): Listed[] {
  const wanted = search.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter(({ words }) => wanted.every((word) => words.includes(word)));
}

export class Sliders {
  readonly root: HTMLElement;
  private readonly search: HTMLInputElement;
  private readonly every: HTMLInputElement;
  private readonly fields: Fields;
  private readonly empty = element("p", { class: "rb-quiet rb-sliders-empty" });
  private readonly stop: () => void;
  private all: Listed[] = [];

  constructor(
    private readonly model: Model,
    link: Link,
  ) {
    this.search = element("input", {
      type: "search",
      class: "rb-input rb-sliders-search",
      placeholder: "Search: gnabar, apic, Ra …",
      "aria-label": "Search the parameters",
      oninput: () => this.refresh(),
    });
    this.every = element("input", { type: "checkbox", onchange: () => this.refresh() });
    this.fields = new Fields(link, {
      action: "mechanism.set",
      tools: (quantity) => [this.pin(quantity)],
    });
    this.root = element(
      "section",
      { class: "rb-sliders", "aria-label": "Parameters of the model" },
      element(
        "div",
        { class: "rb-sliders-head" },
        element("span", { class: "rb-trace-panel-title" }, "Parameters"),
        this.search,
        element("label", { class: "rb-check" }, this.every, "all"),
      ),
      element("div", { class: "rb-sliders-list" }, this.fields.root, this.empty),
    );
    this.stop = onChange(model, ["mechanisms", "pinned"], () => this.refresh());
    this.refresh();
  }

  dispose(): void {
    this.stop();
  }

  private get pinned(): string[] {
    return (this.model.get("pinned") ?? []) as string[];
  }

  private refresh(): void {
    this.all = listed((this.model.get("mechanisms") ?? []) as Inserted[]);
    const pinned = new Set(this.pinned);
    const searching = this.search.value.trim() !== "";
    const shown = searching
      ? matching(this.all, this.search.value)
      : this.every.checked
        ? this.all
        : this.all.filter(({ key }) => pinned.has(key));
    this.fields.show(shown);
    this.empty.textContent =
      this.all.length === 0
        ? "Nothing is inserted in this cell's membrane yet."
        : shown.length > 0
          ? ""
          : searching
            ? "No parameter has these words."
            : "Nothing is pinned: search, or show all, and pin what should be at hand.";
    for (const each of this.fields.root.querySelectorAll<HTMLElement>("[data-pin]")) {
      const on = pinned.has(each.dataset.pin ?? "");
      each.setAttribute("aria-pressed", String(on));
      each.textContent = on ? "★" : "☆";
    }
  }

  private pin({ key, label }: Quantity): HTMLElement {
    const node = element(
      "button",
      {
        type: "button",
        class: "rb-pin",
        title: "Pin it: keep this slider at hand",
        "aria-label": `Pin ${label}`,
        "data-pin": key,
        onclick: () => {
          const now = this.pinned;
          this.model.set("pinned", now.includes(key) ? now.filter((each) => each !== key) : [...now, key]);
          this.model.save_changes();
        },
      },
      "☆",
    );
    return node;
  }
}
