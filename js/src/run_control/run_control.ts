// How long, how finely and from where a run goes, and the buttons that start and stop it.

import type { Quantity } from "../controls/field";
import { Fields } from "../controls/fields";
import { Patience } from "../controls/patience";
import { button, element } from "../dom";
import type { Link } from "../link";
import type { Model } from "../model";

export interface Method {
  name: string;
  title: string;
  /** When to use it, and what it costs. */
  doc?: string;
}

/** What the button that runs and stops is called, and what it asks for. */
export interface RunWords {
  run: string;
  doc: string;
  stop: string;
  stopDoc: string;
  stopAction: string;
}

const WORDS: RunWords = {
  run: "▶ Run",
  doc: "Run the simulation (Ctrl+Enter)",
  stop: "■ Cancel",
  stopDoc: "Cancel the run",
  stopAction: "run.cancel",
};

/** Run, or Cancel while a run is under way, with its progress and the status in words. */
export class RunButtons {
  readonly root: HTMLElement;
  readonly status: HTMLElement;
  private readonly run: HTMLButtonElement;
  private readonly progress: HTMLProgressElement;
  // During a drag the runs are too short to be cancelled: a button that changes its face each time would flicker.
  private readonly patience: Patience;

  constructor(
    private readonly link: Link,
    private readonly model: Model,
    private readonly words: RunWords = WORDS,
  ) {
    this.run = button(words.run, words.doc, () => this.press(), "rb-button rb-button-run");
    this.progress = element("progress", {
      class: "rb-progress",
      max: "1",
      value: "0",
      "aria-label": "Progress",
    });
    this.status = element("span", { class: "rb-status", role: "status" });
    this.root = element("div", { class: "rb-run-buttons" }, this.run, this.progress);
    this.patience = new Patience((running) => this.face(running));
  }

  /** Starts a run, or cancels the one under way. */
  press(): void {
    void this.link.ask(this.model.get("state") === "running" ? this.words.stopAction : "run.start");
  }

  show(): void {
    const state = String(this.model.get("state"));
    this.status.textContent = String(this.model.get("status"));
    this.status.title = this.status.textContent;
    this.status.classList.toggle("rb-error", state === "error");
    this.progress.value = Number(this.model.get("progress"));
    this.patience.show(state === "running");
  }

  dispose(): void {
    this.patience.dispose();
  }

  private face(running: boolean): void {
    this.run.textContent = running ? this.words.stop : this.words.run;
    this.run.title = running ? this.words.stopDoc : this.words.doc;
    this.run.setAttribute("aria-label", this.run.title);
    this.progress.classList.toggle("rb-idle", !running);
  }
}

export class RunSettings {
  readonly root: HTMLElement;
  /** Where choices stand beneath the fields. */
  readonly choices: HTMLElement;
  private readonly fields: Fields;
  private readonly method: HTMLSelectElement;
  private methods: Method[] = [];

  constructor(private readonly link: Link) {
    this.fields = new Fields(link, { action: "run.set" });
    this.method = element("select", {
      class: "rb-select",
      "aria-label": "Integrator",
      onchange: () => void this.link.ask("run.set", { key: "method", value: this.method.value, gesture: "" }),
    });
    this.choices = element(
      "div",
      { class: "rb-run-choices" },
      element(
        "label",
        { class: "rb-method" },
        element("span", { class: "rb-field-label" }, "Integrator"),
        this.method,
      ),
    );
    this.root = element("div", { class: "rb-run-settings" }, this.fields.root, this.choices);
  }

  show(settings: Quantity[], method: string, methods: Method[]): void {
    this.fields.show(settings);
    if (methods !== this.methods) {
      this.methods = methods;
      this.method.replaceChildren(
        ...methods.map(({ name, title, doc }) =>
          element("option", { value: name, title: doc ?? null }, title),
        ),
      );
    }
    this.method.value = method;
    this.method.title = methods.find(({ name }) => name === method)?.doc ?? "";
  }
}
