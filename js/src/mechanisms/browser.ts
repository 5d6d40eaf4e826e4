// All mechanisms there are: searched, read about, put into the cell, and loaded from files.

import { modPicker } from "../controls/picker";
import { sendFile, takeDrops } from "../controls/upload";
import { element } from "../dom";
import type { Link, Reply } from "../link";
import type { Place } from "../store";
import { type Described, Description, type Places } from "./description";
import { find, type Listed } from "./search";

export class MechanismBrowser {
  readonly root: HTMLElement;
  readonly description: Description;
  private readonly search: HTMLInputElement;
  private readonly list: HTMLElement;
  private readonly count: HTMLElement;
  private readonly news: HTMLElement;
  private readonly stopDrops: () => void;
  private listed: Listed[] = [];
  private found: Listed[] = [];
  private chosen = "";

  constructor(private readonly link: Link) {
    this.search = element("input", {
      type: "search",
      class: "rb-input rb-library-search",
      placeholder: "Name, ion, paper",
      "aria-label": "Search mechanisms by name, ion or description",
      oninput: () => this.refresh(),
    });
    this.count = element("span", { class: "rb-quiet rb-library-count", role: "status" });
    this.list = element("div", { class: "rb-library-list", role: "listbox", "aria-label": "Mechanisms" });
    this.list.addEventListener("keydown", (event) => this.pressed(event));
    const picker = modPicker((files) => void this.load(files));
    picker.button.dataset.action = "load-mod";
    this.news = element("div", { class: "rb-library-news", role: "alert" });
    this.description = new Description((action, payload) => this.link.ask(action, payload));
    this.root = element(
      "div",
      { class: "rb-library" },
      element(
        "div",
        { class: "rb-library-finder" },
        element("div", { class: "rb-library-tools" }, this.search, picker.button, picker.input),
        this.count,
        this.list,
        this.news,
      ),
      this.description.root,
    );
    this.stopDrops = takeDrops(this.root, (files) => void this.load(files));
    // A mechanism loaded by a cell of the notebook is not announced: look when a hand comes near.
    this.search.addEventListener("focus", () => void this.link.ask("library.list"));
  }

  show(listed: Listed[]): void {
    this.listed = listed;
    this.refresh();
  }

  describe(described: Described | null, places: Places): void {
    this.chosen = described?.name ?? "";
    this.description.show(described, places);
    this.mark();
  }

  set selection(place: Place | null) {
    this.description.selection = place;
  }

  async choose(name: string): Promise<void> {
    if (name === this.chosen) return;
    this.chosen = name;
    this.mark();
    const reply = await this.link.ask("library.choose", { name });
    if (reply?.error) this.tell([{ text: reply.error, bad: true }]);
  }

  /** Loads each file in turn and says of each what became of it. */
  async load(files: File[]): Promise<void> {
    const told: { text: string; bad: boolean }[] = [];
    for (const file of files) {
      this.tell([...told, { text: `Reading ${file.name} …`, bad: false }]);
      const reply = await sendFile(this.link, "library.load", file);
      told.push(...outcome(file.name, reply));
      this.tell(told);
    }
  }

  dispose(): void {
    this.stopDrops();
    this.description.dispose();
  }

  private refresh(): void {
    this.found = find(this.listed, this.search.value);
    const all = this.listed.length;
    this.count.textContent =
      this.found.length === all ? `${all} mechanisms` : `${this.found.length} of ${all} mechanisms`;
    this.list.replaceChildren(...this.found.map((entry) => this.row(entry)));
    this.mark();
  }

  private row({ name, kind, title, ions, origin }: Listed): HTMLElement {
    return element(
      "div",
      {
        class: "rb-library-row",
        role: "option",
        "data-name": name,
        "aria-label": [name, title, origin].filter(Boolean).join(", "),
        onclick: () => void this.choose(name),
      },
      element("b", {}, name),
      element("span", { class: "rb-library-ions" }, kind === "density" ? ions.join(" ") : kind),
      element("span", { class: "rb-library-title" }, title || origin),
    );
  }

  private mark(): void {
    const rows = [...this.list.querySelectorAll<HTMLElement>("[role=option]")];
    const chosen = rows.find((row) => row.dataset.name === this.chosen);
    for (const row of rows) {
      row.setAttribute("aria-selected", String(row === chosen));
      row.tabIndex = row === (chosen ?? rows[0]) ? 0 : -1;
    }
  }

  private pressed(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    const focused = (document.activeElement as HTMLElement | null)?.dataset.name ?? this.chosen;
    const from = this.found.findIndex(({ name }) => name === focused);
    const next = this.found[Math.max(0, Math.min(this.found.length - 1, from + (step ?? 0)))];
    if (!next) return;
    void this.choose(next.name);
    this.list.querySelector<HTMLElement>(`[data-name="${CSS.escape(next.name)}"]`)?.focus();
  }

  private tell(messages: { text: string; bad: boolean }[]): void {
    this.news.replaceChildren(
      ...messages.map(({ text, bad }) => element("p", { class: bad ? "rb-error" : "rb-quiet" }, text)),
    );
    this.news.scrollTop = this.news.scrollHeight;
  }
}

/** What became of a file, in words. */
export function outcome(file: string, reply: Reply): { text: string; bad: boolean }[] {
  if (reply.error) {
    const text = reply.error.startsWith(file) ? reply.error : `${file}: ${reply.error}`;
    return [{ text, bad: true }];
  }
  const notes = (reply.notes as string[] | undefined) ?? [];
  return [
    { text: `${file}: loaded as ${String(reply.name)}`, bad: false },
    ...notes.map((text) => ({ text, bad: false })),
  ];
}
