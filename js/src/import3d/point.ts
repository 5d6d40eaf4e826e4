// The chosen point: what the file says of it, and what a hand can do to it.

import { parseTyped } from "../controls/number";
import { button, element } from "../dom";
import { type Link, refusalOf } from "../link";
import type { Model } from "../model";
import { excerptElement, excerptOf, PATIENCE, showExcerpt } from "./page";

interface Point {
  sample: number;
  id: string;
  line: number;
  type: number;
  kind: string;
  x: number;
  y: number;
  z: number;
  diam: number;
  parent: string;
  parent_line: number | null;
  children: number;
  beyond: number;
}

export interface PointEvents {
  choose(sample: number): void;
  /** The next click on a point is where the chosen one is to be joined, or no longer. */
  joining(on: boolean): void;
}

export class PointPanel {
  readonly root: HTMLElement;
  private readonly line: HTMLInputElement;
  private readonly facts = element("div", { class: "rb-facts" });
  private readonly excerpt = excerptElement();
  private readonly message = element("p", { class: "rb-error", role: "alert" });
  private readonly none = element(
    "p",
    { class: "rb-quiet" },
    "Click a point in the picture, or give the number of its line, to see and change it.",
  );
  private readonly tools = element("div", { class: "rb-point-tools" });
  private readonly join: HTMLButtonElement;
  private readonly type: HTMLInputElement;
  private readonly diam: HTMLInputElement;
  private point: Point | null = null;
  private asked = "";

  constructor(
    private readonly model: Model,
    private readonly link: Link,
    private readonly events: PointEvents,
  ) {
    const box = (label: string, value = "", width = "7ch") => {
      const node = element("input", {
        type: "text",
        class: "rb-input rb-small",
        "aria-label": label,
        inputmode: "decimal",
        autocomplete: "off",
        spellcheck: "false",
        value,
      });
      node.style.width = width;
      return node;
    };
    this.line = box("Line of the file");
    this.line.dataset.field = "line";
    const go = button("Go", "Choose the point of this line", () => void this.goTo(), "rb-button rb-small");
    go.dataset.action = "go";
    this.line.addEventListener("keydown", (event) => {
      if (event.key === "Enter") void this.goTo();
    });
    const jump = this.tool(
      "Largest z jump",
      "Choose the point whose z is furthest from its parent's",
      "edit.z_jump",
    );

    const dz = box("Shift in z, um", "");
    dz.dataset.field = "dz";
    const parentLine = box("Line of the new parent");
    parentLine.dataset.field = "parent-line";
    this.join = button("Click it…", "Then click the point to join it to; Esc cancels", () =>
      this.setJoining(this.join.getAttribute("aria-pressed") !== "true"),
    );
    this.join.classList.add("rb-small");
    this.join.dataset.action = "join-by-click";
    this.join.setAttribute("aria-pressed", "false");
    this.type = box("Type of the point", "", "5ch");
    this.type.dataset.field = "type";
    this.type.setAttribute("list", `rb-types-${Math.random().toString(36).slice(2, 8)}`);
    const known = element(
      "datalist",
      { id: this.type.getAttribute("list") },
      ...["1 soma", "2 axon", "3 dend", "4 apic"].map((text) =>
        element("option", { value: text.slice(0, 1) }, text.slice(2)),
      ),
    );
    this.diam = box("Diameter, um");
    this.diam.dataset.field = "diam";
    const window = box("Points in the window", "3", "4ch");
    window.dataset.field = "window";

    this.tools.append(
      row(
        "z of the tree from here",
        element("span", { class: "rb-with-unit" }, dz, "µm"),
        this.tool("Shift", "Shift this point and all beyond it in z", "edit.shift", () => ({
          dz: parseTyped(dz.value),
        })),
        this.tool(
          "Level with parent",
          "Shift this point and all beyond it to the z of its parent",
          "edit.level",
        ),
      ),
      row(
        "smooth",
        this.tool("Average", "Put the point halfway between its neighbours", "edit.average"),
        this.tool(
          "Median of z",
          "Give every point the median z of the points around it",
          "edit.median",
          () => ({
            window: parseTyped(window.value),
          }),
        ),
        element("span", { class: "rb-with-unit" }, "of", window, "points, everywhere"),
      ),
      row(
        "parent",
        element("span", { class: "rb-with-unit" }, "line", parentLine),
        this.tool("Join", "Make the point of that line the parent of this one", "edit.reattach", () => ({
          line: parseTyped(parentLine.value),
        })),
        this.join,
      ),
      row(
        "type",
        this.type,
        known,
        this.tool(
          "Set from here on",
          "Give this type to the point and to all beyond it",
          "edit.type",
          () => ({
            type: parseTyped(this.type.value),
            subtree: true,
          }),
        ),
        this.tool("Only here", "Give this type to the point alone", "edit.type", () => ({
          type: parseTyped(this.type.value),
          subtree: false,
        })),
      ),
      row(
        "diameter",
        element("span", { class: "rb-with-unit" }, this.diam, "µm"),
        this.tool("Set", "Give the point this diameter", "edit.diam", () => ({
          diam: parseTyped(this.diam.value),
        })),
      ),
      row("tree from here", this.tool("Remove", "Take out this point and all beyond it", "edit.remove")),
    );
    this.root = element(
      "div",
      { class: "rb-point" },
      element(
        "div",
        { class: "rb-point-head" },
        element("span", { class: "rb-with-unit" }, "Line", this.line),
        go,
        jump,
      ),
      this.message,
      this.none,
      this.facts,
      this.excerpt,
      this.tools,
    );
  }

