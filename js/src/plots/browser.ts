// Everything that can be recorded at a place, found by a word; a click plots it or takes it off.

import { element } from "../dom";

export interface Variable {
  name: string;
  /** With its place, as a plot calls it. */
  label: string;
  unit: string;
  owner: string;
  doc: string;
  plotted: boolean;
}

export class VariableBrowser {
  readonly root: HTMLElement;
  private readonly search: HTMLInputElement;
  private readonly list = element("div", { class: "rb-variables-list", role: "group" });
  private readonly none = element("p", { class: "rb-quiet" }, "Nothing here has these words.");
  private readonly where = element("span", { class: "rb-quiet" });
  private variables: Variable[] = [];

  constructor(private readonly toggle: (variable: Variable) => void) {
    this.search = element("input", {
      type: "search",
      class: "rb-input rb-variables-search",
      placeholder: "Search: v, hh.m, ina, i …",
      "aria-label": "Search what can be recorded",
      oninput: () => this.filter(),
    });
    this.search.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      // JupyterLab would run the cell.
      event.preventDefault();
      event.stopPropagation();
      const found = this.matching();
      const first = found.find(({ name }) => name === this.search.value.trim()) ?? found[0];
      if (first) this.toggle(first);
    });
    this.none.hidden = true;
    this.root = element(
      "div",
      { class: "rb-variables" },
      element("div", { class: "rb-variables-head" }, this.search, this.where),
      this.list,
      this.none,
    );
  }

  show(variables: Variable[], place: string): void {
    this.variables = variables;
    this.where.textContent = `at ${place}; click the cell for another place`;
    this.list.setAttribute("aria-label", `What can be recorded at ${place}`);
    this.filter();
  }

  focus(): void {
    this.search.focus();
  }

  private matching(): Variable[] {
    const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    return this.variables.filter(({ name, owner, unit, doc }) => {
      const text = `${name} ${owner} ${unit} ${doc}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
  }

  private filter(): void {
    const focused = (document.activeElement as HTMLElement | null)?.dataset?.variable;
    const found = this.matching();
    const owners = [...new Set(found.map(({ owner }) => owner))];
    this.list.replaceChildren(
      ...owners.map((owner) =>
        element(
          "div",
          { class: "rb-variables-group" },
          element("span", { class: "rb-quiet rb-variables-owner" }, owner),
          ...found.filter((each) => each.owner === owner).map((each) => this.item(each)),
        ),
      ),
    );
    this.none.hidden = found.length > 0;
    if (focused !== undefined)
      this.list.querySelector<HTMLElement>(`[data-variable="${CSS.escape(focused)}"]`)?.focus();
  }

  private item(variable: Variable): HTMLElement {
    const { name, unit, doc, plotted } = variable;
    return element(
      "button",
      {
        type: "button",
        class: "rb-button rb-small rb-variable",
        "data-variable": name,
        "aria-pressed": String(plotted),
        title: unit ? `${doc}, ${unit}` : doc,
        onclick: () => this.toggle(variable),
      },
      name,
    );
  }
}
