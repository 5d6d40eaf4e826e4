// The strip on top: what is looked at, undo, code and files, and how it stands, in words.

import { answerPanel } from "../controls/code_panel";
import { Drawer } from "../controls/drawer";
import { type HistoryButtons, historyButtons, toolbar } from "../controls/strip";
import { button, download, element, fileName } from "../dom";
import type { Link, Reply } from "../link";
import { type Model, onChange } from "../model";

export interface Strip {
  root: HTMLElement;
  drawer: HTMLElement;
  history: HistoryButtons;
  toggleShortcuts(): void;
  dispose(): void;
}

/** A picture that can be saved: its words and what saves it under a title. */
export type Picture = readonly [text: string, doc: string, save: (title: string) => void];

const SHORTCUTS: readonly (readonly [string, string])[] = [
  ["A and B", "a click on the tree places this electrode"],
  ["X", "exchange the electrodes"],
  ["← →", "move the frequency (plot focused); Shift: further"],
  ["PgUp PgDn", "half a decade up or down"],
  ["K", "keep the curves"],
  ["Ctrl Z", "undo"],
  ["Ctrl Shift Z", "redo"],
  ["Esc", "close a panel"],
  ["?", "this list"],
];

export function buildStrip(
  model: Model,
  link: Link,
  sites: HTMLElement,
  pictures: readonly Picture[],
  tell: (reply: Reply | null) => void,
): Strip {
  const title = element("strong", { class: "rb-title" });
  const status = element("span", { class: "rb-status", role: "status" });
  const history = historyButtons(model, link, tell);
  const drawer = new Drawer();
  const name = () => `${String(model.get("title") || "cell")} impedance`;
  const code = drawer.opener("code", "</>", "The Python code of what is shown", async () =>
    answerPanel(await link.ask("code"), { fromEnd: true }),
  );
  const table = button("Table, CSV", "Every number shown, with its place, frequency and unit", async () => {
    const reply = await link.ask("export.csv", {}, performance.now(), 30_000);
    tell(reply);
    if (typeof reply?.content === "string")
      download(fileName(name(), "csv"), new Blob([reply.content], { type: "text/csv" }));
  });
  table.dataset.action = "export.csv";
  const exports = drawer.opener("export", "Export", "Save the numbers or a picture", () =>
    element(
      "div",
      { class: "rb-exports" },
      table,
      ...pictures.map(([text, doc, save]) =>
        button(text, doc, () => save(`${name()} ${text.split(",")[0]}`)),
      ),
    ),
  );
  const shortcuts = drawer.opener("shortcuts", "?", "Keyboard shortcuts", () =>
    element(
      "dl",
      { class: "rb-shortcuts" },
      ...SHORTCUTS.flatMap(([keys, what]) => [
        element("dt", {}, element("kbd", {}, keys)),
        element("dd", {}, what),
      ]),
    ),
  );
  const show = () => {
    title.textContent = String(model.get("title") || "cell");
    status.textContent = String(model.get("status"));
  };
  show();
  const stops = [onChange(model, ["title", "status"], show), drawer.followCode(model)];
  return {
    root: toolbar(
      "Impedance",
      title,
      sites,
      history.root,
      element("span", { class: "rb-group" }, code, exports, shortcuts),
      status,
    ),
    drawer: drawer.root,
    history,
    toggleShortcuts: () => shortcuts.click(),
    dispose() {
      for (const stop of stops) stop();
      history.dispose();
    },
  };
}
