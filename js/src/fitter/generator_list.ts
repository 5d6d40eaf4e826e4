// The runs, each with what it is held against, functions and fits: on or off, drawn or not, in which order, how much
// each counts.

import { formatNumber } from "../controls/number";
import { NumberBox } from "../controls/number_box";
import { button, element } from "../dom";
import type { Link, Reply } from "../link";

interface Match {
  run: string;
  index: number;
  label: string;
  method: string;
  on: boolean;
  weight: number;
  scale: number;
  options: Record<string, number | null>;
}

export interface Generator {
  kind: "run" | "function" | "fit";
  name: string;
  on: boolean;
  weight: number;
  words: string;
  matches: Match[];
}

export interface ErrorMethod {
  name: string;
  doc: string;
}

export class GeneratorList {
  readonly root = element("div", { class: "rb-fit-generators" });
  private shown = "";

  constructor(
    private readonly link: Link,
    private readonly tell: (reply: Reply | null) => void,
    /** Which are not drawn, as "kind|name", and what follows a change of them. */
    private readonly hidden: Set<string>,
    private readonly redraw: () => void,
  ) {}

  show(generators: Generator[], methods: ErrorMethod[]): void {
    const shape = JSON.stringify([generators, methods.map(({ name }) => name)]);
    if (shape === this.shown) return;
    this.shown = shape;
    const focused = (document.activeElement as HTMLElement | null)?.dataset?.control;
    this.root.replaceChildren(
      ...generators.map((each) => {
        const alike = generators.filter(({ kind }) => kind === each.kind);
        return this.generator(each, alike.indexOf(each), alike.length, methods);
      }),
      ...(generators.length === 0
        ? [
            element(
              "p",
              { class: "rb-quiet rb-fit-none" },
              "Nothing yet: load data, or add a formula or a fit.",
            ),
          ]
        : []),
    );
    if (focused) this.focus(focused);
  }

  /** The list is built anew with each edit; what had the focus gets it back, or, where it cannot, the name beside. */
  private focus(control: string): void {
    const nodes = [...this.root.querySelectorAll<HTMLElement>("[data-control]")];
    const node = nodes.find(({ dataset }) => dataset.control === control);
    if (node?.matches(":disabled"))
      node.closest(".rb-fit-run")?.querySelector<HTMLElement>(".rb-fit-run-name")?.focus();
    else node?.focus();
  }

  private generator(each: Generator, k: number, count: number, methods: ErrorMethod[]): HTMLElement {
    const { kind, name, on, weight, words, matches } = each;
    const who = `${kind}|${name}`;
    const change = (field: string, value: unknown) =>
      this.link.ask("generator.set", { kind, name, field, value });
    const marked = <T extends HTMLElement>(node: T, what: string): T => {
      node.dataset.control = `${who}|${what}`;
      return node;
    };
    const check = marked(
      element("input", {
        type: "checkbox",
        class: "rb-check",
        checked: on,
        "aria-label": `Count ${name}`,
        onchange: async () => this.tell(await change("on", check.checked)),
      }),
      "on",
    );
    const title = marked(
      element("input", {
        type: "text",
        class: "rb-fit-run-name",
        value: name,
        spellcheck: "false",
        "aria-label": `Name of the ${kind} ${name}`,
        onchange: () => void this.rename(kind, name, title),
      }),
      "name",
    );
    title.addEventListener("keydown", (event) => {
      if (event.key === "Enter") title.dispatchEvent(new Event("change"));
    });
    const box = new NumberBox({ label: "×", doc: `Weight of ${name}`, width: 5 }, (value) =>
      change("weight", value),
    );
    box.show(weight);
    const tool = (text: string, label: string, action: string, fields: Record<string, unknown> = {}) => {
      const node = marked(
        button(text, label, () => void this.ask(action, { kind, name, ...fields }), "rb-reset"),
        text,
      );
      node.dataset.action = action;
      return node;
    };
    const up = tool("↑", `Move ${name} up (Alt+↑)`, "generator.move", { by: -1 });
    const down = tool("↓", `Move ${name} down (Alt+↓)`, "generator.move", { by: 1 });
    up.disabled = k === 0;
    down.disabled = k >= count - 1;
    const drawn = marked(
      button(
        "∿",
        `Draw ${name}`,
        () => {
          if (!this.hidden.delete(who)) this.hidden.add(who);
          drawn.setAttribute("aria-pressed", String(!this.hidden.has(who)));
          this.redraw();
        },
        "rb-reset",
      ),
      "drawn",
    );
    drawn.setAttribute("aria-pressed", String(!this.hidden.has(who)));
    const root = element(
      "div",
      { class: on ? "rb-fit-run" : "rb-fit-run rb-fit-off", "data-run": name },
      element(
        "div",
        { class: "rb-fit-run-head" },
        check,
        title,
        box.root,
        element(
          "span",
          { class: "rb-fit-run-tools" },
          drawn,
          up,
          down,
          tool("❐", `Clone ${name}`, "generator.clone"),
          tool("×", `Remove ${name}`, "generator.remove"),
        ),
      ),
      element("div", { class: "rb-quiet rb-fit-run-words" }, words),
      ...matches.map((match) => this.match(match, methods)),
    );
    root.addEventListener("keydown", (event) => {
      if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
      event.preventDefault();
      event.stopPropagation();
      void this.ask("generator.move", { kind, name, by: event.key === "ArrowUp" ? -1 : 1 });
    });
    return root;
  }

