// What stands over and under the table of parameters: adding one, scales of all, copy and paste, and ties.

import { button, element } from "../dom";
import { type Link, type Reply, refusalOf } from "../link";

export interface Tie {
  target: string;
  expression: string;
  on: boolean;
}

interface Found {
  name: string;
  unit: string;
  value: string;
}

export class ParameterTools {
  readonly head: HTMLElement;
  /** What is done to all at once. */
  readonly all: HTMLElement;
  readonly root: HTMLElement;
  private readonly finder = element("div", { class: "rb-fit-finder" });
  private readonly search = element("input", {
    type: "text",
    class: "rb-input",
    placeholder: "gnabar, soma, celsius …",
    autocomplete: "off",
    spellcheck: "false",
    "aria-label": "Find a parameter of the model",
    oninput: () => void this.find(),
  });
  private readonly list = element("div", {
    class: "rb-fit-found",
    role: "listbox",
    "aria-label": "Parameters found",
  });
  private readonly more = element("p", { class: "rb-quiet" });
  private readonly paster = element("div", { class: "rb-fit-paster" });
  private readonly text = element("textarea", {
    class: "rb-input rb-mono",
    rows: "4",
    spellcheck: "false",
    "aria-label": "Parameters as tab-separated text",
  });
  private readonly ties = element("div", { class: "rb-fit-ties" });
  private readonly target = element("input", {
    type: "text",
    class: "rb-input",
    placeholder: "axon.hh.gnabar",
    autocomplete: "off",
    spellcheck: "false",
    "aria-label": "Parameter that follows",
  });
  private readonly formula = element("input", {
    type: "text",
    class: "rb-input",
    placeholder: "2 * gna",
    autocomplete: "off",
    spellcheck: "false",
    "aria-label": "Formula that it follows",
  });

