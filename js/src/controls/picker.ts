// A button that asks for files of this computer.

import { button, element } from "../dom";

export interface PickerOptions {
  /** The endings to offer: ".swc,.asc". */
  accept: string;
  /** What a screen reader calls the choice of a file. */
  label: string;
  /** The button's text, and the words that explain it. */
  text: string;
  doc: string;
  several?: boolean;
}

export interface Picker {
  button: HTMLButtonElement;
  /** The browser's own control, out of sight; it belongs in the page beside the button. */
  input: HTMLInputElement;
}

/** `read` gets what was chosen; the same file can be chosen again. */
export function filePicker(options: PickerOptions, read: (files: File[]) => void): Picker {
  const input = element("input", {
    type: "file",
    accept: options.accept,
    multiple: options.several === true,
    class: "rb-hidden-text",
    tabindex: "-1",
    "aria-label": options.label,
    onchange: () => {
      read([...(input.files ?? [])]);
      input.value = "";
    },
  });
  return { button: button(options.text, options.doc, () => input.click()), input };
}

/** Asks for NMODL files, as wherever mechanisms are loaded. */
export function modPicker(read: (files: File[]) => void): Picker {
  return filePicker(
    {
      accept: ".mod",
      label: "NMODL files",
      text: "Load .mod…",
      doc: "Load NMODL files; they may also be dropped here",
      several: true,
    },
    read,
  );
}
