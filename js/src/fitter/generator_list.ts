// The runs, each with what it is held against: on or off, in which order, how much each counts.

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
  ) {}

  show(generators: Generator[], methods: ErrorMethod[]): void {
    const shape = JSON.stringify([generators, methods.map(({ name }) => name)]);
    if (shape === this.shown) return;
    this.shown = shape;
    const focused = (document.activeElement as HTMLElement | null)?.dataset?.control;
    const runs = generators.filter(({ kind }) => kind === "run").length;
    this.root.replaceChildren(
      ...generators.map((each, k) => this.generator(each, k, runs, methods)),
      ...(generators.length === 0 ? [element("p", { class: "rb-quiet rb-fit-none" }, "No runs yet.")] : []),
    );
    // The list is built anew with each edit; what had the focus gets it back.
    if (focused)
      for (const node of this.root.querySelectorAll<HTMLElement>("[data-control]"))
        if (node.dataset.control === focused) node.focus();
  }

  private generator(each: Generator, k: number, count: number, methods: ErrorMethod[]): HTMLElement {
    const { kind, name, on, weight, words, matches } = each;
    const change = (field: string, value: unknown) =>
      this.link.ask(kind === "run" ? "run.set" : "function.set", {
        name,
        field,
        value,
        ...(kind === "run" ? {} : { kind }),
      });
    const marked = <T extends HTMLElement>(node: T, what: string): T => {
      node.dataset.control = `${name}|${what}`;
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
        readonly: kind !== "run",
        "aria-label": `Name of the ${kind} ${name}`,
        onchange: () => void this.ask("run.rename", { name, new: title.value }),
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
        button(text, label, () => void this.ask(action, { name, ...fields }), "rb-reset"),
        text,
      );
      node.dataset.action = action;
      return node;
    };
    const up = tool("↑", `Move ${name} up`, "run.move", { by: -1 });
    const down = tool("↓", `Move ${name} down`, "run.move", { by: 1 });
    up.disabled = k === 0;
    down.disabled = k >= count - 1;
    return element(
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
          ...(kind === "run"
            ? [up, down, tool("❐", `Clone ${name}`, "run.clone"), tool("×", `Remove ${name}`, "run.remove")]
            : [tool("×", `Remove ${name}`, "function.remove", { kind })]),
        ),
      ),
      element("div", { class: "rb-quiet rb-fit-run-words" }, words),
      ...matches.map((match) => this.match(match, methods)),
    );
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
      "data-control": `${run}|${index}|on`,
      onchange: async () => this.tell(await set("on")(check.checked)),
    });
    const method = element("select", {
      class: "rb-select rb-fit-method",
      "aria-label": `How ${label} of ${run} is held against the data`,
      "data-control": `${run}|${index}|method`,
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
