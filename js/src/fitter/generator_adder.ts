// What stands over the list of what is held against data: adding a formula against a number, or another fit.

import { parseTyped } from "../controls/number";
import { filePicker } from "../controls/picker";
import { sendFile } from "../controls/upload";
import { button, element } from "../dom";
import type { Link, Reply } from "../link";
import type { Model } from "../model";

export class GeneratorAdder {
  readonly head: HTMLElement;
  /** Opens beneath the head. */
  readonly opener: HTMLElement;

  constructor(
    model: Model,
    private readonly link: Link,
    private readonly tell: (reply: Reply | null) => void,
  ) {
    const text = (label: string, placeholder: string, className = "rb-input") =>
      element("input", {
        type: "text",
        class: className,
        placeholder,
        autocomplete: "off",
        spellcheck: "false",
        "aria-label": label,
      });
    const name = text("Name of the formula", "ratio");
    const formula = text("Formula of the parameters", "gna / gk", "rb-input rb-mono");
    const target = text("Number that it should be", "4", "rb-number");
    const scale = text("Difference that counts as one", "1", "rb-number");
    const add = async () => {
      const reply = await this.link.ask("formula.add", {
        name: name.value,
        formula: formula.value,
        target: parseTyped(target.value || "0"),
        scale: parseTyped(scale.value || "1"),
      });
      this.tell(reply);
      if (!reply || reply.error) return;
      for (const box of [name, formula, target, scale]) box.value = "";
      this.opener.hidden = true;
    };
    for (const box of [name, formula, target, scale])
      box.addEventListener("keydown", (event) => {
        if (event.key === "Enter") void add();
        if (event.key === "Escape") this.opener.hidden = true;
      });
    const done = button("Add", "Hold the formula against the number", () => void add(), "rb-button rb-small");
    done.dataset.action = "formula.add";
    this.opener = element(
      "div",
      { class: "rb-fit-adder" },
      name,
      element("span", {}, ":"),
      formula,
      element("span", { class: "rb-quiet" }, "should be"),
      target,
      element("span", { class: "rb-quiet" }, "±"),
      scale,
      done,
    );
    this.opener.hidden = true;
    const open = button(
      "+ Formula",
      "Hold a formula of the parameters against a number",
      () => {
        this.opener.hidden = !this.opener.hidden;
        if (!this.opener.hidden) name.focus();
      },
      "rb-button rb-small",
    );
    open.dataset.action = "formula.open";
    const picker = filePicker(
      {
        accept: ".json",
        label: "A file of another fit",
        text: "+ Fit…",
        doc: "Add the error of another fit, with its own cell, from the file in which it was saved",
      },
      async ([file]) => {
        if (!file) return;
        const limit = {
          most: Number(model.get("most_bytes")),
          what: "fit",
          instead: "in Python: fit.add_fit",
        };
        this.tell(await sendFile(this.link, "fit.add", file, limit));
      },
    );
    picker.button.classList.add("rb-small");
    this.head = element(
      "div",
      { class: "rb-section-head" },
      element("strong", {}, "Held against data"),
      element("span", { class: "rb-group" }, open, picker.button, picker.input),
    );
  }
}
