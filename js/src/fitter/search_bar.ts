// The search: its buttons, what it is asked, and how far it has come.

import { formatNumber, parseTyped } from "../controls/number";
import { NumberBox } from "../controls/number_box";
import { Patience } from "../controls/patience";
import { ChoiceField, TextField } from "../controls/text";
import { button, element } from "../dom";
import type { Link, Reply } from "../link";
import type { Model } from "../model";

export interface Search {
  phase: "none" | "running" | "paused" | "ended" | "failed";
  message: string;
  trials: number;
  budget: number;
  error: number | null;
  rate: number;
  seconds: number;
  reason: string;
  stale: boolean;
  moved: boolean;
}

interface Settings {
  method: string;
  budget: number;
  seed: number;
  derivatives: string;
  store: string;
  options: Record<string, number>;
}

interface Method {
  name: string;
  description: string;
  when: string;
  options: { name: string; doc: string }[];
}

const WHENCE = [
  { name: "search", title: "the search as it is" },
  { name: "here", title: "the values shown" },
  { name: "best", title: "the best" },
];

export class SearchBar {
  readonly root: HTMLElement;
  readonly progress = element("div", { class: "rb-fit-progress" });
  private readonly run: HTMLButtonElement;
  private readonly pause: HTMLButtonElement;
  private readonly step: HTMLButtonElement;
  private readonly stop: HTMLButtonElement;
  private readonly whence: HTMLSelectElement;
  private readonly bar = element("progress", {
    class: "rb-progress",
    max: "1",
    value: "0",
    "aria-label": "Trials",
  });
  private readonly figures = element("span", { class: "rb-fit-figures", role: "status" });
  private readonly words = element("span", { class: "rb-quiet rb-fit-reason" });
  private readonly patience: Patience;
  private picked = false;

  constructor(
    private readonly model: Model,
    private readonly link: Link,
    private readonly tell: (reply: Reply | null) => void,
  ) {
    const act = (text: string, label: string, action: string, accent = false) => {
      const node = button(
        text,
        label,
        () => void this.ask(action),
        accent ? "rb-button rb-button-accent" : "rb-button",
      );
      node.dataset.action = action;
      return node;
    };
    this.run = act("▶ Run", "Search for the parameters of the least error (Ctrl+Enter)", "search.run", true);
    this.pause = button("❚❚ Pause", "Hold the search", () => void this.pressPause());
    this.pause.dataset.action = "search.pause";
    this.step = act("▸ Step", "One batch of trials", "search.step");
    this.stop = act("■ Stop", "End the search; what was found stays", "search.stop");
    this.whence = element(
      "select",
      {
        class: "rb-select",
        "aria-label": "Go on from",
        title: "From where Resume goes on",
        onchange: () => {
          this.picked = true;
        },
      },
      ...WHENCE.map(({ name, title }) => element("option", { value: name }, title)),
    );
    this.root = element(
      "span",
      { class: "rb-group rb-fit-buttons" },
      this.run,
      this.pause,
      this.whence,
      this.step,
      this.stop,
    );
    this.progress.append(this.bar, this.figures, this.words);
    this.patience = new Patience((running) => {
      this.root.classList.toggle("rb-running", running);
    });
  }

  /** Runs, or goes on, or holds: what the keyboard does. */
  press(): void {
    const { phase } = this.search;
    if (phase === "running" || phase === "paused") void this.pressPause();
    else void this.ask("search.run");
  }

