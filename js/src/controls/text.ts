// A text or a choice with its name, and beneath it what is wrong with what was given.

import { element } from "../dom";
import type { Reply } from "../link";

type Send = (value: string) => Promise<Reply | null>;

let count = 0;

/** One line of text, sent when it is left or on Enter; Escape gives back what was there. */
export class TextField {
  readonly root: HTMLElement;
  readonly input: HTMLInputElement;
  private readonly message: HTMLElement;
  private shown = "";

  constructor(
    label: string,
    private readonly send: Send,
    options: { doc?: string; placeholder?: string; list?: string; className?: string; mono?: boolean } = {},
  ) {
    const id = `rb-text-${++count}`;
    this.input = element("input", {
      type: "text",
      id,
      class: options.mono ? "rb-input rb-mono" : "rb-input",
      autocomplete: "off",
      spellcheck: "false",
      placeholder: options.placeholder,
      list: options.list,
      "aria-describedby": `${id}-error`,
      onchange: () => void this.commit(),
    });
    this.input.addEventListener("keydown", (event) => {
      // JupyterLab keeps Enter from becoming a change.
      if (event.key === "Enter") void this.commit();
      if (event.key === "Escape") this.revert();
    });
    this.message = element("div", { class: "rb-error", id: `${id}-error`, role: "alert" });
    this.root = element(
      "div",
      { class: `rb-text-field ${options.className ?? ""}` },
      element("label", { class: "rb-field-label", for: id, title: options.doc ?? null }, label),
      this.input,
      this.message,
    );
  }

  show(value: string): void {
    const moved = value !== this.shown;
    this.shown = value;
    // What is being typed stays, and so does what was refused, beside the words that say why.
    if (document.activeElement === this.input || (this.message.textContent !== "" && !moved)) return;
    this.revert();
  }

  fail(message: string): void {
    this.message.textContent = message;
    this.root.classList.toggle("rb-invalid", message !== "");
    this.input.setAttribute("aria-invalid", String(message !== ""));
  }

  private revert(): void {
    this.input.value = this.shown;
    this.fail("");
  }

  private async commit(): Promise<void> {
    const value = this.input.value.trim();
    if (value === this.shown) {
      this.fail("");
      return;
    }
    const reply = await this.send(value);
    if (reply) this.fail(reply.error ?? "");
  }
}

/** One of a few, as a drop-down list. */
export class ChoiceField {
  readonly root: HTMLElement;
  readonly select: HTMLSelectElement;
  private readonly message: HTMLElement;
  private shown = "";
  private options = "";

  constructor(
    label: string,
    private readonly send: Send,
    className = "",
  ) {
    const id = `rb-choice-${++count}`;
    this.select = element("select", { class: "rb-select", id, onchange: () => void this.commit() });
    this.message = element("div", { class: "rb-error", role: "alert" });
    this.root = element(
      "div",
      { class: `rb-text-field ${className}` },
      element("label", { class: "rb-field-label", for: id }, label),
      this.select,
      this.message,
    );
  }

  show(value: string, options: { name: string; title: string; doc?: string }[]): void {
    const shape = JSON.stringify(options);
    if (shape !== this.options) {
      this.options = shape;
      this.select.replaceChildren(
        ...options.map(({ name, title, doc }) =>
          element("option", { value: name, title: doc ?? null }, title),
        ),
      );
    }
    this.shown = value;
    this.select.value = value;
  }

  private async commit(): Promise<void> {
    const reply = await this.send(this.select.value);
    if (!reply) return;
    this.message.textContent = reply.error ?? "";
    if (reply.error) this.select.value = this.shown;
  }
}
