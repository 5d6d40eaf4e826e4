// The subsets in their order: each can be chosen, named otherwise, filled anew, put elsewhere and forgotten.

import { TextField } from "../controls/text";
import { button, element } from "../dom";
import type { Reply } from "../link";
import type { SubsetInfo } from "./subsets";

export interface SubsetEvents {
  choose(name: string, how: "only" | "add"): void;
  rename(name: string, to: string): Promise<Reply | null>;
  replace(name: string): Promise<Reply | null>;
  remove(name: string): Promise<Reply | null>;
  order(names: string[]): Promise<Reply | null>;
}

export class SubsetList {
  readonly root: HTMLElement;
  private readonly list = element("ol", { class: "rb-subset-list" });
  private readonly name: TextField;
  private readonly editor: HTMLElement;
  private readonly none = element(
    "p",
    { class: "rb-quiet rb-page-facts" },
    "None yet. Gather sections, or say by a rule which belong, and give them a name.",
  );
  private subsets: SubsetInfo[] = [];
  private place = "";
  private shown = "";

  constructor(private readonly events: SubsetEvents) {
    this.name = new TextField("Name", (value) => events.rename(this.place, value), {});
    this.name.root.dataset.text = "rename-subset";
    const fill = button(
      "Set to the chosen sections",
      "Let it be what is chosen now",
      () => void events.replace(this.place),
    );
    fill.dataset.action = "replace-subset";
    const remove = button(
      "Forget",
      "Forget the subset and what was set under its name",
      () => void events.remove(this.place),
    );
    remove.dataset.action = "remove-subset";
    this.editor = element("div", { class: "rb-page-row rb-subset-editor" }, this.name.root, fill, remove);
    this.root = element("div", {}, this.none, this.list, this.editor);
  }

  show(subsets: SubsetInfo[], place: string): void {
    this.subsets = subsets;
    this.place = place;
    const text = JSON.stringify(subsets);
    if (text !== this.shown) {
      this.shown = text;
      const focused = (document.activeElement as HTMLElement | null)?.dataset.move;
      this.list.replaceChildren(...subsets.map((subset, index) => this.row(subset, index)));
      // The button that moved a row keeps the focus, so that it can be pressed again.
      if (focused !== undefined)
        this.list.querySelector<HTMLElement>(`[data-move="${CSS.escape(focused)}"]`)?.focus();
    }
    this.none.hidden = subsets.length > 0;
    this.list.hidden = subsets.length === 0;
    this.editor.hidden = !subsets.some(({ name }) => name === place);
    for (const row of this.list.children)
      row.classList.toggle("rb-active", (row as HTMLElement).dataset.subset === place);
    if (!this.editor.hidden) this.name.show(place);
  }

  private row(subset: SubsetInfo, index: number): HTMLElement {
    const { name, sections, rule } = subset;
    const choose = element(
      "button",
      {
        type: "button",
        class: "rb-subset-name",
        title: `Choose ${name}; with Shift, besides what is chosen`,
        onclick: (event) => this.events.choose(name, (event as MouseEvent).shiftKey ? "add" : "only"),
      },
      name,
    );
    const move = (text: string, label: string, to: number) => {
      const node = button(text, `${label} (${name})`, () => this.move(index, to), "rb-button rb-small");
      node.disabled = to < 0 || to >= this.subsets.length;
      node.dataset.move = `${name} ${text}`;
      return node;
    };
    const row = element(
      "li",
      { class: "rb-subset", draggable: "true" },
      element("span", { class: "rb-subset-grip", "aria-hidden": "true" }, "\u2807"),
      choose,
      element(
        "span",
        { class: "rb-quiet rb-subset-count" },
        sections === 1 ? "1 section" : `${sections} sections`,
      ),
      element("code", { class: "rb-subset-rule", title: rule }, rule),
      move("\u2191", "Earlier: more general", index - 1),
      move("\u2193", "Later: more specific", index + 1),
    );
    row.dataset.subset = name;
    row.addEventListener("dragstart", (event) => {
      event.dataTransfer?.setData("application/x-rheobase-subset", String(index));
      row.classList.add("rb-dragged");
    });
    row.addEventListener("dragend", () => row.classList.remove("rb-dragged"));
    const carries = (event: DragEvent) => event.dataTransfer?.types.includes("application/x-rheobase-subset");
    row.addEventListener("dragover", (event) => {
      if (!carries(event)) return;
      event.preventDefault();
      row.classList.add("rb-drop-here");
    });
    row.addEventListener("dragleave", () => row.classList.remove("rb-drop-here"));
    row.addEventListener("drop", (event) => {
      row.classList.remove("rb-drop-here");
      if (!carries(event)) return;
      event.preventDefault();
      event.stopPropagation();
      this.move(Number(event.dataTransfer?.getData("application/x-rheobase-subset")), index);
    });
    return row;
  }

  private move(from: number, to: number): void {
    const names = this.subsets.map(({ name }) => name);
    const [moved] = names.splice(from, 1);
    if (moved === undefined || from === to) return;
    names.splice(to, 0, moved);
    void this.events.order(names);
  }
}
