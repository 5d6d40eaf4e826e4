// What is inserted where, region by region, with a slider for each parameter that is one number there.

import type { Quantity } from "../controls/field";
import { Fields } from "../controls/fields";
import { element } from "../dom";
import type { Link } from "../link";

export interface Inserted {
  key: string;
  place: string;
  mechanism: string;
  doc: string;
  parameters: Quantity[];
  /** Parameters that vary over the place, in words. */
  varying: string[];
}

export class MechanismsView {
  readonly root = element("div", { class: "rb-mechanisms" });
  private readonly groups = new Map<string, { root: HTMLElement; fields: Fields; varying: HTMLElement }>();
  private readonly empty = element(
    "p",
    { class: "rb-empty" },
    'Nothing is inserted in this cell\'s membrane. In Python: cell["all"].insert("hh")',
  );

  constructor(private readonly link: Link) {
    this.root.append(this.empty);
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
      // Moving a node that stands right would take the keyboard focus from its fields.
      const place = this.root.children[index + 1] ?? null;
      if (place !== group.root) this.root.insertBefore(group.root, place);
    });
  }

  private add({ key, place, mechanism, doc }: Inserted) {
    const fields = new Fields(this.link, { action: "mechanism.set" });
    const varying = element("p", { class: "rb-quiet" });
    const root = element(
      "section",
      { class: "rb-mechanism", "data-mechanism": key, "aria-label": `${mechanism} in ${place}` },
      element("h4", { class: "rb-mechanism-title", title: doc }, element("b", {}, mechanism), ` in ${place}`),
      fields.root,
      varying,
    );
    const group = { root, fields, varying };
    this.groups.set(key, group);
    return group;
  }
}
