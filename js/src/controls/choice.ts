// A choice from a list that Python gives, with its name before it.

import { element } from "../dom";

export interface Option {
  value: string;
  title: string;
  /** Why it can't be chosen now; empty where it can. */
  reason?: string;
}

export class Choice {
  readonly root: HTMLElement;
  readonly select: HTMLSelectElement;
  private shown = "";

  constructor(label: string, chosen: (value: string) => void) {
    this.select = element("select", {
      class: "rb-select",
      "aria-label": label,
      onchange: () => chosen(this.select.value),
    });
    this.root = element(
      "label",
      { class: "rb-choice" },
      element("span", { class: "rb-quiet" }, label),
      this.select,
    );
  }

  show(options: Option[], value: string): void {
    const shape = JSON.stringify(options);
    if (shape !== this.shown) {
      this.shown = shape;
      this.select.replaceChildren(
        ...options.map((option) =>
          element(
            "option",
            { value: option.value, disabled: Boolean(option.reason), title: option.reason || null },
            option.title,
          ),
        ),
      );
    }
    this.select.value = value;
  }
}
