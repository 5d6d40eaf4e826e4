// A tree of lines that open and close, as the ARIA practices describe it: arrows walk and open, Enter shows.

import { element } from "../dom";

export interface Entry {
  id: number;
  title: string;
  detail: string;
  /** Whether a click shows something on the cell. */
  shows: boolean;
  children: Entry[];
}

interface Line {
  entry: Entry;
  path: string;
  parent: Line | null;
  item: HTMLElement;
  row: HTMLElement;
  group: HTMLElement | null;
  lines: Line[] | null;
}

/** Whether an entry, or anything beneath it, has all the words. */
export function fits(entry: Entry, words: readonly string[]): boolean {
  const text = `${entry.title} ${entry.detail}`.toLowerCase();
  return words.every((word) => text.includes(word)) || entry.children.some((child) => fits(child, words));
}

export class Outline {
  readonly root: HTMLElement;
  private entries: readonly Entry[] = [];
  private words: readonly string[] = [];
  private lines: Line[] = [];
  private current: Line | null = null;
  private chosen = "";
  /** The paths of what the person opened; they stay open when the model changes. */
  private readonly opened = new Set<string>();

  constructor(
    label: string,
    private readonly choose: (entry: Entry) => void,
  ) {
    this.root = element("ul", { class: "rb-outline", role: "tree", "aria-label": label });
    this.root.addEventListener("keydown", (event) => this.pressed(event));
  }

  show(entries: readonly Entry[]): void {
    this.entries = entries;
    this.build();
  }

  /** Shows only lines that have all the words, or lie above or beneath one that has. */
  filter(text: string): void {
    this.words = text.toLowerCase().split(/\s+/).filter(Boolean);
    this.build();
  }

  private build(): void {
    const at = this.current?.path;
    this.lines = [];
    this.root.replaceChildren();
    this.current = null;
    this.lines = this.fill(this.root, this.entries, null, this.words);
    const again = at === undefined ? undefined : this.all().find((line) => line.path === at);
    this.focusable(again ?? this.lines[0] ?? null);
    if (this.lines.length === 0) {
      this.root.append(element("li", { class: "rb-quiet rb-outline-none" }, "Nothing has these words."));
    }
  }

  private fill(
    parent: HTMLElement,
    entries: readonly Entry[],
    above: Line | null,
    words: readonly string[],
  ): Line[] {
    const lines: Line[] = [];
    for (const entry of entries) {
      if (words.length > 0 && !fits(entry, words)) continue;
      const line = this.line(entry, above);
      parent.append(line.item);
      lines.push(line);
      // What fits by its own words shows all beneath it; what fits by something beneath it is opened.
      const inner = words.filter((word) => !`${entry.title} ${entry.detail}`.toLowerCase().includes(word));
      if (line.group && (inner.length > 0 || this.opened.has(line.path))) this.open(line, inner);
    }
    return lines;
  }

  private line(entry: Entry, parent: Line | null): Line {
    const opens = entry.children.length > 0;
    const row = element(
      "div",
      { class: entry.shows ? "rb-outline-row rb-outline-shows" : "rb-outline-row" },
      element("span", { class: "rb-outline-mark", "aria-hidden": "true" }, opens ? "▸" : ""),
      element("span", { class: "rb-outline-title" }, entry.title),
      element("span", { class: "rb-outline-detail rb-quiet" }, entry.detail),
    );
    const group = opens ? element("ul", { role: "group" }) : null;
    const item = element("li", {
      role: "treeitem",
      tabindex: "-1",
      "aria-expanded": opens ? "false" : null,
      "aria-selected": "false",
    });
    item.append(row);
    if (group) {
      group.hidden = true;
      item.append(group);
    }
    const path = `${parent?.path ?? ""}/${entry.title}`;
    item.dataset.path = path;
    const line: Line = { entry, path, parent, item, row, group, lines: null };
    if (path === this.chosen) item.setAttribute("aria-selected", "true");
    row.addEventListener("click", (event) => {
      const onMark = (event.target as HTMLElement).classList.contains("rb-outline-mark");
      this.focusable(line);
      item.focus({ preventScroll: true });
      if (!onMark && entry.shows) this.take(line);
      if (onMark || !entry.shows) this.toggle(line);
    });
    return line;
  }

  private take(line: Line): void {
    this.chosen = line.path;
    for (const each of this.all()) {
      each.item.setAttribute("aria-selected", String(each === line));
    }
    this.choose(line.entry);
  }

  private toggle(line: Line): void {
    if (!line.group) return;
    if (line.group.hidden) {
      this.opened.add(line.path);
      this.open(line, []);
    } else {
      this.opened.delete(line.path);
      line.group.hidden = true;
      line.item.setAttribute("aria-expanded", "false");
    }
  }

  private open(line: Line, words: readonly string[]): void {
    if (!line.group) return;
    // Lines are made when they are first seen: a large cell has thousands.
    line.lines ??= this.fill(line.group, line.entry.children, line, words);
    line.group.hidden = false;
    line.item.setAttribute("aria-expanded", "true");
  }

  private all(): Line[] {
    const walk = (lines: Line[]): Line[] => lines.flatMap((line) => [line, ...walk(line.lines ?? [])]);
    return walk(this.lines);
  }

  private visible(): Line[] {
    const walk = (lines: Line[]): Line[] =>
      lines.flatMap((line) => [line, ...(line.group && !line.group.hidden ? walk(line.lines ?? []) : [])]);
    return walk(this.lines);
  }

  private focusable(line: Line | null): void {
    if (this.current) this.current.item.tabIndex = -1;
    this.current = line;
    if (line) line.item.tabIndex = 0;
  }

  private go(line: Line | undefined | null): void {
    if (!line) return;
    this.focusable(line);
    line.item.focus();
  }

  private pressed(event: KeyboardEvent): void {
    const line = this.current;
    if (!line || event.ctrlKey || event.metaKey || event.altKey) return;
    const lines = this.visible();
    const at = lines.indexOf(line);
    const closed = line.group?.hidden ?? true;
    const moves: Record<string, () => void> = {
      ArrowDown: () => this.go(lines[at + 1]),
      ArrowUp: () => this.go(lines[at - 1]),
      Home: () => this.go(lines[0]),
      End: () => this.go(lines[lines.length - 1]),
      ArrowRight: () => (line.group && closed ? this.toggle(line) : this.go(line.lines?.[0])),
      ArrowLeft: () => (line.group && !closed ? this.toggle(line) : this.go(line.parent)),
      Enter: () => (line.entry.shows ? this.take(line) : this.toggle(line)),
      " ": () => this.toggle(line),
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    move();
  }
}
