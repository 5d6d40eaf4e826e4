// Loading a recording: a file or a text of columns, their units, what is cut off and corrected, and where it belongs.

import { parseTyped } from "../controls/number";
import { filePicker } from "../controls/picker";
import { type Limit, sendBytes, sendFile } from "../controls/upload";
import { CurvePlot } from "../curves/curves";
import { button, element } from "../dom";
import { type Link, type Reply, refusalOf } from "../link";
import { float32, type Model } from "../model";
import { Destination } from "./destination";

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

const WHOLE = new Set(["time_column", "value_column", "channel", "sweep"]);
const INSTEAD = "load a larger one in Python, by rb.Trace.from_file or rb.Trace.from_csv";
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
  private readonly destination: Destination;

  constructor(
    private readonly model: Model,
    private readonly link: Link,
    private readonly done: () => void,
  ) {
    this.destination = new Destination(model, link, (reply) => {
      this.tell(reply);
      if (reply && !reply.error) done();
    });
  }

  /** Reads a file that was chosen or dropped. */
  async read(file: File): Promise<void> {
    this.tell(
      /\.(csv|tsv|txt|dat|asc)$/i.test(file.name)
        ? await sendFile(this.link, "data.upload", file, this.limit)
        : await sendBytes(this.link, "data.binary", file, this.limit),
    );
  }

  private get limit(): Limit {
    return { most: Number(this.model.get("most_bytes")), what: "recording", instead: INSTEAD };
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
      this.tell(await sendFile(this.link, "data.upload", new File([text.value], "pasted"), this.limit)),
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
      // Unlike other boxes these may be empty: then nothing is cut off or corrected.
      const input = element("input", {
        type: "text",
        class: "rb-number",
        value: String(settings[key] ?? ""),
        inputmode: "decimal",
        autocomplete: "off",
        title: doc,
        "aria-label": `${label}: ${doc}`,
        "data-setting": key,
        onchange: () => void prepare(key, parseTyped(input.value)),
      });
      input.addEventListener("keydown", (event) => {
        if (event.key === "Enter") input.dispatchEvent(new Event("change"));
      });
      return element(
        "label",
        { class: "rb-number-box" },
        element("span", { class: "rb-quiet" }, label),
        input,
      );
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
      await this.destination.build(),
    );
  }

  private tell(reply: Reply | null): void {
    this.message.textContent = refusalOf(reply);
  }

  restyle(): void {
    this.plot.restyle();
  }

  dispose(): void {
    this.plot.dispose();
  }
}
