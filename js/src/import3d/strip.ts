// The strip on top: what is open, where another comes from, undo, and where the shape goes from here.

import { sendFile } from "../controls/upload";
import { button, download, element } from "../dom";
import type { Link, Reply } from "../link";
import { type Model, onChange } from "../model";
import { PATIENCE, refusalOf } from "./page";

/** Of one morphology; Python refuses more as well. */
export const MOST_BYTES = 64_000_000;

export interface Strip {
  root: HTMLElement;
  /** Opened beneath the strip: how to go on with the cell. */
  drawer: HTMLElement;
  read(files: File[]): Promise<void>;
  pick(): void;
  undo(): void;
  redo(): void;
  dispose(): void;
}

export function buildStrip(model: Model, link: Link, root: HTMLElement): Strip {
  const title = element("strong", { class: "rb-title" });
  const size = element("span", { class: "rb-quiet rb-import-size" });
  const status = element("span", { class: "rb-status", role: "status" });
  const message = element("span", { class: "rb-error", role: "alert" });
  const drawer = element("div", { class: "rb-drawer" });
  drawer.hidden = true;
  const tell = (reply: Reply | null) => {
    message.textContent = refusalOf(reply);
  };

  const read = async (files: File[]) => {
    const [file] = files;
    if (!file) return;
    root.dataset.busy = "true";
    status.textContent = `Reading ${file.name} …`;
    tell(await sendFile(link, "open.upload", file, { most: MOST_BYTES, what: "morphology" }));
    delete root.dataset.busy;
    showStatus();
  };
  const picker = element("input", {
    type: "file",
    accept: ".swc,.asc,.nts,.nml,.xml,.txt",
    class: "rb-hidden-text",
    tabindex: "-1",
    "aria-label": "Morphology file",
    onchange: () => {
      void read([...(picker.files ?? [])]);
      picker.value = "";
    },
  });
  const open = button(
    "Open…",
    "Open a morphology: SWC, Neurolucida, Eutectic or NeuroML; it may also be dropped here",
    () => picker.click(),
  );
  open.dataset.action = "open";
  const path = element("input", {
    type: "text",
    class: "rb-input rb-import-path",
    placeholder: "or a path, then Enter",
    "aria-label": "Path of a file beside the notebook",
    autocomplete: "off",
    spellcheck: "false",
    "data-field": "path",
  });
  path.addEventListener("keydown", async (event) => {
    if (event.key !== "Enter" || path.value.trim() === "") return;
    event.preventDefault();
    tell(await link.ask("open.path", { path: path.value.trim() }, performance.now(), PATIENCE));
  });

  const undo = button("↶", "Undo", () => void link.ask("history.undo").then(tell));
  const redo = button("↷", "Redo", () => void link.ask("history.redo").then(tell));
  undo.dataset.action = "undo";
  redo.dataset.action = "redo";

  const close = () => {
    drawer.hidden = true;
  };
  drawer.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  const showText = (intro: string, text: string, name: string) => {
    const code = element("pre", { class: "rb-code", tabindex: "0", "aria-label": "Python code" }, text);
    const copy = button("Copy", "Copy the code", async () => {
      try {
        await navigator.clipboard.writeText(text);
        copy.textContent = "Copied";
      } catch {
        // A page without clipboard permission can still select.
        getSelection()?.selectAllChildren(code);
        copy.textContent = "Selected: press Ctrl+C";
      }
    });
    drawer.dataset.shows = name;
    drawer.hidden = false;
    drawer.replaceChildren(
      element("div", { class: "rb-code-panel" }, element("p", { class: "rb-made" }, intro), copy, code),
      button("×", "Close", close, "rb-button rb-drawer-close"),
    );
  };
  const make = button("Make a cell", "Make a cell of the sections, to build on in Python", async () => {
    const reply = await link.ask("make", {}, performance.now(), PATIENCE);
    tell(reply);
    if (typeof reply?.code === "string") showText(String(reply.words), reply.code, "cell");
  });
  make.classList.add("rb-button-accent");
  make.dataset.action = "make";
  const swc = button("SWC", "Save the points, as they are now, as an SWC file", async () => {
    const reply = await link.ask("export.swc", {}, performance.now(), PATIENCE);
    tell(reply);
    if (typeof reply?.content === "string")
      download(String(reply.name), new Blob([reply.content], { type: "text/plain" }));
  });
  swc.dataset.action = "export.swc";
  const code = button("</>", "The Python code of what was done", async () => {
    if (!drawer.hidden && drawer.dataset.shows === "code") {
      close();
      return;
    }
    const reply = await link.ask("code");
    tell(reply);
    if (typeof reply?.content === "string") showText("What was done here, as code:", reply.content, "code");
  });
  code.dataset.action = "code";

  const showStatus = () => {
    if (root.dataset.busy === "true") return;
    status.textContent = String(model.get("status"));
  };
  const show = () => {
    const name = String(model.get("file_name"));
    title.textContent = name === "" ? "Import3D" : name;
    title.title = name;
    size.textContent = String(model.get("size"));
    for (const each of [make, swc, code]) each.disabled = name === "";
    const [undoable, redoable] = [String(model.get("undo_label")), String(model.get("redo_label"))];
    undo.disabled = undoable === "";
    redo.disabled = redoable === "";
    undo.title = undoable ? `Undo: ${undoable} (Ctrl+Z)` : "Nothing to undo";
    redo.title = redoable ? `Redo: ${redoable} (Ctrl+Shift+Z)` : "Nothing to redo";
    undo.setAttribute("aria-label", undo.title);
    redo.setAttribute("aria-label", redo.title);
    showStatus();
  };
  show();
  const stops = [
    onChange(model, ["file_name", "size", "undo_label", "redo_label", "status"], show),
    onChange(model, ["opened"], () => {
      close();
      message.textContent = "";
    }),
  ];
  return {
    root: element(
      "div",
      { class: "rb-strip", role: "toolbar", "aria-label": "Import3D" },
      title,
      size,
      open,
      picker,
      path,
      element("span", { class: "rb-group" }, undo, redo),
      element("span", { class: "rb-group" }, make, swc, code),
      message,
      status,
    ),
    drawer,
    read,
    pick: () => picker.click(),
    undo: () => undo.click(),
    redo: () => redo.click(),
    dispose() {
      for (const stop of stops) stop();
    },
  };
}
