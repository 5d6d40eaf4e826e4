// Loading a recording: a file or a text of columns, their units, what is cut off and corrected, and where it belongs.

import { NumberBox } from "../controls/number_box";
import { filePicker } from "../controls/picker";
import { sendBytes, sendFile } from "../controls/upload";
import { CurvePlot } from "../curves/curves";
import { button, element } from "../dom";
import { type Link, type Reply, refusalOf } from "../link";
import { float32, type Model } from "../model";

interface Settings {
  [key: string]: string | number | boolean;
}

interface Recording {
  name?: string;
  columns: string[];
  /** Of an amplifier's file, in place of columns. */
  channels?: string[];
  sweeps?: number;
  rows: string[][];
  settings: Settings;
  words: string;
  error: string;
  unit?: string;
}

interface Form {
  name: string;
  formula: string;
}

/** The choice that is no run; no run has such a name. */
const FUNCTION = "\u0000function";
const WHOLE = new Set(["time_column", "value_column", "channel", "sweep"]);
/** In base64 it has a third more. */
const BINARY = { most: 48_000_000, what: "recording" };
const LIMIT = { most: 64_000_000, what: "recording" };
const TIME_UNITS = ["ms", "s", "us"];
const VALUE_UNITS = ["mV", "V", "uV", "nA", "pA", "uA", "mM", "uM", "1"];
const TEXTS = [
  ["start", "From", "ms: what comes before is cut off"],
  ["end", "to", "ms: what comes after is cut off"],
  ["shift", "Shift by", "ms later"],
  ["baseline_start", "Zero over", "ms: the mean from here"],
  ["baseline_end", "to", "ms: is taken off all values"],
  ["junction", "Junction potential", "mV: is taken off"],
  ["resample", "Resample at", "ms apart"],
] as const;

export class RecordingPanel {
  readonly root = element("div", { class: "rb-recording" });
  private readonly plot = new CurvePlot({ title: "Recording", unit: "mV", along: "Time (ms)" });
  private readonly words = element("p", { class: "rb-quiet rb-recording-words", role: "status" });
  private readonly message = element("p", { class: "rb-error", role: "alert" });
  private readonly form = element("div", { class: "rb-recording-form" });
  private readonly place = { section: "", x: 0.5, variable: "v", run: "", method: "trace" };

  constructor(
    private readonly model: Model,
    private readonly link: Link,
    private readonly done: () => void,
  ) {}

  /** Reads a file that was chosen or dropped. */
  async read(file: File): Promise<void> {
    this.tell(
      /\.(csv|tsv|txt|dat|asc)$/i.test(file.name)
        ? await sendFile(this.link, "data.upload", file, LIMIT)
        : await sendBytes(this.link, "data.binary", file, BINARY),
    );
  }

  /** What the drawer shows: where to get a recording from, or the one that was loaded. */
  async content(): Promise<HTMLElement> {
    const recording = this.model.get("recording") as Recording;
    if (!recording.name) this.root.replaceChildren(this.source(), this.message);
    else await this.build(recording);
    this.refresh();
    return this.root;
  }

  /** What comes of the settings, as they change. */
  refresh(): void {
    const recording = this.model.get("recording") as Recording;
    if (!recording.name) return;
    this.words.textContent = recording.words;
    this.message.textContent = recording.error;
    const rows = float32(this.model, "preview");
    const count = rows.length / 2;
    this.plot.unit = recording.unit ?? "mV";
    if (count > 1)
      this.plot.show(rows.subarray(0, count), [
        { name: String(recording.name), colour: "#0072b2", values: rows.subarray(count) },
      ]);
  }

