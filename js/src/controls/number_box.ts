// A number in a line of controls: its name, a box and its unit, and what is wrong with what was typed as its words.

import { element } from "../dom";
import type { Reply } from "../link";
import { formatNumber, parseTyped } from "./number";

export interface NumberBoxOptions {
  label: string;
  /** What a screen reader and a tooltip say, where the label is short. */
  doc?: string;
  unit?: string;
  /** How many characters wide. */
  width?: number;
}

export class NumberBox {
  readonly root: HTMLElement;
  readonly input: HTMLInputElement;
  private readonly message = element("span", { class: "rb-error", role: "alert" });
  private shown = Number.NaN;
  private edited = false;

  constructor(
    options: NumberBoxOptions,
    private readonly send: (value: number | string) => Promise<Reply | null>,
  ) {
    const { label, doc = label, unit = "", width = 6 } = options;
    this.input = element("input", {
      type: "text",
      class: "rb-number",
      inputmode: "decimal",
      autocomplete: "off",
      spellcheck: "false",
      title: doc,
      "aria-label": unit ? `${doc}, ${unit}` : doc,
      oninput: () => {
        this.edited = true;
      },
      onchange: () => void this.commit(),
      onfocus: () => this.input.select(),
    });
    this.input.style.width = `${width}ch`;
    this.input.addEventListener("keydown", (event) => {
      // JupyterLab keeps Enter from becoming a change.
      if (event.key === "Enter") void this.commit();
      if (event.key === "Escape") this.revert();
    });
    this.root = element(
      "label",
      { class: "rb-number-box" },
      label ? element("span", { class: "rb-quiet" }, label) : null,
      this.input,
      unit ? element("span", { class: "rb-quiet" }, unit) : null,
      this.message,
    );
  }

  show(value: number): void {
    const moved = value !== this.shown;
    this.shown = value;
    // What is being typed stays, and so does what was refused, beside the words that say why.
    if (this.edited || (this.message.textContent !== "" && !moved)) return;
    this.revert();
  }

  private revert(): void {
    this.edited = false;
    this.input.value = Number.isFinite(this.shown) ? formatNumber(Number(this.shown.toPrecision(4))) : "";
    this.fail("");
  }

  private fail(message: string): void {
    this.message.textContent = message;
    this.root.classList.toggle("rb-invalid", message !== "");
    this.input.setAttribute("aria-invalid", String(message !== ""));
  }

  private async commit(): Promise<void> {
    if (!this.edited) return;
    this.edited = false;
    const value = parseTyped(this.input.value);
    if (value === "") {
      this.revert();
      return;
    }
    const reply = await this.send(value);
    this.fail(reply ? (reply.error ?? "") : "");
    if (reply && !reply.error && !this.edited) this.revert();
  }
}
