// The electrodes of a cell: a list with a colour and a letter each, and the parameters of the chosen one.

import type { Quantity } from "../controls/field";
import { Fields } from "../controls/fields";
import { parseTyped } from "../controls/number";
import { button, element } from "../dom";
import type { Link, Reply } from "../link";
import type { Place } from "../store";

export interface Electrode {
  name: string;
  letter: string;
  colour: string;
  title: string;
  section: string;
  x: number;
  where: string;
  /** Belongs to the protocol, so it can't be changed here. */
  fixed: boolean;
  /** The parameter that stands as the large slider. */
  main: string;
  parameters: Quantity[];
}

export interface ElectrodeKind {
  mechanism: string;
  title: string;
  doc: string;
}

export interface ClampsEvents {
  /** The electrode that waits for a place on the tree, or null. */
  moving(name: string | null): void;
  chosen(electrode: Electrode | null): void;
}

export class ClampsView {
  readonly root: HTMLElement;
  readonly main: Fields;
  private readonly link: Link;
  private readonly list: HTMLElement;
  private readonly adders: HTMLElement;
  private readonly message: HTMLElement;
  private readonly empty: HTMLElement;
  private readonly note: HTMLElement;
  private readonly fields: Fields;
  private readonly place: HTMLElement;
  private readonly section: HTMLInputElement;
  private readonly x: HTMLInputElement;
  private readonly sections: HTMLDataListElement;
  private electrodes: Electrode[] = [];
  private kinds: ElectrodeKind[] = [];
  private target: Place | null = null;
  private chosen: string | null = null;
  private moving: string | null = null;
  private rowShape = "";

  constructor(
    link: Link,
    private readonly events: ClampsEvents,
  ) {
    this.link = link;
    const id = `rb-sections-${Math.random().toString(36).slice(2, 8)}`;
    this.main = new Fields(link, { action: "clamp.set", large: true, className: "rb-main-field" });
    this.fields = new Fields(link, { action: "clamp.set" });
    this.list = element("div", { class: "rb-electrodes", role: "listbox", "aria-label": "Electrodes" });
    this.list.addEventListener("keydown", (event) => this.pressed(event));
    this.adders = element("div", { class: "rb-adders", role: "group", "aria-label": "Add an electrode" });
    this.message = element("div", { class: "rb-error", role: "alert" });
    this.empty = element("p", { class: "rb-empty" }, "No electrode yet. Add one to clamp the cell.");
    this.note = element(
      "p",
      { class: "rb-quiet" },
      "This electrode belongs to the protocol that was given, so it is not changed here.",
    );
    this.sections = element("datalist", { id });
    const move = () => this.movedByHand();
    // JupyterLab keeps Enter from becoming a change.
    const enter = (event: Event) => (event as KeyboardEvent).key === "Enter" && move();
    this.section = element("input", {
      class: "rb-input rb-place-section",
      list: id,
      onchange: move,
      onkeydown: enter,
    });
    this.section.setAttribute("aria-label", "Section of the electrode");
    this.x = element("input", {
      class: "rb-input rb-place-x",
      inputmode: "decimal",
      onchange: move,
      onkeydown: enter,
    });
    this.x.setAttribute("aria-label", "Position along the section, 0 to 1");
    this.place = element(
      "div",
      { class: "rb-place" },
      element("span", { class: "rb-field-label" }, "Location"),
      element("span", {}, this.section, "(", this.x, ")"),
    );
    this.root = element(
      "div",
      { class: "rb-clamps" },
      element("div", { class: "rb-clamps-list" }, this.adders, this.message, this.list),
      element(
        "div",
        { class: "rb-clamps-detail" },
        this.empty,
        this.place,
        this.note,
        this.fields.root,
        this.sections,
      ),
    );
  }

  show(electrodes: Electrode[], kinds: ElectrodeKind[], sections: string[]): void {
    const known = new Set(this.electrodes.map((electrode) => electrode.name));
    const fresh = electrodes.filter((electrode) => !known.has(electrode.name));
    this.electrodes = electrodes;
    if (kinds !== this.kinds) this.offer(kinds);
    if (this.sections.children.length !== sections.length) {
      this.sections.replaceChildren(...sections.map((name) => element("option", { value: name })));
    }
    if (!electrodes.some((electrode) => electrode.name === this.moving)) this.setMoving(null);
    const gone = !electrodes.some((electrode) => electrode.name === this.chosen);
    if (fresh.length > 0 && known.size > 0) this.chosen = fresh.at(-1)!.name;
    else if (gone) this.chosen = electrodes[0]?.name ?? null;
    this.refresh();
  }

  /** Where the next electrode goes: what was last clicked on the tree, or the middle of the root. */
  set selection(place: Place | null) {
    this.target = place;
  }

  /** Puts the electrode that is being moved at `place`; false when none is. */
  placeMoving(place: Place): boolean {
    if (this.moving === null) return false;
    const name = this.moving;
    this.setMoving(null);
    void this.report(this.link.ask("clamp.move", { name, ...place }));
    return true;
  }

