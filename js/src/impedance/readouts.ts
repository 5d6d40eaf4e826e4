// A few numbers that say what kind of membrane it is.

import { element } from "../dom";

export interface Readout {
  key: string;
  label: string;
  /** As a person reads it; a dash where there is none. */
  value: string;
  unit: string;
  /** A remark beneath, such as a second number. */
  note: string;
  doc: string;
}

export class Readouts {
  readonly root = element("dl", { class: "rb-readouts", "aria-label": "Key figures" });
  private readonly items = new Map<string, { value: HTMLElement; note: HTMLElement }>();

  show(readouts: Readout[]): void {
    for (const { key, label, value, unit, note, doc } of readouts) {
      const item = this.items.get(key) ?? this.add(key, label, doc);
      item.value.replaceChildren(value, element("span", { class: "rb-quiet" }, unit ? ` ${unit}` : ""));
      item.note.textContent = note;
    }
  }

  private add(key: string, label: string, doc: string): { value: HTMLElement; note: HTMLElement } {
    const value = element("dd", { class: "rb-readout-value" });
    const note = element("dd", { class: "rb-quiet rb-readout-note" });
    this.root.append(
      element(
        "div",
        { class: "rb-readout-item", "data-readout": key, title: doc },
        element("dt", { class: "rb-quiet" }, label),
        value,
        note,
      ),
    );
    const item = { value, note };
    this.items.set(key, item);
    return item;
  }
}