  show(): void {
    const search = this.search;
    const { phase, trials, budget, error, rate, seconds, reason, message, stale, moved } = search;
    const alive = phase === "running" || phase === "paused";
    const over = phase === "ended" || phase === "failed";
    this.root.dataset.phase = phase;
    this.run.disabled = alive;
    this.stop.disabled = !alive;
    this.step.disabled = phase === "running";
    this.pause.disabled = phase === "none";
    this.pause.textContent = phase === "running" ? "❚❚ Pause" : "▶ Resume";
    const label =
      phase === "running"
        ? "Hold the search"
        : "Go on with the search, from what is chosen beside (Ctrl+Enter)";
    this.pause.title = label;
    this.pause.setAttribute("aria-label", label);
    this.whence.hidden = phase === "none" || phase === "running";
    this.whence.options[0]!.disabled = over;
    this.whence.options[2]!.disabled = error === null;
    if (phase === "running" || phase === "none") this.picked = false;
    // Whoever moved a parameter by hand means to go on from there.
    if (!this.picked)
      this.whence.value = over ? (moved || error === null ? "here" : "best") : moved ? "here" : "search";
    this.progress.hidden = phase === "none";
    this.bar.value = budget > 0 ? trials / budget : 0;
    const told =
      trials === 0
        ? phase === "running"
          ? "The model is compiled"
          : "No trials"
        : error === null
          ? "no finite error yet"
          : `error ${formatNumber(Number(error.toPrecision(4)))}`;
    const left = Math.max(0, budget - trials);
    const speed = rate > 0 ? `${formatNumber(Number(rate.toPrecision(2)))} a second` : "";
    this.figures.textContent = [
      told,
      trials === 0 && !alive ? "" : `${trials} of ${budget} trials${alive ? `, ${left} left` : ""}`,
      speed,
      `${seconds.toFixed(1)} s`,
    ]
      .filter(Boolean)
      .join(" · ");
    const changed = stale ? "The fit was changed since: Run begins anew with it." : "";
    this.words.textContent = [message, changed || (phase === "running" ? reason : "")]
      .filter(Boolean)
      .join(". ");
    this.words.classList.toggle("rb-error", phase === "failed");
    this.patience.show(phase === "running");
  }

  /** What the next search is asked, for the drawer. */
  settings(): HTMLElement {
    const settings = this.model.get("settings") as Settings;
    const methods = this.model.get("methods") as Method[];
    const set = (key: string) => (value: number | string) => this.link.ask("search.set", { key, value });
    const method = new ChoiceField("Optimiser", async (value) => {
      const reply = await this.link.ask("search.set", { key: "method", value });
      panel.replaceWith(this.settings());
      return reply;
    });
    method.show(
      settings.method,
      methods.map(({ name, description }) => ({ name, title: name.replaceAll("_", " "), doc: description })),
    );
    const derivatives = new ChoiceField("Derivatives", (value) => set("derivatives")(value));
    derivatives.show(
      settings.derivatives,
      ["exact", "differences", "reverse"].map((name) => ({ name, title: name })),
    );
    const number = (label: string, key: "budget" | "seed", doc: string) => {
      const field = new NumberBox({ label, doc, width: 8 }, set(key));
      field.show(settings[key]);
      return field.root;
    };
    const store = new TextField("Keep trials in", (value) => set("store")(value), {
      doc: "A file beside the notebook in which every trial is kept; empty for none",
      placeholder: "fit.sqlite",
    });
    store.show(settings.store);
    const reopen = button(
      "Go on with the file",
      "Go on with the search whose trials are in that file, as if it had not ended",
      () => void this.ask("search.reopen"),
    );
    reopen.dataset.action = "search.reopen";
    const chosen = methods.find(({ name }) => name === settings.method);
    const options = (chosen?.options ?? []).map(({ name, doc }) => {
      const input = element("input", {
        type: "text",
        class: "rb-number",
        value: settings.options[name] === undefined ? "" : String(settings.options[name]),
        placeholder: "usual",
        "aria-label": `${name}: ${doc}`,
        onchange: async () =>
          this.tell(await this.link.ask("search.option", { key: name, value: parseTyped(input.value) })),
      });
      input.addEventListener("keydown", (event) => {
        if (event.key === "Enter") input.dispatchEvent(new Event("change"));
      });
      return element(
        "label",
        { class: "rb-number-box" },
        element("span", {}, name.replaceAll("_", " ")),
        input,
        element("span", { class: "rb-quiet" }, doc),
      );
    });
    const panel = element(
      "div",
      { class: "rb-fit-settings" },
      element(
        "div",
        { class: "rb-fit-settings-row" },
        method.root,
        derivatives.root,
        store.root,
        number("Trials", "budget", "How many trials there may be"),
        reopen,
        number("Seed", "seed", "Of all chance: the same seed gives the same search"),
      ),
      element(
        "p",
        { class: "rb-quiet" },
        chosen
          ? `${chosen.description[0]?.toUpperCase()}${chosen.description.slice(1)}. Use it where ${chosen.when}.`
          : "",
      ),
      ...options,
    );
    return panel;
  }

  dispose(): void {
    this.patience.dispose();
  }

  private get search(): Search {
    return this.model.get("search") as Search;
  }

  private async pressPause(): Promise<void> {
    if (this.search.phase === "running") await this.ask("search.pause");
    else await this.ask("search.resume", { whence: this.whence.value });
  }

  private async ask(action: string, payload: Record<string, unknown> = {}): Promise<void> {
    this.tell(await this.link.ask(action, payload));
  }
}
