// The strip on top: what is shown, what can be done with it as a whole, and how it stands, in words.

import { button, download, element, fileName } from "../dom";
import type { Link } from "../link";
import { type Model, onChange } from "../model";
import { keepButtons } from "../run_control";
import type { RunButtons } from "../run_control/run_control";
import type { TracePlotView } from "../traces/plot";

export interface Strip {
  root: HTMLElement;
  /** Opened beneath the strip: the code, or the list of shortcuts. */
  drawer: HTMLElement;
  toggleShortcuts(): void;
  undo(): void;
  redo(): void;
  keep(): void;
  dispose(): void;
}

const SHORTCUTS: [string, string][] = [
  ["Ctrl Z", "undo"],
  ["Ctrl Shift Z", "redo"],
  ["Ctrl Enter", "run, or cancel"],
  ["K", "keep the traces"],
  ["Esc", "stop moving an electrode, close a panel"],
  ["Space", "play or pause the movie"],
  ["+  -  0", "zoom the traces, show all (traces focused)"],
  ["← →", "move the crosshair or a slider"],
  ["Delete", "remove the chosen electrode (list focused)"],
  ["?", "this list"],
];

export function buildStrip(model: Model, link: Link, run: RunButtons, plot: TracePlotView): Strip {
  const title = element("strong", { class: "rb-title" });
  const undo = button("↶", "Undo", () => void link.ask("history.undo"));
  const redo = button("↷", "Redo", () => void link.ask("history.redo"));
  undo.dataset.action = "undo";
  redo.dataset.action = "redo";
  const keep = keepButtons(link, model);
  const drawer = element("div", { class: "rb-drawer" });
  drawer.hidden = true;

  let opened = "";
  const openers = new Map<string, HTMLButtonElement>();
  const toggle = (name: string, content: () => Node | Promise<Node>) => async () => {
    opened = opened === name ? "" : name;
    for (const [key, opener] of openers) opener.setAttribute("aria-expanded", String(key === opened));
    drawer.hidden = opened === "";
    drawer.replaceChildren();
    if (opened === "") return;
    const body = await content();
    if (opened === name)
      drawer.replaceChildren(body, button("×", "Close", close, "rb-button rb-drawer-close"));
  };
  const close = () => {
    opened = "";
    drawer.hidden = true;
    for (const opener of openers.values()) opener.setAttribute("aria-expanded", "false");
  };
  const opener = (name: string, text: string, label: string, content: () => Node | Promise<Node>) => {
    const node = button(text, label, toggle(name, content));
    node.setAttribute("aria-expanded", "false");
    node.dataset.action = name;
    openers.set(name, node);
    return node;
  };

  const code = opener("code", "</>", "The Python code of what is shown", () => showCode(link));
  const shortcuts = opener("shortcuts", "?", "Keyboard shortcuts", showShortcuts);
  const exports = opener("export", "Export", "Save traces, pictures or the cell", () =>
    showExports(model, link, plot),
  );
  drawer.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });

  const show = () => {
    title.textContent = String(model.get("title") || "cell");
    const [undoable, redoable] = [String(model.get("undo_label")), String(model.get("redo_label"))];
    undo.disabled = undoable === "";
    redo.disabled = redoable === "";
    undo.title = undoable ? `Undo: ${undoable} (Ctrl+Z)` : "Nothing to undo";
    redo.title = redoable ? `Redo: ${redoable} (Ctrl+Shift+Z)` : "Nothing to redo";
    undo.setAttribute("aria-label", undo.title);
    redo.setAttribute("aria-label", redo.title);
  };
  show();
  const stop = onChange(model, ["title", "undo_label", "redo_label"], show);

  return {
    root: element(
      "div",
      { class: "rb-strip", role: "toolbar", "aria-label": "Workbench" },
      title,
      run.root,
      element("span", { class: "rb-group" }, undo, redo),
      keep.root,
      element("span", { class: "rb-group" }, code, exports, shortcuts),
      run.status,
    ),
    drawer,
    toggleShortcuts: () => shortcuts.click(),
    undo: () => undo.click(),
    redo: () => redo.click(),
    keep: () => void link.ask("trace.keep"),
    dispose() {
      stop();
      keep.dispose();
    },
  };
}

async function showCode(link: Link): Promise<Node> {
  const reply = await link.ask("code");
  const text = String(
    reply?.code ?? reply?.error ?? "The kernel does not answer, so its code can't be shown.",
  );
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
  const code = element("pre", { class: "rb-code", tabindex: "0", "aria-label": "Python code" }, text);
  // What was clicked stands at the end, after the many points of a morphology.
  requestAnimationFrame(() => {
    code.scrollTop = code.scrollHeight;
  });
  return element("div", { class: "rb-code-panel" }, copy, code);
}

function showShortcuts(): Node {
  const rows = SHORTCUTS.flatMap(([keys, what]) => [
    element("dt", {}, element("kbd", {}, keys)),
    element("dd", {}, what),
  ]);
  return element("dl", { class: "rb-shortcuts" }, ...rows);
}

function showExports(model: Model, link: Link, plot: TracePlotView): Node {
  const title = () => String(model.get("title") || "cell");
  const message = element("span", { class: "rb-quiet", role: "status" });
  const fromPython = (action: string, extension: string, type: string, fallback?: () => void) => async () => {
    const reply = await link.ask(action);
    if (typeof reply?.content === "string")
      download(fileName(title(), extension), new Blob([reply.content], { type }));
    else if (fallback) fallback();
    else message.textContent = reply?.error ?? "The kernel does not answer.";
  };
  return element(
    "div",
    { class: "rb-exports" },
    button(
      "Traces, CSV",
      "Every sample of every trace, with units",
      fromPython("export.csv", "csv", "text/csv", () => plot.saveCsv(title())),
    ),
    button("Traces, PNG", "The traces as they look now", () => plot.savePng(title())),
    button(
      "Cell, JSON",
      "The cell as a file that rb.load_cell opens",
      fromPython("export.cell", "json", "application/json"),
    ),
    message,
  );
}