  private source(): HTMLElement {
    const picker = filePicker(
      {
        accept: ".csv,.tsv,.txt,.dat,.asc,.abf,.nwb,.axgd,.axgx,.wcp,.smr,.smrx,.ibw,.h5",
        label: "A file of a recording",
        text: "Choose a file…",
        doc: "Times and values, separated by commas, semicolons, tabs or blanks; or ABF, NWB and what else neo reads",
      },
      (files) => {
        if (files[0]) void this.read(files[0]);
      },
    );
    const text = element("textarea", {
      class: "rb-input rb-mono",
      rows: "5",
      spellcheck: "false",
      placeholder: "t (ms)\tv (mV)\n0\t-65.0\n0.1\t-64.9",
      "aria-label": "Columns of a recording, as text",
    });
    const use = button("Use the text", "Read the columns pasted here", async () =>
      this.tell(await this.link.ask("data.upload", { file: "pasted", text: text.value, part: 0, parts: 1 })),
    );
    use.dataset.action = "data.paste";
    return element(
      "div",
      { class: "rb-recording-source" },
      element(
        "p",
        {},
        "Choose a file of columns, ABF, NWB or another amplifier's, drop one on this tool, or paste columns here.",
      ),
      element("span", { class: "rb-group" }, picker.button, picker.input),
      text,
      element("span", { class: "rb-group" }, use),
    );
  }

  private async build(recording: Recording): Promise<void> {
    const { columns, rows, settings } = recording;
    const prepare = async (key: string, value: unknown): Promise<Reply | null> =>
      this.link.ask("data.prepare", { key, value });
    const select = (key: string, label: string, options: [string | number, string][]) => {
      const node = element(
        "select",
        {
          class: "rb-select",
          "aria-label": label,
          "data-setting": key,
          onchange: () => void prepare(key, WHOLE.has(key) ? Number(node.value) : node.value),
        },
        ...options.map(([value, title]) => element("option", { value }, title)),
      );
      node.value = String(settings[key]);
      return node;
    };
    const units = (known: string[], key: string): [string, string][] => {
      const now = String(settings[key]);
      return (known.includes(now) ? known : [now, ...known]).map((unit) => [
        unit,
        unit === "1" ? "no unit" : unit,
      ]);
    };
    const names = columns.map((name, k): [number, string] => [k, name]);
    const channels = (recording.channels ?? []).map((name, k): [number, string] => [k, name]);
    const sweeps = Array.from({ length: recording.sweeps ?? 0 }, (_, k): [number, string] => [
      k,
      String(k + 1),
    ]);
    const boxes = TEXTS.map(([key, label, doc]) => {
      const box = new NumberBox({ label, doc: `${label}: ${doc}`, width: 6 }, (value) => prepare(key, value));
      box.input.dataset.setting = key;
      if (typeof settings[key] === "number") box.show(Number(settings[key]));
      // An emptied box takes the setting back.
      box.input.addEventListener("change", () => {
        if (box.input.value.trim() === "") void prepare(key, "");
      });
      return box.root;
    });
    const zero = element("input", {
      type: "checkbox",
      class: "rb-check",
      checked: settings.zero === true,
      onchange: () => void prepare("zero", zero.checked),
    });
    this.form.replaceChildren(
      element(
        "div",
        { class: "rb-recording-row" },
        ...(channels.length > 0
          ? [
              element("span", { class: "rb-quiet" }, "Channel"),
              select("channel", "Channel", channels),
              element("span", { class: "rb-quiet" }, "Sweep"),
              select("sweep", "Sweep", sweeps),
            ]
          : [
              element("span", { class: "rb-quiet" }, "Times"),
              select("time_column", "Column of the times", names),
              select("time_unit", "Unit of the times", units(TIME_UNITS, "time_unit")),
              element("span", { class: "rb-quiet" }, "Values"),
              select("value_column", "Column of the values", names),
              select("value_unit", "Unit of the values", units(VALUE_UNITS, "value_unit")),
            ]),
        element("span", { class: "rb-quiet" }, "Where values are missing"),
        select("missing", "What to do where values are missing", [
          ["refuse", "refuse"],
          ["drop", "drop the samples"],
          ["interpolate", "interpolate"],
        ]),
      ),
      element(
        "div",
        { class: "rb-recording-row" },
        ...boxes.slice(0, 2),
        element("label", { class: "rb-number-box" }, zero, element("span", {}, "time begins at 0 there")),
        ...boxes.slice(2),
      ),
    );
    const table = element(
      "table",
      { class: "rb-findings-table", "aria-label": "First rows of the file" },
      element(
        "thead",
        {},
        element("tr", {}, ...columns.map((name) => element("th", { scope: "col" }, name))),
      ),
      element(
        "tbody",
        {},
        ...rows.slice(0, 3).map((row) => element("tr", {}, ...row.map((cell) => element("td", {}, cell)))),
      ),
    );
    this.root.replaceChildren(
      element(
        "div",
        { class: "rb-strip" },
        element("strong", {}, String(recording.name)),
        this.words,
        button("Another file", "Put this recording away", async () => {
          await this.link.ask("data.forget");
          this.done();
        }),
      ),
      this.message,
      element(
        "div",
        { class: "rb-recording-stage" },
        element("div", {}, this.form, element("div", { class: "rb-table-frame" }, table)),
        this.plot.root,
      ),
      await this.destination(),
    );
  }