  /** A new electrode of the kind `mechanism` at `place`. */
  add(mechanism: string, place: Place | null): void {
    void this.report(this.link.ask("clamp.add", { mechanism, ...place }));
  }

  choose(name: string): void {
    this.chosen = name;
    this.refresh();
  }

  setMoving(name: string | null): void {
    if (this.moving === name) return;
    this.moving = name;
    this.refresh();
    this.events.moving(name);
  }

  private offer(kinds: ElectrodeKind[]): void {
    this.kinds = kinds;
    this.adders.replaceChildren(
      ...kinds.map(({ mechanism, title, doc }) => {
        const node = button(`+ ${title}`, doc || title, () => this.add(mechanism, this.target));
        node.dataset.add = mechanism;
        return node;
      }),
    );
  }

  private refresh(): void {
    this.refreshRows();
    const electrode = this.electrodes.find(({ name }) => name === this.chosen) ?? null;
    this.empty.hidden = electrode !== null;
    this.place.hidden = electrode === null;
    this.note.hidden = !electrode?.fixed;
    this.fields.show(electrode && !electrode.fixed ? electrode.parameters : []);
    const main = electrode?.parameters.find(({ key }) => key === electrode.main);
    this.main.root.style.setProperty("--rb-electrode", electrode?.colour ?? "transparent");
    this.main.show(main && !electrode!.fixed ? [{ ...main, label: mainLabel(electrode!, main) }] : []);
    if (electrode) {
      this.section.disabled = this.x.disabled = electrode.fixed;
      if (document.activeElement !== this.section) this.section.value = electrode.section;
      if (document.activeElement !== this.x) this.x.value = String(Number(electrode.x.toFixed(4)));
    }
    this.events.chosen(electrode);
  }

  /** Rows are made anew only when they change, so that a run's echo never takes a button from under the pointer. */
  private refreshRows(): void {
    const rows = this.electrodes.map(({ name, letter, where, title, fixed }) => [
      name,
      letter,
      where,
      title,
      fixed,
    ]);
    const shape = JSON.stringify([rows, this.chosen, this.moving]);
    if (shape === this.rowShape) return;
    this.rowShape = shape;
    const focused = this.list.contains(document.activeElement);
    this.list.replaceChildren(...this.electrodes.map((electrode) => this.row(electrode)));
    if (focused) this.list.querySelector<HTMLElement>("[aria-selected=true]")?.focus();
  }

  private row(electrode: Electrode): HTMLElement {
    const { name, letter, colour, title, where, fixed } = electrode;
    const chosen = name === this.chosen;
    const badge = element("span", { class: "rb-letter", "aria-hidden": "true" }, letter);
    badge.style.setProperty("--rb-electrode", colour);
    const option = element(
      "div",
      {
        class: "rb-electrode",
        role: "option",
        tabindex: chosen ? "0" : "-1",
        "aria-selected": String(chosen),
        "aria-label": `Electrode ${letter}, ${title} at ${where}`,
        "data-name": name,
        onclick: () => this.choose(name),
      },
      badge,
      element("span", { class: "rb-electrode-title" }, title),
      element("span", { class: "rb-electrode-where" }, fixed ? `${where}, protocol` : where),
    );
    if (fixed) return option;
    const moving = this.moving === name;
    const move = button(
      moving ? "Click the tree…" : "Move",
      moving ? "Cancel moving (Esc)" : `Move electrode ${letter}: then click the tree`,
      (event) => {
        event.stopPropagation();
        this.chosen = name;
        this.setMoving(moving ? null : name);
      },
      "rb-button rb-small",
    );
    move.setAttribute("aria-pressed", String(moving));
    move.dataset.move = name;
    const remove = button(
      "×",
      `Remove electrode ${letter}`,
      (event) => {
        event.stopPropagation();
        void this.report(this.link.ask("clamp.remove", { name }));
      },
      "rb-button rb-small",
    );
    remove.dataset.remove = name;
    option.append(move, remove);
    return option;
  }

  private movedByHand(): void {
    if (this.chosen === null) return;
    const x = parseTyped(this.x.value);
    void this.report(
      this.link.ask("clamp.move", { name: this.chosen, section: this.section.value.trim(), x }),
    );
  }

  private pressed(event: KeyboardEvent): void {
    if (event.target instanceof HTMLButtonElement) return;
    const index = this.electrodes.findIndex(({ name }) => name === this.chosen);
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const next = this.electrodes[index + step];
    if (step !== 0 && next) {
      event.preventDefault();
      this.choose(next.name);
    } else if (event.key === "Delete" && this.chosen !== null) {
      event.preventDefault();
      void this.report(this.link.ask("clamp.remove", { name: this.chosen }));
    }
  }

  private async report(answer: Promise<Reply | null>): Promise<void> {
    const reply = await answer;
    if (reply) this.message.textContent = reply.error ?? "";
  }
}

function mainLabel({ letter, title }: Electrode, main: Quantity): string {
  return `${letter}  ${title.replace(/ clamp$/, "")} ${main.label}`;
}
