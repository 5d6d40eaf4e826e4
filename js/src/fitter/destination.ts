// Where a recording belongs: a place and variable of a run that is there or of a new one, another's data, or a function.

import { NumberBox } from "../controls/number_box";
import { button, element } from "../dom";
import type { Link, Reply } from "../link";
import type { Model } from "../model";
import type { Generator } from "./generator_list";

interface Form {
  name: string;
  formula: string;
}

/** What is chosen: "run <name>", "match <number>" of those there are, "new" or "function". */
type Choice = string;

export class Destination {
  private readonly place = { section: "", x: 0.5, variable: "v", method: "trace" };
  private choice: Choice = "";
  private given: Record<string, unknown> = {};
  private curve = { name: "", formula: "" };

  constructor(
    private readonly model: Model,
    private readonly link: Link,
    private readonly done: (reply: Reply | null) => void,
  ) {}

  async build(): Promise<HTMLElement> {
    const reply = await this.link.ask("places");
    const sections = (reply?.sections ?? []) as string[];
    const generators = this.model.get("generators") as Generator[];
    const runs = generators.filter(({ kind }) => kind === "run").map(({ name }) => name);
    const matches = generators.flatMap(({ matches: each }) => each);
    const { place } = this;
    if (!sections.includes(place.section))
      place.section = sections.find((name) => name.startsWith("soma")) ?? sections[0] ?? "";
    const list = (options: string[], label: string, value: string, chosen: (value: string) => void) => {
      const node = element(
        "select",
        { class: "rb-select", "aria-label": label, onchange: () => chosen(node.value) },
        ...options.map((option) => element("option", { value: option }, option.replaceAll("_", " "))),
      );
      node.value = value;
      return node;
    };
    const variable = list(["v"], "Variable", place.variable, (value) => {
      place.variable = value;
    });
    const fill = async () => {
      if (place.section === "") return;
      const found = await this.link.ask("place.variables", { section: place.section, x: place.x });
      const names = ((found?.variables ?? []) as { name: string; unit: string }[]).map(({ name, unit }) =>
        element("option", { value: name }, unit ? `${name} (${unit})` : name),
      );
      variable.replaceChildren(...names);
      variable.value = place.variable;
      if (variable.selectedIndex < 0) place.variable = variable.value = "v";
    };
    const target = element(
      "select",
      {
        class: "rb-select",
        "aria-label": "What it is held against",
        onchange: () => {
          this.choice = target.value;
          choose();
        },
      },
      ...runs.map((name) => element("option", { value: `run ${name}` }, name)),
      ...(sections.length > 0 ? [element("option", { value: "new" }, "a new run …")] : []),
      element("option", { value: "function" }, "a function of x …"),
      ...matches.map(({ run, label }, k) =>
        element("option", { value: `match ${k}` }, `in place of the data of ${run}: ${label}`),
      ),
    );
    target.value = this.choice;
    if (target.selectedIndex < 0) target.selectedIndex = 0;
    this.choice = target.value;
    const x = new NumberBox(
      { label: "at", doc: "Place along the section, 0 to 1", width: 5 },
      async (value) => {
        const number = Number(value);
        if (!(number >= 0 && number <= 1)) return { error: "a place lies from 0 to 1" };
        place.x = number;
        x.show(number);
        await fill();
        return {};
      },
    );
    x.show(place.x);
    const methods = (this.model.get("error_methods") as { name: string }[])
      .map(({ name }) => name)
      .filter((name) => name !== "features");
    const fresh = this.newRun();
    const points = this.newFunction((reply?.forms ?? []) as Form[]);
    const where = element(
      "span",
      { class: "rb-recording-where" },
      list(sections, "Section", place.section, (value) => {
        place.section = value;
        void fill();
      }),
      x.root,
      variable,
      element("span", { class: "rb-quiet" }, "by"),
      list(methods, "Error method", place.method, (value) => {
        place.method = value;
      }),
    );
    const choose = () => {
      fresh.hidden = this.choice !== "new";
      points.hidden = this.choice !== "function";
      where.hidden = !(this.choice === "new" || this.choice.startsWith("run "));
    };
    choose();
    const add = button(
      "Hold against it",
      "Hold the recording against what is chosen",
      async () => this.done(await this.load(matches)),
      "rb-button rb-button-accent",
    );
    add.dataset.action = "data.load";
    await fill();
    return element(
      "div",
      {},
      element(
        "div",
        { class: "rb-recording-row rb-recording-destination" },
        element("span", { class: "rb-quiet" }, "Held against"),
        target,
        where,
        add,
      ),
      fresh,
      points,
    );
  }

  private newRun(): HTMLElement {
    const given = { name: "step", tstop: 100, delay: 10, dur: 50, amp: 0.1 };
    const number = (key: "tstop" | "delay" | "dur" | "amp", label: string, unit: string) => {
      const box = new NumberBox({ label, doc: `New run: ${label}`, unit, width: 6 }, async (value) => {
        const number = Number(value);
        if (!Number.isFinite(number)) return { error: `${value} is no number` };
        given[key] = number;
        box.show(number);
        return {};
      });
      box.show(given[key]);
      return box.root;
    };
    const name = element("input", {
      type: "text",
      class: "rb-input",
      value: given.name,
      "aria-label": "Name of the new run",
      oninput: () => {
        given.name = name.value;
      },
    });
    const root = element(
      "div",
      { class: "rb-recording-row rb-new-run" },
      element("span", { class: "rb-quiet" }, "New run"),
      name,
      number("tstop", "lasting", "ms"),
      number("amp", "with a step of", "nA"),
      number("delay", "from", "ms"),
      number("dur", "for", "ms"),
    );
    this.given = given;
    return root;
  }

  private newFunction(forms: Form[]): HTMLElement {
    const given = { name: "curve", formula: forms[0]?.name ?? "a + b * x" };
    const text = (key: "name" | "formula", label: string) => {
      const node = element("input", {
        type: "text",
        class: key === "formula" ? "rb-input rb-mono" : "rb-input",
        value: given[key],
        spellcheck: "false",
        "aria-label": label,
        oninput: () => {
          given[key] = node.value;
        },
      });
      return node;
    };
    const formula = text("formula", "Closed form, or a formula of x");
    const form = element(
      "select",
      {
        class: "rb-select",
        "aria-label": "Closed forms",
        onchange: () => {
          formula.value = given.formula = form.value;
        },
      },
      ...forms.map(({ name, formula: rule }) =>
        element("option", { value: name, title: rule }, name.replaceAll("_", " ")),
      ),
    );
    this.curve = given;
    return element(
      "div",
      { class: "rb-recording-row rb-new-function" },
      element("span", { class: "rb-quiet" }, "Points as they stand, called"),
      text("name", "Name of the function"),
      element("span", { class: "rb-quiet" }, "held against"),
      form,
      element("span", { class: "rb-quiet" }, "or"),
      formula,
    );
  }

  private load(matches: Generator["matches"]): Promise<Reply | null> {
    const { choice } = this;
    if (choice === "function") return this.link.ask("function.add", { ...this.curve });
    if (choice.startsWith("match ")) {
      const { run, index } = matches[Number(choice.slice(6))]!;
      return this.link.ask("data.replace", { run, index });
    }
    if (choice !== "new") return this.link.ask("data.load", { run: choice.slice(4), ...this.place });
    const { section, x } = this.place;
    const { name, ...rest } = this.given;
    const stimulus = Number(rest.amp) === 0 ? {} : { section, x };
    return this.link.ask("data.load", { run: name, ...this.place, fresh: { ...rest, ...stimulus } });
  }
}
