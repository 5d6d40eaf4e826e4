// Finding a mechanism in the library and putting it into the place that is described.

import { modPicker } from "../controls/picker";
import { sendFile, takeDrops } from "../controls/upload";
import { element } from "../dom";
import { find, type Listed } from "../mechanisms/search";
import type { Builder } from "./page";

export class Inserter {
  readonly root: HTMLElement;
  private readonly search: HTMLInputElement;
  private readonly list: HTMLElement;
  private readonly news: HTMLElement;
  private readonly stopDrops: () => void;
  private found: Listed[] = [];
  private aim = 0;

  constructor(private readonly builder: Builder) {
    const id = `rb-insert-${Math.random().toString(36).slice(2, 8)}`;
    this.search = element("input", {
      type: "text",
      class: "rb-input",
      placeholder: "Insert a mechanism: name, ion, paper",
      role: "combobox",
      autocomplete: "off",
      spellcheck: "false",
      "aria-label": "Insert a mechanism, found by name, ion or paper",
      "aria-expanded": "false",
      "aria-controls": id,
      oninput: () => this.open(),
      onclick: () => this.open(),
      onfocus: () => void builder.link.ask("biophysics.list"),
    });
    this.search.dataset.action = "insert-search";
    this.search.addEventListener("keydown", (event) => this.pressed(event));
    this.list = element("div", { class: "rb-insert-list", role: "listbox", id, "aria-label": "Mechanisms" });
    this.list.hidden = true;
    // A press on a row must not take the focus from the search before its click arrives.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    const picker = modPicker((files) => void this.load(files));
    this.news = element("p", { class: "rb-insert-news", role: "status" });
    this.root = element(
      "div",
      { class: "rb-inserter" },
      element("div", { class: "rb-insert-field" }, this.search, this.list),
      picker.button,
      picker.input,
      this.news,
    );
    this.search.addEventListener("blur", () => this.close());
    this.stopDrops = takeDrops(this.root, (files) => void this.load(files));
  }

  dispose(): void {
    this.stopDrops();
  }

  private open(): void {
    this.found = find(this.builder.model.get("library") as Listed[], this.search.value);
    this.aim = 0;
    this.list.replaceChildren(
      ...(this.found.length > 0
        ? this.found.map((entry, index) => this.row(entry, index))
        : [element("p", { class: "rb-quiet rb-insert-none" }, "No mechanism has all of these words")]),
    );
    this.list.hidden = false;
    this.search.setAttribute("aria-expanded", "true");
    this.mark();
  }

  private close(): void {
    this.list.hidden = true;
    this.search.setAttribute("aria-expanded", "false");
  }

  private row({ name, title, ions, source }: Listed, index: number): HTMLElement {
    return element(
      "div",
      {
        class: "rb-library-row",
        role: "option",
        id: `${this.list.id}-${index}`,
        "data-name": name,
        title: source || null,
        onclick: () => void this.insert(name),
      },
      element("b", {}, name),
      element("span", { class: "rb-library-ions" }, ions.join(" ")),
      element("span", { class: "rb-library-title" }, title),
    );
  }

  private mark(): void {
    for (const [index, row] of [...this.list.children].entries()) {
      row.setAttribute("aria-selected", String(index === this.aim && this.found.length > 0));
      if (index === this.aim) row.scrollIntoView({ block: "nearest" });
    }
    this.search.setAttribute("aria-activedescendant", `${this.list.id}-${this.aim}`);
  }

  private pressed(event: KeyboardEvent): void {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      if (this.list.hidden) this.open();
      else this.aim = Math.max(0, Math.min(this.found.length - 1, this.aim + step));
      this.mark();
    } else if (event.key === "Enter") {
      const entry = this.list.hidden ? undefined : this.found[this.aim];
      if (entry) void this.insert(entry.name);
    } else if (event.key === "Escape" && !this.list.hidden) this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private async insert(name: string): Promise<void> {
    const place = this.builder.place();
    const reply = await this.builder.link.ask("biophysics.insert", { name, place });
    const notes = (reply?.notes as string[] | undefined) ?? [];
    this.say(reply?.error ?? notes.join(" "), reply?.error !== undefined);
    if (reply?.error) return;
    this.search.value = "";
    this.close();
  }

  private async load(files: File[]): Promise<void> {
    for (const file of files) {
      this.say(`Reading ${file.name} …`, false);
      const reply = await sendFile(this.builder.link, "biophysics.load", file);
      if (reply.error) {
        this.say(reply.error, true);
        return;
      }
      const name = String(reply.name);
      if (reply.kind === "density") this.search.value = name;
      const notes = (reply.notes as string[] | undefined) ?? [];
      this.say([`${file.name}: loaded as ${name}.`, ...notes].join(" "), false);
    }
    this.search.focus();
  }

  private say(text: string, bad: boolean): void {
    this.news.textContent = text;
    this.news.className = `rb-insert-news ${bad ? "rb-error" : "rb-quiet"}`;
  }
}