  private async rename(kind: string, name: string, title: HTMLInputElement): Promise<void> {
    const reply = await this.link.ask("generator.rename", { kind, name, new: title.value });
    if (reply?.error) title.value = name;
    else if (document.activeElement === document.body) this.focus(`${kind}|${title.value.trim()}|name`);
    this.tell(reply);
  }

  private match(match: Match, methods: ErrorMethod[]): HTMLElement {
    const { run, index, label, on } = match;
    const set = (field: string) => (value: unknown) =>
      this.link.ask("match.set", { run, index, field, value });
    const check = element("input", {
      type: "checkbox",
      class: "rb-check",
      checked: on,
      "aria-label": `Count ${label} of ${run}`,
      "data-control": `run|${run}|${index}|on`,
      onchange: async () => this.tell(await set("on")(check.checked)),
    });
    const method = element("select", {
      class: "rb-select rb-fit-method",
      "aria-label": `How ${label} of ${run} is held against the data`,
      "data-control": `run|${run}|${index}|method`,
      onchange: async () => this.tell(await set("method")(method.value)),
    });
    method.append(
      ...methods.map(({ name, doc }) =>
        element("option", { value: name, title: doc }, name.replaceAll("_", " ")),
      ),
    );
    method.value = match.method;
    const number = (text: string, doc: string, field: string, value: number | null) => {
      const box = new NumberBox({ label: text, doc: `${label} of ${run}: ${doc}`, width: 5 }, set(field));
      if (value !== null) box.show(value);
      return box.root;
    };
    const remove = button(
      "×",
      `Hold ${label} of ${run} against this no more`,
      () => void this.ask("match.remove", { run, index }),
      "rb-reset",
    );
    return element(
      "div",
      { class: on ? "rb-fit-match" : "rb-fit-match rb-fit-off", "data-match-line": `${index}|${run}` },
      check,
      element("span", { class: "rb-fit-match-label" }, label),
      method,
      number("×", "weight", "weight", match.weight),
      remove,
      element(
        "span",
        { class: "rb-fit-options" },
        number("scale", "the difference that counts as one", "scale", match.scale),
        ...Object.entries(match.options).map(([name, value]) =>
          number(
            name.replaceAll("_", " "),
            value === null ? name : `${name}, usually ${formatNumber(value)}`,
            name,
            value,
          ),
        ),
      ),
    );
  }

  private async ask(action: string, payload: Record<string, unknown>): Promise<void> {
    this.tell(await this.link.ask(action, payload));
  }
}
