// The biophysics page: what is in the membrane of a place, and every number of it.

import type { Quantity } from "../controls/field";
import { Fields } from "../controls/fields";
import { button, element } from "../dom";
import { onChange } from "../model";
import { openTab } from "../workbench/tabs";
import { conflictsPanel } from "./conflicts";
import { Inserter } from "./inserter";
import type { Builder, BuildPage } from "./page";
import { placeBar } from "./places";

interface Parameter extends Quantity {
  target: string;
  /** Whether it may be a profile over the place. */
  varies: boolean;
}

interface GroupInfo {
  key: string;
  title: string;
  doc: string;
  fields: Parameter[];
  /** Of a mechanism: its name, the places it was inserted into, and where it is if not everywhere here. */
  mechanism?: string;
  through?: string[];
  partly?: string;
}

class Group {
  readonly root: HTMLElement;
  private readonly fields: Fields;
  private readonly through: HTMLElement;
  private shape = "";

  constructor(
    private readonly builder: Builder,
    info: GroupInfo,
  ) {
    this.fields = new Fields(builder.link, {
      action: "biophysics.set",
      className: "rb-fields rb-membrane-fields",
      tools: (quantity) => this.tools(quantity as Parameter),
    });
    this.through = element("span", { class: "rb-through" });
    this.root = element(
      "section",
      { class: "rb-membrane-group", "data-group": info.key, "aria-label": info.title },
      element("h4", { class: "rb-page-title", title: info.doc || null }, info.title, this.through),
      this.fields.root,
    );
  }

  show(info: GroupInfo): void {
    const shape = JSON.stringify([info.through, info.partly]);
    if (shape !== this.shape) {
      this.shape = shape;
      this.through.replaceChildren(
        ...(info.through ?? []).map((place) => this.insertion(info.mechanism ?? "", place)),
        ...(info.partly ? [element("span", { class: "rb-quiet" }, info.partly)] : []),
      );
    }
    this.fields.show(info.fields);
  }

  /** Where it was inserted, with a button that takes it out of there. */
  private insertion(name: string, place: string): HTMLElement {
    const remove = button(
      "×",
      `Take ${name} out of ${place}`,
      async () => this.builder.tell(await this.builder.link.ask("biophysics.remove", { name, place })),
      "rb-button rb-small",
    );
    remove.dataset.remove = `${place}|${name}`;
    return element("span", { class: "rb-insertion" }, `in ${place}`, remove);
  }

  private tools({ target, varies, label }: Parameter): HTMLElement[] {
    if (!varies) return [];
    const vary = button(
      "f(p)",
      `Let ${label} vary over the place by a profile`,
      async () => {
        const reply = await this.builder.link.ask("profiles.choose", { target });
        this.builder.tell(reply);
        if (reply && !reply.error) openTab(this.root, "Profiles");
      },
      "rb-button rb-small rb-faint",
    );
    vary.dataset.action = "vary";
    return [vary];
  }
}

export const biophysicsPage: BuildPage = (builder) => {
  const { model } = builder;
  const bar = placeBar(builder);
  const inserter = new Inserter(builder);
  const conflicts = conflictsPanel(builder);
  const list = element("div", { class: "rb-membrane" });
  const groups = new Map<string, Group>();
  const show = () => {
    const infos = model.get("biophysics") as GroupInfo[];
    const keys = new Set(infos.map(({ key }) => key));
    for (const [key, group] of groups) {
      if (keys.has(key)) continue;
      group.root.remove();
      groups.delete(key);
    }
    infos.forEach((info, index) => {
      const group = groups.get(info.key) ?? new Group(builder, info);
      groups.set(info.key, group);
      group.show(info);
      // Moving a node that stands right would take the keyboard focus from its fields.
      if (list.children[index] !== group.root) list.insertBefore(group.root, list.children[index] ?? null);
    });
  };
  show();
  const stop = onChange(model, ["biophysics"], show);
  return {
    root: element("div", { class: "rb-page rb-biophysics" }, bar.root, inserter.root, list, conflicts.root),
    dispose() {
      stop();
      bar.dispose();
      inserter.dispose();
      conflicts.dispose();
    },
  };
};
