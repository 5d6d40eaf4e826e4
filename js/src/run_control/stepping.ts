// One row beneath the strip: begin, take a step, go on for a while or until a time, and where the run stands.

import { formatNumber, parseTyped } from "../controls/number";
import { button, element } from "../dom";
import { type Link, refusalOf } from "../link";
import { type Model, onChange } from "../model";

export interface Moment {
  /** Where the run stands, ms; null before the first. */
  t: number | null;
  /** Seconds that it took so far. */
  real: number;
  /** Samples in a millisecond, in words. */
  points: string;
  /** Whether it stands there until it is told to go on. */
  standing: boolean;
  /** What holds a change up, or what becomes of it. */
  note: string;
}

/** A button and the time that it goes by. */
class Going {
  readonly root: HTMLElement;
  private readonly box: HTMLInputElement;
  private readonly go: HTMLButtonElement;
  private edited = false;

  constructor(
    text: string,
    label: string,
    private readonly send: (ms: number | string) => Promise<boolean>,
  ) {
    this.box = element("input", {
      type: "text",
      class: "rb-number",
      inputmode: "decimal",
      autocomplete: "off",
      spellcheck: "false",
      title: label,
      "aria-label": `${label}, ms`,
      oninput: () => {
        this.edited = true;
      },
      onfocus: () => this.box.select(),
    });
    this.go = button(text, label, () => void this.press());
    this.box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      void this.press();
    });
    this.root = element(
      "span",
      { class: "rb-going" },
      this.go,
      this.box,
      element("span", { class: "rb-quiet" }, "ms"),
    );
  }

  show(ms: number, running: boolean): void {
    this.go.disabled = running;
    // What is being typed stays, and so does what was refused.
    if (!this.edited) this.box.value = formatNumber(ms);
  }

  /** Forgets what was refused, once something else was done. */
  forgive(): void {
    if (this.root.classList.contains("rb-invalid")) this.mark(false);
  }

  private async press(): Promise<void> {
    this.mark(!(await this.send(parseTyped(this.box.value))));
  }

  private mark(wrong: boolean): void {
    this.edited = wrong;
    this.box.setAttribute("aria-invalid", String(wrong));
    this.root.classList.toggle("rb-invalid", wrong);
  }
}

export class SteppingRow {
  readonly root: HTMLElement;
  private readonly init: HTMLButtonElement;
  private readonly step: HTMLButtonElement;
  private readonly goFor: Going;
  private readonly goUntil: Going;
  private readonly t = element("output", { class: "rb-moment-value", "data-moment": "t" });
  private readonly real = element("output", { class: "rb-moment-value", "data-moment": "real" });
  private readonly points = element("output", { class: "rb-moment-value", "data-moment": "points" });
  private readonly note = element("span", { class: "rb-quiet rb-moment-note", role: "status" });
  private readonly refusal = element("span", { class: "rb-error", role: "alert" });
  private readonly stop: () => void;

  constructor(
    private readonly link: Link,
    private readonly model: Model,
  ) {
    this.init = button("Init", "Begin anew at 0 ms, and stand there", () => void this.ask("run.init"));
    this.init.dataset.action = "init";
    this.step = button("Step", "Take a single time step", () => void this.ask("run.step"));
    this.step.dataset.action = "step";
    this.goFor = new Going("Continue for", "Go on for so long", (ms) => this.ask("run.for", { ms }));
    this.goFor.root.dataset.action = "for";
    this.goUntil = new Going("Continue until", "Go on until that time", (ms) =>
      this.ask("run.until", { ms }),
    );
    this.goUntil.root.dataset.action = "until";
    const told = (name: string, value: HTMLElement, unit: string) =>
      element("span", { class: "rb-moment-item" }, element("span", { class: "rb-quiet" }, name), value, unit);
    this.root = element(
      "div",
      { class: "rb-stepping" },
      element(
        "div",
        { class: "rb-stepping-row", role: "group", "aria-label": "Step by step" },
        element("span", { class: "rb-group" }, this.init, this.step),
        this.goFor.root,
        this.goUntil.root,
        element(
          "span",
          { class: "rb-moment" },
          told("t", this.t, "ms"),
          told("real time", this.real, "s"),
          element("span", { class: "rb-moment-item" }, this.points),
        ),
      ),
      this.refusal,
      this.note,
    );
    this.stop = onChange(model, ["moment", "state", "stride", "goal"], () => this.show());
    this.show();
  }

  show(): void {
    const { t, real, points, standing, note } = this.model.get("moment") as Moment;
    const running = this.model.get("state") === "running";
    const stood = t === null ? "" : String(t);
    if (this.root.dataset.t !== stood) this.accept();
    this.t.textContent = t === null ? "–" : formatNumber(Number(t.toFixed(6)));
    this.real.textContent = real < 0.0095 ? real.toFixed(3) : real.toFixed(2);
    const numbered = Number.isFinite(Number(points));
    this.points.replaceChildren(points, numbered ? element("span", { class: "rb-quiet" }, " points/ms") : "");
    this.note.textContent = note;
    this.root.dataset.standing = String(standing);
    this.root.dataset.t = stood;
    this.init.disabled = this.step.disabled = running;
    this.goFor.show(Number(this.model.get("stride")), running);
    this.goUntil.show(Number(this.model.get("goal")), running);
  }

  dispose(): void {
    this.stop();
  }

  private async ask(action: string, payload: Record<string, unknown> = {}): Promise<boolean> {
    const refusal = refusalOf(await this.link.ask(action, payload));
    this.refusal.textContent = refusal;
    if (refusal !== "") return false;
    this.accept();
    this.show();
    return true;
  }

  /** Takes back what was said of a refusal. */
  private accept(): void {
    this.refusal.textContent = "";
    this.goFor.forgive();
    this.goUntil.forgive();
  }
}