  get joining(): boolean {
    return this.join.getAttribute("aria-pressed") === "true";
  }

  setJoining(on: boolean): void {
    this.join.setAttribute("aria-pressed", String(on));
    this.events.joining(on);
  }

  /** Joins the chosen point to another. */
  joinTo(parent: number): void {
    this.setJoining(false);
    if (this.point) void this.ask("edit.reattach", { sample: this.point.sample, parent });
  }

  show(): void {
    const raw = this.model.get("point") as Point | Record<string, never> | null;
    this.point = raw && "sample" in raw ? (raw as Point) : null;
    const { point } = this;
    this.none.hidden = point !== null;
    this.tools.hidden = this.facts.hidden = point === null;
    this.root.dataset.sample = point ? String(point.sample) : "";
    if (!point) {
      this.excerpt.hidden = true;
      this.asked = "";
      if (this.joining) this.setJoining(false);
      return;
    }
    if (document.activeElement !== this.line) this.line.value = String(point.line);
    if (document.activeElement !== this.type) this.type.value = String(point.type);
    if (document.activeElement !== this.diam) this.diam.value = String(point.diam);
    const facts: [string, string][] = [
      ["id", point.id],
      ["type", `${point.type} ${point.kind}`],
      ["x, y, z", `${point.x}, ${point.y}, ${point.z} µm`],
      ["diameter", `${point.diam} µm`],
      ["parent", point.parent_line === null ? "none: a root" : `${point.parent} (line ${point.parent_line})`],
      [
        "beyond",
        `${point.children} ${point.children === 1 ? "child" : "children"}, ${point.beyond} points in all`,
      ],
    ];
    this.facts.replaceChildren(
      ...facts.flatMap(([name, value]) => [
        element("span", { class: "rb-quiet" }, name),
        element("span", { "data-fact": name }, value),
      ]),
    );
    const wanted = `${this.model.get("opened")}:${point.line}`;
    if (wanted === this.asked) return;
    this.asked = wanted;
    void this.link.ask("source.lines", { line: point.line }).then((reply) => {
      if (this.asked === wanted) showExcerpt(this.excerpt, excerptOf(reply), point.line);
    });
  }

  private tool(
    text: string,
    label: string,
    action: string,
    fields: () => Record<string, unknown> = () => ({}),
  ): HTMLButtonElement {
    const node = button(text, label, () => {
      const own = action === "edit.z_jump" ? {} : { sample: this.point?.sample ?? -1 };
      void this.ask(action, { ...own, ...fields() });
    });
    node.classList.add("rb-small");
    node.dataset.action = action;
    return node;
  }

  private async goTo(): Promise<void> {
    await this.ask("point.at_line", { line: parseTyped(this.line.value) });
  }

  private async ask(action: string, fields: Record<string, unknown>): Promise<void> {
    const reply = await this.link.ask(action, fields, performance.now(), PATIENCE);
    this.message.textContent = refusalOf(reply);
    if (typeof reply?.sample === "number") this.events.choose(reply.sample);
  }
}

function row(name: string, ...parts: (Node | string)[]): HTMLElement {
  return element(
    "div",
    { class: "rb-point-row", role: "group", "aria-label": name },
    element("span", { class: "rb-quiet" }, name),
    element("span", { class: "rb-point-parts" }, ...parts),
  );
}
