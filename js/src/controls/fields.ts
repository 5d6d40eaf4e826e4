// A list of quantities from Python, each as a field, kept in place while the list is sent anew.

import { element } from "../dom";
import type { Link, Reply } from "../link";
import { Field, type Quantity } from "./field";

export interface FieldsOptions {
  /** The action that Python is asked for with {key, value, gesture}; "<action>.reset" asks for the default. */
  action: string;
  large?: boolean;
  className?: string;
  /** What goes with every value that is sent. */
  with?: () => Record<string, unknown>;
  /** Further buttons of a field, as it is built. */
  tools?: (quantity: Quantity) => HTMLElement[];
}

export class Fields {
  readonly root: HTMLElement;
  private readonly fields = new Map<string, Field>();
  private latest = new Map<string, Quantity>();
  /** How many values of a field are on their way, so that what Python last said of it is not yet the newest. */
  private readonly pending = new Map<string, number>();

  constructor(
    private readonly link: Link,
    private readonly options: FieldsOptions,
  ) {
    this.root = element("div", { class: options.className ?? "rb-fields" });
  }

  show(quantities: Quantity[]): void {
    this.latest = new Map(quantities.map((quantity) => [quantity.key, quantity]));
    for (const [key, field] of this.fields) {
      if (this.latest.has(key)) continue;
      field.root.remove();
      this.fields.delete(key);
    }
    quantities.forEach((quantity, index) => {
      const field = this.fields.get(quantity.key) ?? this.add(quantity);
      field.update(quantity, this.pending.has(quantity.key));
      if (this.root.children[index] !== field.root)
        this.root.insertBefore(field.root, this.root.children[index] ?? null);
    });
  }

  private add(quantity: Quantity): Field {
    const { key } = quantity;
    const { action, large } = this.options;
    const field = new Field(
      quantity,
      {
        change: (value, gesture, moment) =>
          this.settle(
            key,
            this.link.stream(key, action, { key, value, gesture, ...this.options.with?.() }, moment),
          ),
        reset: () => this.settle(key, this.link.ask(`${action}.reset`, { key, ...this.options.with?.() })),
      },
      large,
    );
    const tools = this.options.tools?.(quantity) ?? [];
    if (tools.length > 0) field.root.append(element("span", { class: "rb-field-tools" }, ...tools));
    this.fields.set(key, field);
    return field;
  }

  private async settle(key: string, answer: Promise<Reply | null>): Promise<void> {
    this.pending.set(key, (this.pending.get(key) ?? 0) + 1);
    const reply = await answer;
    const left = (this.pending.get(key) ?? 1) - 1;
    if (left > 0) this.pending.set(key, left);
    else this.pending.delete(key);
    const field = this.fields.get(key);
    if (!reply || !field) return;
    field.fail(reply.error ?? "");
    const quantity = this.latest.get(key);
    if (quantity && !reply.error) field.update(quantity, left > 0);
  }
}
