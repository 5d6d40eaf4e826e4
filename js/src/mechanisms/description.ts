// All about one mechanism: where it comes from, what it has, how its gates move, and into what part of the cell it goes.

import { COLOURS, CurvePlot } from "../curves/curves";
import { button, element } from "../dom";
import type { Reply } from "../link";
import type { Place } from "../store";
import { kindInWords, type Listed } from "./search";

export interface Described extends Listed {
  states: string[];
  currents: string[];
  reads: string[];
  writes: string[];
  parameters: {
    name: string;
    value: string;
    unit: string;
    limits: string;
    scope: "range" | "global";
    doc: string;
  }[];
}

export interface Places {
  regions?: string[];
  sections?: string[];
}

export interface RateInfo {
  name: string;
  panel: string;
  unit: string;
}

type Ask = (action: string, payload: Record<string, unknown>) => Promise<Reply | null>;

export class Description {
  readonly root: HTMLElement;
  private readonly head: HTMLElement;
  private readonly facts: HTMLElement;
  private readonly inserter: HTMLElement;
  private readonly select: HTMLSelectElement;
  private readonly insert: HTMLButtonElement;
  private readonly remove: HTMLButtonElement;
  private readonly put: HTMLButtonElement;
  private readonly message: HTMLElement;
  private readonly curves: HTMLElement;
  private readonly unavailable: HTMLElement;
  private readonly steady: CurvePlot;
  private readonly taus: CurvePlot;
  private described: Described | null = null;
  private shownPlaces = "";
  private target: Place | null = null;
  private insertions = new Set<string>();

  constructor(private readonly ask: Ask) {
    this.head = element("div", { class: "rb-description-head" });
    this.facts = element("div", { class: "rb-description-facts" });
    this.select = element("select", {
      class: "rb-select",
      "aria-label": "Region or section",
      onchange: () => this.offer(),
    });
    this.insert = button("Insert", "Insert into this region", () => this.change("library.insert"));
    this.insert.dataset.action = "insert";
    this.remove = button("Remove", "Take it out of this region", () => this.change("library.remove"));
    this.remove.dataset.action = "remove";
    this.put = button("Place", "Put one at the selected place", () => this.placeOne());
    this.put.dataset.action = "place";
    this.message = element("p", { class: "rb-error", role: "alert" });
    this.inserter = element(
      "div",
      { class: "rb-description-inserter" },
      this.select,
      this.insert,
      this.remove,
      this.put,
    );
    this.steady = new CurvePlot({ title: "Steady state", unit: "1", along: "v (mV)" });
    this.taus = new CurvePlot({ title: "Time constant", unit: "ms", along: "v (mV)" });
    this.curves = element("div", { class: "rb-description-curves" }, this.steady.root, this.taus.root);
    this.unavailable = element("p", { class: "rb-quiet" });
    this.root = element(
      "section",
      { class: "rb-description", "aria-label": "The chosen mechanism" },
      this.head,
      this.inserter,
      this.message,
      this.curves,
      this.unavailable,
      this.facts,
    );
    this.show(null, {});
  }

  show(described: Described | null, places: Places): void {
    if (described?.name !== this.described?.name) this.message.textContent = "";
    this.described = described;
    this.inserter.hidden = described === null || described.kind === "artificial";
    this.offerPlaces(places);
    if (described === null) {
      this.head.replaceChildren(
        element("p", { class: "rb-quiet" }, "Choose a mechanism to read about it and to insert it."),
      );
      this.facts.replaceChildren();
      return;
    }
    const { name, title, kind, source, origin } = described;
    this.head.replaceChildren(
      element("h4", {}, element("b", {}, name), ` ${kindInWords(kind)}`),
      ...(title ? [element("p", {}, title)] : []),
      element("p", { class: "rb-quiet rb-provenance" }, [source, origin].filter(Boolean).join(" · ")),
    );
    this.facts.replaceChildren(...facts(described));
    this.offer();
  }

  /** What is inserted, as "place|mechanism", so that Insert and Remove tell which of them can be done. */
  set inserted(keys: Set<string>) {
    this.insertions = keys;
    this.offer();
  }

  /** The place on the tree where the next point process goes. */
  set selection(place: Place | null) {
    this.target = place;
    this.offer();
  }

