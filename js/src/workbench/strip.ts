// The strip on top: what is shown, what can be done with it as a whole, and how it stands, in words.

import { answerPanel } from "../controls/code_panel";
import { Drawer } from "../controls/drawer";
import { type HistoryButtons, historyButtons, toolbar } from "../controls/strip";
import { button, download, element, fileName } from "../dom";
import { type Link, refusalOf } from "../link";
import { type Model, onChange } from "../model";
import { keepButtons } from "../run_control";
import type { RunButtons } from "../run_control/run_control";
import type { TracePlotView } from "../traces/plot";

export interface Strip {
  root: HTMLElement;
  /** Opened beneath the strip: the code, or the list of shortcuts. */
  drawer: HTMLElement;
  toggleShortcuts(): void;
  history: HistoryButtons;
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
  const history = historyButtons(model, link);
  const keep = keepButtons(link, model);
  const drawer = new Drawer();
  const code = drawer.opener("code", "</>", "The Python code of what is shown", async () =>
    answerPanel(await link.ask("code"), { fromEnd: true }),
  );
  const shortcuts = drawer.opener("shortcuts", "?", "Keyboard shortcuts", showShortcuts);
  const exports = drawer.opener("export", "Export", "Save traces, pictures or the cell", () =>
    showExports(model, link, plot),
  );
  const show = () => {
    title.textContent = String(model.get("title") || "cell");
  };
  show();
  const stops = [onChange(model, ["title"], show), drawer.followCode(model)];

  return {
    root: toolbar(
      "Workbench",
      title,
      run.root,
      history.root,
      keep.root,
      element("span", { class: "rb-group" }, code, exports, shortcuts),
      run.status,
    ),
    drawer: drawer.root,
    toggleShortcuts: () => shortcuts.click(),
    history,
    keep: () => void link.ask("trace.keep"),
    dispose() {
      for (const stop of stops) stop();
      keep.dispose();
      history.dispose();
    },
  };
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
    else message.textContent = refusalOf(reply);
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