  constructor(
    private readonly link: Link,
    private readonly tell: (reply: Reply | null) => void,
  ) {
    const small = (text: string, label: string, pressed: () => void) =>
      button(text, label, pressed, "rb-button rb-small");
    const add = small("+ Add", "Vary one more of the model's numbers", () =>
      this.open(this.finder, this.search),
    );
    add.dataset.action = "parameter.find";
    const copy = small("Copy", "Copy the table as tab-separated text", () => void this.copy(copy));
    this.head = element(
      "div",
      { class: "rb-section-head" },
      element("strong", {}, "Parameters"),
      element(
        "span",
        { class: "rb-group" },
        add,
        copy,
        small("Paste", "Take parameters from tab-separated text", () => this.open(this.paster, this.text)),
      ),
    );
    const every = (text: string, label: string, action: string, payload: Record<string, unknown> = {}) => {
      const node = small(text, label, () => void this.ask(action, payload));
      node.dataset.action = action;
      return node;
    };
    this.all = element(
      "div",
      { class: "rb-fit-all", role: "group", "aria-label": "All parameters" },
      element("span", { class: "rb-quiet" }, "All"),
      every("log", "Move all on logarithmic scales", "parameter.scale", { log: true }),
      every("lin", "Move all on linear scales", "parameter.scale", { log: false }),
      every(
        "positive",
        "Keep all above 0: a lower bound that is not becomes a thousandth of the upper",
        "parameter.positive",
      ),
      every("bounds ×10", "Move all bounds ten times further out, and none across 0", "parameter.widen", {
        factor: 10,
      }),
      every("shake", "Begin elsewhere: each start times or over up to 2, by chance", "parameter.shake", {
        factor: 2,
      }),
    );
    this.search.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.finder.hidden = true;
      if (event.key === "ArrowDown") (this.list.firstElementChild as HTMLElement | null)?.focus();
      if (event.key === "Enter") (this.list.firstElementChild as HTMLElement | null)?.click();
    });
    this.list.addEventListener("keydown", (event) => {
      const row = event.target as HTMLElement;
      const next = event.key === "ArrowDown" ? row.nextElementSibling : row.previousElementSibling;
      if (event.key === "Enter" || event.key === " ") row.click();
      else if (event.key === "Escape") this.finder.hidden = true;
      else if (event.key === "ArrowDown" || event.key === "ArrowUp")
        ((next as HTMLElement | null) ?? this.search).focus();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    this.finder.append(this.search, this.list, this.more);
    this.paster.append(
      this.text,
      element(
        "span",
        { class: "rb-group" },
        small("Take", "Take these parameters", () => void this.paste()),
        small("Cancel", "Close", () => {
          this.paster.hidden = true;
        }),
      ),
    );
    this.finder.hidden = this.paster.hidden = true;
    const tie = small("Tie", "Let the parameter follow the formula", () => void this.tie());
    tie.dataset.action = "tie.set";
    for (const box of [this.target, this.formula])
      box.addEventListener("keydown", (event) => {
        if (event.key === "Enter") void this.tie();
      });
    this.root = element(
      "details",
      { class: "rb-fit-tied" },
      element("summary", {}, "Ties"),
      this.ties,
      element("div", { class: "rb-fit-tie" }, this.target, element("span", {}, "="), this.formula, tie),
    );
  }

  /** What opens beneath the head. */
  get openers(): HTMLElement[] {
    return [this.finder, this.paster];
  }

  show(ties: Tie[]): void {
    this.root.querySelector("summary")!.textContent = ties.length > 0 ? `Ties (${ties.length})` : "Ties";
    this.ties.replaceChildren(
      ...ties.map(({ target, expression }) =>
        element(
          "div",
          { class: "rb-fit-tie", "data-tie": target },
          element("span", { class: "rb-fit-tie-words" }, `${target} = ${expression}`),
          button(
            "✎",
            `Change what ${target} follows`,
            () => {
              this.target.value = target;
              this.formula.value = expression;
              this.formula.focus();
            },
            "rb-reset",
          ),
          button("×", `Untie ${target}`, () => void this.ask("tie.remove", { target }), "rb-reset"),
        ),
      ),
    );
  }

  private open(what: HTMLElement, focused: HTMLElement): void {
    const opened = what.hidden;
    this.finder.hidden = this.paster.hidden = true;
    what.hidden = !opened;
    if (!opened) return;
    focused.focus();
    if (what === this.finder) void this.find();
  }

  private async find(): Promise<void> {
    const reply = await this.link.stream("find", "parameter.find", { text: this.search.value });
    if (!reply) return;
    const found = (reply.found ?? []) as Found[];
    this.list.replaceChildren(
      ...found.map(({ name, unit, value }) =>
        element(
          "div",
          {
            class: "rb-fit-found-row",
            role: "option",
            tabindex: "-1",
            "data-target": name,
            onclick: async () => {
              this.finder.hidden = true;
              await this.ask("parameter.add", { target: name });
            },
          },
          element("span", {}, name),
          element("span", { class: "rb-quiet" }, `${value} ${unit}`.trim()),
        ),
      ),
    );
    const more = Number(reply.more ?? 0);
    this.more.textContent = refusalOf(reply) || (more > 0 ? `and ${more} more: type more of the name` : "");
    if (found.length === 0 && !reply.error)
      this.more.textContent = "Nothing is called that, or it is varied already.";
  }

  private async copy(node: HTMLButtonElement): Promise<void> {
    const reply = await this.link.ask("parameter.table");
    if (typeof reply?.content !== "string") return this.tell(reply);
    try {
      await navigator.clipboard.writeText(reply.content);
      node.textContent = "Copied";
      setTimeout(() => {
        node.textContent = "Copy";
      }, 1500);
    } catch {
      // A page without clipboard permission can still select.
      this.text.value = reply.content;
      this.finder.hidden = true;
      this.paster.hidden = false;
      this.text.select();
    }
  }

  private async paste(): Promise<void> {
    const reply = await this.link.ask("parameter.paste", { text: this.text.value });
    this.tell(reply);
    if (reply && !reply.error) {
      this.paster.hidden = true;
      this.text.value = "";
    }
  }

  private async tie(): Promise<void> {
    const reply = await this.link.ask("tie.set", {
      target: this.target.value,
      expression: this.formula.value,
    });
    this.tell(reply);
    if (reply && !reply.error) this.target.value = this.formula.value = "";
  }

  private async ask(action: string, payload: Record<string, unknown>): Promise<void> {
    this.tell(await this.link.ask(action, payload));
  }
}
