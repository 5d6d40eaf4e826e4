// NeuroMorpho.Org: what to look for, what was found, and one button to open each.

import { button, element } from "../dom";
import { type Link, refusalOf } from "../link";
import type { Model } from "../model";
import { PATIENCE } from "./page";

interface Found {
  state: "" | "searching" | "downloading" | "done" | "error";
  message: string;
  rows: Record<string, string>[];
}

const FIELDS = [
  ["species", "Species", "rat"],
  ["region", "Brain region", "neocortex"],
  ["cell_type", "Cell type", "pyramidal"],
  ["archive", "Archive", "Markram"],
] as const;

const COLUMNS = [
  ["name", "Name"],
  ["species", "Species"],
  ["cell_type", "Cell type"],
  ["brain_region", "Region"],
  ["archive", "Archive"],
] as const;

export class SitePanel {
  readonly root: HTMLElement;
  private readonly boxes = new Map<string, HTMLInputElement>();
  private readonly message = element("p", { class: "rb-site-message", role: "status" });
  private readonly table = element("div", {
    class: "rb-table-frame",
    tabindex: "0",
    role: "region",
    "aria-label": "Found",
  });
  private readonly look: HTMLButtonElement;

  constructor(
    private readonly model: Model,
    private readonly link: Link,
  ) {
    const fields = FIELDS.map(([name, title, example]) => {
      const box = element("input", {
        type: "text",
        class: "rb-input",
        placeholder: example,
        autocomplete: "off",
        spellcheck: "false",
        "data-field": name,
      });
      box.addEventListener("keydown", (event) => {
        if (event.key === "Enter") void this.search();
      });
      this.boxes.set(name, box);
      return element("label", { class: "rb-site-field" }, element("span", { class: "rb-quiet" }, title), box);
    });
    this.look = button("Search", "Search NeuroMorpho.Org", () => void this.search());
    this.look.dataset.action = "search";
    this.root = element(
      "div",
      { class: "rb-site" },
      element("div", { class: "rb-site-fields" }, ...fields, this.look),
      this.message,
      this.table,
      element(
        "p",
        { class: "rb-quiet" },
        "Reconstructions from NeuroMorpho.Org. Cite the site (RRID:SCR_002145) and the paper of each cell that you use.",
      ),
    );
  }

  show(): void {
    const { state, message, rows } = this.model.get("found") as Found;
    const busy = state === "searching" || state === "downloading";
    this.root.dataset.found = state;
    this.look.disabled = busy;
    this.message.textContent = message;
    this.message.classList.toggle("rb-error", state === "error");
    this.table.hidden = rows.length === 0;
    const head = element(
      "tr",
      {},
      ...COLUMNS.map(([, title]) => element("th", { scope: "col" }, title)),
      element("th", {}, ""),
    );
    const body = rows.map((row) => {
      const open = button("Open", `Download and open ${row.name}`, () => void this.open(String(row.name)));
      open.classList.add("rb-small");
      open.disabled = busy;
      return element(
        "tr",
        { "data-name": row.name },
        ...COLUMNS.map(([name]) => element("td", {}, row[name] ?? "")),
        element("td", {}, open),
      );
    });
    this.table.replaceChildren(
      element("table", { class: "rb-stat-table" }, element("thead", {}, head), element("tbody", {}, ...body)),
    );
  }

  focus(): void {
    this.boxes.get("species")?.focus();
  }

  private async search(): Promise<void> {
    const wanted = Object.fromEntries([...this.boxes].map(([name, box]) => [name, box.value.trim()]));
    this.tell(refusalOf(await this.link.ask("site.search", wanted, performance.now(), PATIENCE)));
  }

  private async open(name: string): Promise<void> {
    this.tell(refusalOf(await this.link.ask("site.open", { name }, performance.now(), PATIENCE)));
  }

  private tell(refusal: string): void {
    if (refusal === "") return;
    this.message.textContent = refusal;
    this.message.classList.add("rb-error");
  }
}
