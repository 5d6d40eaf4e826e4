// The strip on top: the cell's name, undo, what can be taken away, and how things stand.

import { TextField } from "../controls/text";
import { sendFile, takeDrops } from "../controls/upload";
import { button, download, element, fileName } from "../dom";
import type { Link, Reply } from "../link";
import { type Model, onChange } from "../model";

/** Python refuses more as well. */
const LIMIT = { most: 20_000_000, what: "cell" };

export interface Strip {
  root: HTMLElement;
  drawer: HTMLElement;
  undo(): void;
  redo(): void;
  dispose(): void;
}

export function buildStrip(
  model: Model,
  link: Link,
  dropTarget: HTMLElement,
  tell: (reply: Reply | null) => void,
): Strip {
  const name = new TextField("Name of the cell", (value) => link.ask("rename", { name: value }), {
    className: "rb-cell-name",
  });
  name.root.dataset.text = "cell";
  const undo = button("↶", "Undo", async () => tell(await link.ask("history.undo")));
  const redo = button("↷", "Redo", async () => tell(await link.ask("history.redo")));
  undo.dataset.action = "undo";
  redo.dataset.action = "redo";
  const status = element("span", { class: "rb-status", role: "status" });
  const drawer = element("div", { class: "rb-drawer" });
  drawer.hidden = true;

  const read = async (files: File[]) => {
    const [file] = files;
    if (file) tell(await sendFile(link, "import.file", file, LIMIT));
  };
  const picker = element("input", {
    type: "file",
    accept: ".json,.swc,.asc,.nml,.nts,.xml",
    class: "rb-hidden-text",
    tabindex: "-1",
    "aria-label": "File of a cell",
    onchange: () => {
      void read([...(picker.files ?? [])]);
      picker.value = "";
    },
  });
  const open = button(
    "Open…",
    "Open a cell's JSON or a morphology in place of this cell; it may also be dropped here",
    () => picker.click(),
  );

  let opened = "";
  const openers = new Map<string, HTMLButtonElement>();
  const close = () => {
    opened = "";
    drawer.hidden = true;
    for (const opener of openers.values()) opener.setAttribute("aria-expanded", "false");
  };
  const title = () => String(model.get("title") || "cell");
  const code = button("</>", "The Python code that makes the cell", async () => {
    if (opened === "code") {
      close();
      return;
    }
    opened = "code";
    code.setAttribute("aria-expanded", "true");
    drawer.hidden = false;
    await fill();
  });
  code.setAttribute("aria-expanded", "false");
  code.dataset.action = "code";
  openers.set("code", code);
  const fill = async () => {
    const reply = await link.ask("code");
    if (opened !== "code") return;
    drawer.replaceChildren(
      codePanel(reply, fileName(title(), "py")),
      button("×", "Close", close, "rb-button rb-drawer-close"),
    );
  };
  drawer.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  const json = button("JSON", "Save the cell as a file that rb.load_cell and Open… read", async () => {
    const reply = await link.ask("export.json");
    if (typeof reply?.content === "string")
      download(fileName(title(), "json"), new Blob([reply.content], { type: "application/json" }));
    else tell(reply);
  });
  json.dataset.action = "export.json";

  const show = () => {
    name.show(String(model.get("title")));
    const [undoable, redoable] = [String(model.get("undo_label")), String(model.get("redo_label"))];
    undo.disabled = undoable === "";
    redo.disabled = redoable === "";
    undo.title = undoable ? `Undo: ${undoable} (Ctrl+Z)` : "Nothing to undo";
    redo.title = redoable ? `Redo: ${redoable} (Ctrl+Shift+Z)` : "Nothing to redo";
    undo.setAttribute("aria-label", undo.title);
    redo.setAttribute("aria-label", redo.title);
    status.textContent = String(model.get("status"));
  };
  show();
  const stops = [
    onChange(model, ["title", "undo_label", "redo_label", "status"], show),
    // The code that is open stays true to the cell.
    onChange(model, ["revision"], () => {
      if (opened === "code") void fill();
    }),
    takeDrops(dropTarget, (files) => void read(files)),
  ];
  return {
    root: element(
      "div",
      { class: "rb-strip", role: "toolbar", "aria-label": "CellBuilder" },
      name.root,
      element("span", { class: "rb-group" }, undo, redo),
      element("span", { class: "rb-group" }, open, picker, json, code),
      status,
    ),
    drawer,
    undo: () => undo.click(),
    redo: () => redo.click(),
    dispose() {
      for (const stop of stops) stop();
    },
  };
}

function codePanel(reply: Reply | null, name: string): HTMLElement {
  const text = typeof reply?.content === "string" ? reply.content : "";
  if (text === "")
    return element(
      "p",
      { class: "rb-error" },
      reply?.error ?? "The kernel does not answer, so there is nothing to show.",
    );
  const body = element("pre", { class: "rb-code", tabindex: "0", "aria-label": "Python code" }, text);
  const copy = button("Copy", "Copy the code", async () => {
    try {
      await navigator.clipboard.writeText(text);
      copy.textContent = "Copied";
    } catch {
      // A page without clipboard permission can still select.
      getSelection()?.selectAllChildren(body);
      copy.textContent = "Selected: press Ctrl+C";
    }
  });
  const save = button(`Download ${name}`, `Save ${name}`, () =>
    download(name, new Blob([text], { type: "text/plain" })),
  );
  save.dataset.action = "download";
  return element("div", { class: "rb-code-panel" }, element("span", { class: "rb-group" }, copy, save), body);
}
