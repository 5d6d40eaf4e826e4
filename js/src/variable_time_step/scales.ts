// The table of types of state: how large each became, how exactly it was followed, and its scale.

import { formatNumber, parseTyped } from "../controls/number";
import { button, element } from "../dom";
import { type Link, refusalOf } from "../link";

export interface StateScale {
  name: string;
  unit: string;
  scale: number;
  largest: number | null;
  error: number | null;
  /** The error tolerated in a step. */
  allowed: number | null;
  changed: boolean;
}

interface Row {
  root: HTMLTableRowElement;
  box: HTMLInputElement;
  undo: HTMLButtonElement;
  cells: Record<"largest" | "error" | "allowed", HTMLTableCellElement>;
  meter: HTMLMeterElement;
}

export class ScaleTable {
  readonly root: HTMLElement;
  private readonly body = element("tbody");
  private readonly table: HTMLTableElement;
  private readonly empty: HTMLElement;
  private readonly rescale: HTMLButtonElement;
  private readonly original: HTMLButtonElement;
  private readonly message = element("p", { class: "rb-error", role: "alert" });
  private readonly rows = new Map<string, Row>();

  constructor(private readonly link: Link) {
    const analyse = button(
      "Analysis Run",
      "Switch to the variable step and run, so that the table fills",
      () => void this.ask("analysis"),
      "rb-button rb-button-accent",
    );
    analyse.dataset.action = "analysis";
    this.rescale = button(
      "Rescale",
      "Scale each type of state to the power of ten of its largest magnitude",
      () => void this.ask("scale.rescale"),
    );
    this.rescale.dataset.action = "rescale";
    this.original = button(
      "Original",
      "Give every type of state its first scale",
      () => void this.ask("scale.original", { name: "" }),
    );
    this.original.dataset.action = "original";
    this.table = element(
      "table",
      { class: "rb-scales", "aria-label": "Scales of the absolute tolerance" },
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          ...["State", "Scale", "Largest", "Error in a step", "Tolerance", ""].map((text) =>
            element("th", { scope: "col" }, text),
          ),
        ),
      ),
      this.body,
    );
    this.empty = element(
      "p",
      { class: "rb-quiet" },
      "Each type of state may have a tolerance of its own size: a calcium concentration of 1e-4 mM is followed not at all " +
        "by a tolerance that suits voltages. Analysis Run switches to the variable step and shows how large each became.",
    );
    this.root = element(
      "section",
      { class: "rb-scales-panel", "aria-label": "Details" },
      element(
        "div",
        { class: "rb-section-head" },
        element("strong", {}, "Tolerance by state"),
        element("span", { class: "rb-group" }, analyse, this.rescale, this.original),
      ),
      this.message,
      this.empty,
      element("div", { class: "rb-scales-scroll" }, this.table),
    );
  }

  show(scales: StateScale[], scaled: boolean): void {
    const names = new Set(scales.map(({ name }) => name));
    for (const [name, row] of this.rows) {
      if (names.has(name)) continue;
      row.root.remove();
      this.rows.delete(name);
    }
    for (const scale of scales) {
      const row = this.rows.get(scale.name) ?? this.add(scale.name);
      this.update(row, scale);
      this.body.append(row.root);
    }
    this.empty.hidden = scales.length > 0;
    this.table.hidden = scales.length === 0;
    this.rescale.disabled = !scales.some(({ largest }) => largest !== null);
    this.original.disabled = !scaled;
  }

  private add(name: string): Row {
    const box = element("input", {
      type: "text",
      class: "rb-number",
      inputmode: "decimal",
      autocomplete: "off",
      spellcheck: "false",
      "aria-label": `Scale of ${name}`,
      onchange: () => {
        const value = parseTyped(box.value);
        if (value !== "") void this.ask("scale.set", { name, value });
      },
    });
    // JupyterLab keeps Enter from becoming a change.
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter") box.dispatchEvent(new Event("change"));
    });
    const times = (text: string, words: string, factor: number) =>
      button(
        text,
        `${words} the scale of ${name} by 10`,
        () => void this.ask("scale.times", { name, factor }),
        "rb-button rb-small",
      );
    const undo = button(
      "↺",
      `Give ${name} its first scale`,
      () => void this.ask("scale.original", { name }),
      "rb-reset",
    );
    const cell = () => element("td");
    const cells = { largest: cell(), error: cell(), allowed: cell() };
    const meter = element("meter", {
      min: "0",
      max: "1",
      "aria-label": `Error of ${name} against its tolerance`,
    });
    const root = element(
      "tr",
      { "data-state-type": name },
      element("th", { scope: "row" }, name),
      element(
        "td",
        {},
        element(
          "span",
          { class: "rb-scale" },
          times("÷10", "Divide", 0.1),
          box,
          times("×10", "Multiply", 10),
          undo,
        ),
      ),
      cells.largest,
      cells.error,
      cells.allowed,
      element("td", {}, meter),
    );
    const row = { root, box, undo, cells, meter };
    this.rows.set(name, row);
    return row;
  }

  private update(row: Row, { scale, largest, error, allowed, unit, changed }: StateScale): void {
    if (document.activeElement !== row.box || row.root.dataset.scale !== String(scale))
      row.box.value = formatNumber(scale);
    row.root.dataset.scale = String(scale);
    row.root.classList.toggle("rb-changed", changed);
    row.undo.style.visibility = changed ? "" : "hidden";
    for (const [key, value] of Object.entries({ largest, error, allowed })) {
      const cell = row.cells[key as keyof Row["cells"]];
      cell.replaceChildren(
        value === null ? "" : formatNumber(Number(value.toPrecision(3))),
        element("span", { class: "rb-quiet" }, value === null || unit === "" ? "" : ` ${unit}`),
      );
    }
    const share = error === null || !allowed ? 0 : error / allowed;
    row.meter.value = Math.min(1, share);
    row.meter.hidden = error === null;
    row.meter.title = `${(100 * share).toPrecision(2)} % of its tolerance; a step is judged by the mean square over all states`;
  }

  private async ask(action: string, payload: Record<string, unknown> = {}): Promise<void> {
    this.message.textContent = refusalOf(await this.link.ask(action, payload));
  }
}
