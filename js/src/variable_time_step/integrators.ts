// The integrators there are, one of them chosen; those that cannot run the model say why.

import { element } from "../dom";

export interface Integrator {
  name: string;
  title: string;
  order: number;
  adaptive: boolean;
  doc: string;
  /** Why it cannot run this model, or "". */
  reason: string;
}

let lists = 0;

export class IntegratorList {
  readonly root: HTMLElement;
  private readonly group = `rb-integrator-${++lists}`;
  private readonly inputs = new Map<string, HTMLInputElement>();
  private shown = "";

  constructor(private readonly choose: (name: string) => void) {
    this.root = element("div", { class: "rb-integrators", role: "radiogroup", "aria-label": "Integrator" });
  }

  show(integrators: Integrator[], chosen: string): void {
    const shape = JSON.stringify(integrators);
    if (shape !== this.shown) {
      this.shown = shape;
      const focused = [...this.inputs.values()].find((input) => input === document.activeElement)?.value;
      this.inputs.clear();
      this.root.replaceChildren(...integrators.map((each) => this.line(each)));
      if (focused !== undefined) this.inputs.get(focused)?.focus();
    }
    for (const [name, input] of this.inputs) input.checked = name === chosen;
  }

  private line(integrator: Integrator): HTMLElement {
    const { name, title, order, adaptive, doc, reason } = integrator;
    const input = element("input", {
      type: "radio",
      name: this.group,
      value: name,
      disabled: reason !== "",
      onchange: () => this.choose(name),
    });
    this.inputs.set(name, input);
    return element(
      "label",
      { class: reason ? "rb-integrator rb-integrator-refused" : "rb-integrator", "data-integrator": name },
      input,
      element("span", { class: "rb-integrator-title" }, title),
      element("span", { class: "rb-quiet" }, adaptive ? `order 1 to ${order}` : `order ${order}`),
      element("span", { class: "rb-integrator-words rb-quiet" }, reason ? `Not here: ${reason}` : doc),
    );
  }
}
