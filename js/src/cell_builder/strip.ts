// The strip on top: the cell's name, undo, what can be taken away, and how things stand.

import { answerPanel } from "../controls/code_panel";
import { Drawer } from "../controls/drawer";
import { filePicker } from "../controls/picker";
import { type HistoryButtons, historyButtons, toolbar } from "../controls/strip";
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
  history: HistoryButtons;
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
  const history = historyButtons(model, link, tell);
  const status = element("span", { class: "rb-status", role: "status" });
  const read = async ([file]: File[]) => {
    if (file) tell(await sendFile(link, "import.file", file, LIMIT));
  };
  const open = filePicker(
    {
      accept: ".json,.swc,.asc,.nml,.nts,.xml",
      label: "File of a cell",
      text: "Open…",
      doc: "Open a cell's JSON or a morphology in place of this cell; it may also be dropped here",
    },
    (files) => void read(files),
  );
  const fileAs = (extension: string) => fileName(String(model.get("title") || "cell"), extension);
  const drawer = new Drawer();
  const code = drawer.opener("code", "</>", "The Python code that makes the cell", async () =>
    answerPanel(await link.ask("code"), { file: fileAs("py") }),
  );
  const json = button("JSON", "Save the cell as a file that rb.load_cell and Open… read", async () => {
    const reply = await link.ask("export.json");
    if (typeof reply?.content === "string")
      download(fileAs("json"), new Blob([reply.content], { type: "application/json" }));
    else tell(reply);
  });
  json.dataset.action = "export.json";

  const show = () => {
    name.show(String(model.get("title")));
    status.textContent = String(model.get("status"));
  };
  show();
  const stops = [
    onChange(model, ["title", "status"], show),
    // The code that is open stays true to the cell.
    onChange(model, ["revision"], () => void drawer.refresh()),
    takeDrops(dropTarget, (files) => void read(files)),
    history.dispose,
  ];
  return {
    root: toolbar(
      "CellBuilder",
      name.root,
      history.root,
      element("span", { class: "rb-group" }, open.button, open.input, json, code),
      status,
    ),
    drawer: drawer.root,
    history,
    dispose() {
      for (const stop of stops) stop();
    },
  };
}
