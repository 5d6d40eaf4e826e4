// A family: runs that differ in one parameter, laid over one another, each called by its value.

import { answerPanel } from "../controls/code_panel";
import { NumberBox } from "../controls/number_box";
import { ChoiceField, TextField } from "../controls/text";
import { type Curve, CurvePlot } from "../curves/curves";
import { button, download, element, fileName } from "../dom";
import { type Link, refusalOf } from "../link";
import { float32, type Model, onChange } from "../model";
import type { Store } from "../store";

export interface Family {
  parameter: string;
  unit: string;
  start: number;
  end: number;
  number: number;
  scale: "lin" | "log";
  /** What is drawn, of what the runs record. */
  trace: string;
  traces: string[];
  running: boolean;
  /** How far the runs have come, or what came of them. */
  words: string;
  /** Why it cannot be run so. */
  problem: string;
}

interface Drawn {
  label: string;
  unit: string;
  members: string[];
  colours: string[];
}

const SCALES = [
  { name: "lin", title: "evenly spaced" },
  { name: "log", title: "by equal factors" },
];

export class FamilyPanel {
  readonly root: HTMLElement;
  private readonly plot = new CurvePlot({ title: "Family", unit: "", along: "Time (ms)" });
  private readonly refusal = element("p", { class: "rb-error", role: "alert" });
  private readonly stops: (() => void)[];

  constructor(
    private readonly link: Link,
    private readonly model: Model,
    store: Store,
  ) {
    const { refusal } = this;
    const names = `rb-family-${Math.random().toString(36).slice(2, 8)}`;
    const list = element("datalist", { id: names });
    const set = (key: string) => (value: unknown) => link.ask("family.set", { key, value });
    const parameter = new TextField("Parameter", set("parameter"), {
      list: names,
      doc: "Any parameter of the model, of a stimulus, or celsius or v_init",
      className: "rb-family-parameter",
      mono: true,
    });
    parameter.root.dataset.text = "parameter";
    parameter.input.addEventListener("focus", async () => {
      const known = (await link.ask("family.names"))?.names as string[] | undefined;
      if (known && known.length !== list.children.length)
        list.replaceChildren(...known.map((name) => element("option", { value: name })));
    });
    const start = new NumberBox({ label: "from", doc: "First value" }, set("start"));
    const end = new NumberBox({ label: "to", doc: "Last value" }, set("end"));
    const number = new NumberBox({ label: "runs", doc: "How many runs", width: 4 }, set("number"));
    for (const [key, box] of Object.entries({ start, end, number })) box.root.dataset.field = key;
    const scale = new ChoiceField("Values", set("scale"));
    scale.root.dataset.choice = "scale";
    const trace = new ChoiceField("Trace", set("trace"));
    trace.root.dataset.choice = "trace";
    const unit = element("span", { class: "rb-quiet" });
    const run = button("Run the family", "Run once for each value", async () => {
      refusal.textContent = refusalOf(await link.ask(this.family.running ? "family.stop" : "family.run"));
    });
    run.classList.add("rb-button-accent");
    run.dataset.action = "family.run";
    const clear = button("Clear", "Drop the runs of the family", () => void link.ask("family.clear"));
    const code = element("div");
    const showCode = button("</>", "The lines that run this family", async () => {
      const shown = code.childElementCount > 0;
      showCode.setAttribute("aria-expanded", String(!shown));
      code.replaceChildren(...(shown ? [] : [answerPanel(await link.ask("family.code"))]));
    });
    showCode.setAttribute("aria-expanded", "false");
    showCode.dataset.action = "family.code";
    const csv = button("CSV", "Save all runs of the family as a table", () => void this.save());
    csv.dataset.action = "family.table";
    const words = element("p", { class: "rb-quiet rb-family-words", role: "status" });
    this.plot.root.classList.add("rb-family-plot");
    this.root = element(
      "div",
      { class: "rb-family" },
      element(
        "div",
        { class: "rb-family-row" },
        parameter.root,
        list,
        element("span", { class: "rb-family-range" }, start.root, end.root, unit),
        number.root,
        scale.root,
        trace.root,
        element("span", { class: "rb-group" }, run, clear, csv, showCode),
      ),
      refusal,
      words,
      this.plot.root,
      code,
    );
    const show = () => {
      const family = this.family;
      parameter.show(family.parameter);
      start.show(family.start);
      end.show(family.end);
      number.show(family.number);
      scale.show(family.scale, SCALES);
      trace.show(
        family.trace,
        family.traces.map((name) => ({ name, title: name })),
      );
      unit.textContent = family.unit;
      run.textContent = family.running ? "■ Stop" : "Run the family";
      words.textContent = family.words;
      if (family.problem !== "") refusal.textContent = family.problem;
      run.disabled = !family.running && family.problem !== "";
      this.root.dataset.running = String(family.running);
    };
    const draw = () => this.draw();
    show();
    draw();
    this.stops = [
      onChange(model, ["family"], () => {
        refusal.textContent = "";
        show();
      }),
      onChange(model, ["family_drawn", "family_curves"], () => queueMicrotask(draw)),
      store.subscribe("theme", () => this.plot.restyle()),
    ];
  }

  dispose(): void {
    for (const stop of this.stops) stop();
    this.plot.dispose();
  }

  private get family(): Family {
    return this.model.get("family") as Family;
  }

  private draw(): void {
    const { label, unit, members, colours } = this.model.get("family_drawn") as Drawn;
    const numbers = float32(this.model, "family_curves");
    const samples = numbers.length / (members.length + 1);
    this.root.dataset.members = String(members.length);
    this.plot.root.hidden = members.length === 0;
    if (members.length === 0 || !Number.isInteger(samples)) return;
    const curves = members.map(
      (name, index): Curve => ({
        name,
        colour: colours[index] ?? "#888",
        values: numbers.subarray((index + 1) * samples, (index + 2) * samples),
      }),
    );
    this.plot.title = label;
    this.plot.unit = unit;
    this.plot.show(numbers.subarray(0, samples), curves);
  }

  private async save(): Promise<void> {
    const reply = await this.link.ask("family.table");
    this.refusal.textContent = refusalOf(reply);
    if (typeof reply?.content === "string")
      download(
        fileName(`family ${this.family.parameter}`, "csv"),
        new Blob([reply.content], { type: "text/csv" }),
      );
  }
}
