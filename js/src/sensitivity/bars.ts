// A bar for each parameter, the longest first: to the right what it adds, to the left what it takes away.

import { formatNumber } from "../controls/number";
import { element } from "../dom";

export interface Bar {
  name: string;
  value: string;
  unit: string;
  effect: number;
}

export interface BarsInfo {
  title?: string;
  unit?: string;
  value?: number;
  change?: number;
  more?: number;
}

export class Bars {
  readonly root: HTMLElement;
  private readonly heading = element("p", { class: "rb-bars-heading" });
  private readonly list = element("div", {
    class: "rb-bars-list",
    role: "listbox",
    "aria-label": "Parameters by their effect",
  });
  private readonly rest = element("p", { class: "rb-quiet rb-bars-rest" });
  private rows = new Map<string, HTMLElement>();

  constructor(private readonly choose: (name: string) => void) {
    this.root = element("div", { class: "rb-bars" }, this.heading, this.list, this.rest);
    this.list.addEventListener("keydown", (event) => this.pressed(event));
  }

  show(bars: Bar[], info: BarsInfo, chosen: string): void {
    const unit = info.unit ?? "";
    const now = info.value === undefined ? "" : signless(info.value);
    this.heading.hidden = info.title === undefined;
    this.heading.replaceChildren(
      element("strong", {}, info.title ?? ""),
      element(
        "span",
        { class: "rb-quiet" },
        ` now ${now} ${unit}; what +${info.change ?? 0} % of each does:`,
      ),
    );
    const reach = Math.max(...bars.map((bar) => Math.abs(bar.effect)), Number.MIN_VALUE);
    const known = this.rows;
    this.rows = new Map();
    const focused = (document.activeElement as HTMLElement | null)?.dataset?.parameter;
    this.list.replaceChildren(
      ...bars.map((bar) => {
        const row = known.get(bar.name) ?? this.row(bar.name);
        this.rows.set(bar.name, row);
        this.fill(row, bar, reach, unit, bar.name === chosen);
        return row;
      }),
    );
    // Rows that change places keep the focus.
    if (focused !== undefined) this.rows.get(focused)?.focus();
    const more = info.more ?? 0;
    this.rest.textContent = more > 0 ? `and ${more} with less effect` : "";
    this.rest.hidden = more === 0;
  }

  private row(name: string): HTMLElement {
    return element(
      "div",
      {
        class: "rb-bar",
        role: "option",
        "data-parameter": name,
        onclick: () => this.choose(name),
      },
      element("span", { class: "rb-bar-name" }, name),
      element(
        "span",
        { class: "rb-bar-track", "aria-hidden": "true" },
        element("span", { class: "rb-bar-length" }),
      ),
      element("span", { class: "rb-bar-effect" }),
    );
  }

  private fill(row: HTMLElement, bar: Bar, reach: number, unit: string, chosen: boolean): void {
    const length = row.querySelector<HTMLElement>(".rb-bar-length")!;
    const part = (50 * Math.abs(bar.effect)) / reach;
    length.style.width = `${part}%`;
    length.style.left = bar.effect < 0 ? `${50 - part}%` : "50%";
    length.classList.toggle("rb-bar-less", bar.effect < 0);
    const effect = `${signed(bar.effect)} ${unit}`.trim();
    row.querySelector(".rb-bar-effect")!.textContent = effect;
    row.title = `${bar.name} = ${bar.value} ${bar.unit}`.trim();
    row.setAttribute("aria-selected", String(chosen));
    row.setAttribute("aria-label", `${row.title}: ${effect}`);
    row.tabIndex = chosen ? 0 : -1;
  }

  private pressed(event: KeyboardEvent): void {
    const rows = [...this.rows.keys()];
    const at = rows.indexOf((event.target as HTMLElement).dataset.parameter ?? "");
    const moves: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      Home: 0,
      End: rows.length - 1,
    };
    const name = rows[moves[event.key] ?? -1];
    if (name === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.rows.get(name)?.focus();
    this.choose(name);
  }
}

function signless(value: number): string {
  return formatNumber(Number(value.toPrecision(4))).replace("-", "\u2212");
}

function signed(value: number): string {
  const text = signless(Number(value.toPrecision(3)));
  return value > 0 ? `+${text}` : text;
}