  /** Draws the curves of the mechanism named `of`, or tells the `problem` with them. */
  draw(of: string, rates: Float32Array, info: RateInfo[], problem: string): void {
    const current = this.described !== null && of === this.described.name;
    this.root.dataset.curves = current ? of : "";
    if (!current) {
      this.curves.hidden = true;
      this.unavailable.hidden = this.described === null;
      this.unavailable.textContent = "Working out its curves …";
      return;
    }
    const samples = rates.length / (info.length + 1);
    const row = (index: number) => rates.subarray(index * samples, (index + 1) * samples);
    const gates = [...new Set(info.map(({ name }) => name))];
    const panel = (title: string) =>
      info.flatMap(({ name, panel }, index) =>
        panel === title
          ? [{ name, colour: COLOURS[gates.indexOf(name) % COLOURS.length]!, values: row(index + 1) }]
          : [],
      );
    const empty = info.length === 0;
    this.curves.hidden = empty;
    this.unavailable.hidden = !empty;
    this.unavailable.textContent = problem || "It has no gate with a steady state to draw.";
    if (empty) return;
    this.steady.root.hidden = panel("inf").length === 0;
    this.taus.root.hidden = panel("tau").length === 0;
    this.steady.show(row(0), panel("inf"));
    this.taus.show(row(0), panel("tau"));
  }

  restyle(): void {
    this.steady.restyle();
    this.taus.restyle();
  }

  dispose(): void {
    this.steady.dispose();
    this.taus.dispose();
  }

  private offerPlaces({ regions = [], sections = [] }: Places): void {
    const shape = JSON.stringify([regions, sections]);
    if (shape === this.shownPlaces) return;
    this.shownPlaces = shape;
    const before = this.select.value;
    const group = (label: string, names: string[]) => {
      const node = element(
        "optgroup",
        { label },
        ...names.map((name) => element("option", { value: name }, name)),
      );
      return names.length > 0 ? [node] : [];
    };
    const others = sections.filter((name) => !regions.includes(name));
    this.select.replaceChildren(...group("Regions", regions), ...group("Sections", others));
    if ([...regions, ...others].includes(before)) this.select.value = before;
  }

  private offer(): void {
    if (!this.described) return;
    const density = this.described.kind === "density";
    const here = this.insertions.has(`${this.select.value}|${this.described.name}`);
    this.select.hidden = this.insert.hidden = this.remove.hidden = !density;
    this.insert.disabled = here || this.select.value === "";
    this.remove.disabled = !here;
    this.put.hidden = density;
    this.put.textContent = this.target
      ? `Place at ${this.target.section}(${this.target.x})`
      : "Place at the root's middle";
  }

  private change(action: string): void {
    if (!this.described) return;
    void this.report(this.ask(action, { name: this.described.name, place: this.select.value }));
  }

  private placeOne(): void {
    if (!this.described) return;
    void this.report(this.ask("library.place", { name: this.described.name, ...this.target }));
  }

  private async report(answer: Promise<Reply | null>): Promise<void> {
    const reply = await answer;
    if (!reply) return;
    const notes = (reply.notes as string[] | undefined) ?? [];
    this.message.textContent = reply.error ?? notes.join(" ");
    this.message.className = reply.error ? "rb-error" : "rb-quiet";
  }
}

function facts({ states, currents, reads, writes, parameters }: Described): Node[] {
  const lines: [string, string[]][] = [
    ["States", states],
    ["Currents", currents],
    ["Reads", reads],
    ["Writes", writes],
  ];
  const told = lines.filter(([, items]) => items.length > 0);
  const rows = parameters.map(({ name, value, unit, limits, scope, doc }) =>
    element(
      "tr",
      { title: doc || null },
      element("th", { scope: "row" }, name),
      element("td", { class: "rb-amount" }, `${value} `, element("span", { class: "rb-quiet" }, unit)),
      element("td", { class: "rb-quiet" }, limits),
      element("td", { class: "rb-quiet" }, scope === "global" ? "global" : "range"),
    ),
  );
  const table = element(
    "table",
    { class: "rb-parameter-table" },
    element(
      "thead",
      {},
      element(
        "tr",
        {},
        ...["Parameter", "Default", "Limits", "Scope"].map((text) => element("th", { scope: "col" }, text)),
      ),
    ),
    element("tbody", {}, ...rows),
  );
  return [
    ...(rows.length > 0 ? [table] : []),
    ...told.map(([term, items]) =>
      element(
        "p",
        { class: "rb-description-line" },
        element("span", { class: "rb-quiet" }, term),
        element("span", {}, items.join(", ")),
      ),
    ),
  ];
}