  private async destination(): Promise<HTMLElement> {
    const reply = await this.link.ask("places");
    const sections = (reply?.sections ?? []) as string[];
    const runs = (reply?.runs ?? []) as string[];
    const { place } = this;
    if (!sections.includes(place.section))
      place.section = sections.find((name) => name.startsWith("soma")) ?? sections[0] ?? "";
    if (!runs.includes(place.run) && place.run !== FUNCTION) place.run = runs[0] ?? "";
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
      const found = await this.link.ask("place.variables", { section: place.section, x: place.x });
      const names = ((found?.variables ?? []) as { name: string; unit: string }[]).map(({ name, unit }) =>
        element("option", { value: name }, unit ? `${name} (${unit})` : name),
      );
      variable.replaceChildren(...names);
      variable.value = place.variable;
      if (variable.selectedIndex < 0) place.variable = variable.value = "v";
    };
    const run = element(
      "select",
      {
        class: "rb-select",
        "aria-label": "Run that it is held against",
        onchange: () => {
          place.run = run.value;
          choose();
        },
      },
      ...runs.map((name) => element("option", { value: name }, name)),
      element("option", { value: "" }, "a new run …"),
      element("option", { value: FUNCTION }, "a function of x …"),
    );
    run.value = place.run;
    const x = new NumberBox(
      { label: "at", doc: "Place along the section, 0 to 1", width: 5 },
      async (value) => {
        const number = Number(value);
        if (!(number >= 0 && number <= 1)) return { error: "a place lies from 0 to 1" };
        place.x = number;
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
      fresh.hidden = place.run !== "";
      points.hidden = place.run !== FUNCTION;
      where.hidden = place.run === FUNCTION;
    };
    choose();
    const add = button(
      "Hold against it",
      "Hold the recording against this run",
      () => void this.load(fresh),
      "rb-button rb-button-accent",
    );
    add.dataset.action = "data.load";
    const strip = element(
      "div",
      { class: "rb-recording-row rb-recording-destination" },
      element("span", { class: "rb-quiet" }, "Held against"),
      run,
      where,
      add,
    );
    await fill();
    return element("div", {}, strip, fresh, points);
  }

  private newRun(): HTMLElement {
    const given = { name: "step", tstop: 100, delay: 10, dur: 50, amp: 0.1 };
    const number = (key: "tstop" | "delay" | "dur" | "amp", label: string, unit: string) => {
      const box = new NumberBox({ label, doc: `New run: ${label}`, unit, width: 6 }, async (value) => {
        given[key] = Number(value);
        return Number.isFinite(given[key]) ? {} : { error: `${value} is no number` };
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

  private curve = { name: "", formula: "" };

  private given: Record<string, unknown> = {};

  private async load(fresh: HTMLElement): Promise<void> {
    const { section, x, variable, method } = this.place;
    let { run } = this.place;
    if (run === FUNCTION) {
      const reply = await this.link.ask("function.add", { ...this.curve });
      this.tell(reply);
      if (reply && !reply.error) this.done();
      return;
    }
    if (!fresh.hidden) {
      const stimulus = Number(this.given.amp) === 0 ? {} : { section, x };
      const { name, tstop, delay, dur, amp } = this.given;
      const reply = await this.link.ask("run.add", { name, tstop, delay, dur, amp, ...stimulus });
      if (!reply || reply.error) return this.tell(reply);
      run = this.place.run = String(name);
    }
    const reply = await this.link.ask("data.load", { run, section, x, variable, method });
    this.tell(reply);
    if (reply && !reply.error) this.done();
  }

  private tell(reply: Reply | null): void {
    this.message.textContent = refusalOf(reply);
  }

  dispose(): void {
    this.plot.dispose();
  }
}
