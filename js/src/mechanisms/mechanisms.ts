// What is inserted where, region by region, with a slider for each parameter that is one number there.

import type { Quantity } from "../controls/field";
import { Fields } from "../controls/fields";
import { button, element } from "../dom";
import type { Link } from "../link";

export interface Inserted {
  key: string;
  place: string;
  mechanism: string;
  title: string;
  doc: string;
  /** Whether it was inserted into just this place, so that it can be taken out of it. */
  removable: boolean;
  parameters: Quantity[];
  /** Parameters that vary over the place, in words. */
  varying: string[];
}

interface Group {
  root: HTMLElement;
  fields: Fields;
  varying: HTMLElement;
  remove: HTMLButtonElement;
}

export class MechanismsView {
  readonly root = element("div", { class: "rb-mechanisms" });
  private readonly groups = new Map<string, Group>();
  private readonly message = element("p", { class: "rb-error", role: "alert" });
  private readonly empty = element(
    "p",
    { class: "rb-empty" },
    "Nothing is inserted in this cell's membrane. Choose a mechanism and insert it.",
  );

  /** `chosen` hears the name of a mechanism that a person wants to read about. */
  constructor(
    private readonly link: Link,
    private readonly chosen: (name: string) => void = () => {},
  ) {
    this.root.append(this.message, this.empty);
  }

  show(inserted: Inserted[]): void {
    this.empty.hidden = inserted.length > 0;
    const keys = new Set(inserted.map(({ key }) => key));
    for (const [key, group] of this.groups) {
      if (keys.has(key)) continue;
      group.root.remove();
      this.groups.delete(key);
    }
    inserted.forEach((entry, index) => {
      const group = this.groups.get(entry.key) ?? this.add(entry);
      group.fields.show(entry.parameters);
      group.varying.textContent = entry.varying.join("; ");
      group.remove.hidden = !entry.removable;
      // Moving a node that stands right would take the keyboard focus from its fields.
      const place = this.root.children[index + 2] ?? null;
      if (place !== group.root) this.root.insertBefore(group.root, place);
    });
  }

  private add({ key, place, mechanism, title, doc }: Inserted): Group {
    const fields = new Fields(this.link, { action: "mechanism.set" });
    const varying = element("p", { class: "rb-quiet" });
    const remove = button(
      "×",
      `Take ${mechanism} out of ${place}`,
      () => void this.take(mechanism, place),
      "rb-button rb-small",
    );
    remove.dataset.remove = key;
    const name = element(
      "button",
      { type: "button", class: "rb-link", title: doc || null, onclick: () => this.chosen(mechanism) },
      title,
    );
    const root = element(
      "section",
      { class: "rb-mechanism", "data-mechanism": key, "aria-label": `${title} in ${place}` },
      element(
        "h4",
        { class: "rb-mechanism-title" },
        title === "cable and ions" ? element("b", { title: doc }, title) : name,
        ` in ${place}`,
        remove,
      ),
      fields.root,
      varying,
    );
    const group = { root, fields, varying, remove };
    this.groups.set(key, group);
    return group;
  }

  private async take(name: string, place: string): Promise<void> {
    const reply = await this.link.ask("library.remove", { name, place });
    if (reply) this.message.textContent = reply.error ?? "";
  }
}
