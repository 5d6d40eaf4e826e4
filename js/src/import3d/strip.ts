// The strip on top: what is open, where another comes from, undo, and where the shape goes from here.

import { answerPanel, codePanel } from "../controls/code_panel";
import { Drawer } from "../controls/drawer";
import { filePicker } from "../controls/picker";
import { type HistoryButtons, historyButtons, toolbar } from "../controls/strip";
import { sendFile } from "../controls/upload";
import { button, download, element } from "../dom";
import { type Link, type Reply, refusalOf } from "../link";
import { type Model, onChange } from "../model";
import { PATIENCE } from "./page";

/** Of one morphology; Python refuses more as well. */
export const MOST_BYTES = 64_000_000;

export interface Strip {
  root: HTMLElement;
  /** Opened beneath the strip: how to go on with the cell. */
  drawer: HTMLElement;
  read(files: File[]): Promise<void>;
  pick(): void;
  history: HistoryButtons;
  dispose(): void;
}

export function buildStrip(model: Model, link: Link, root: HTMLElement): Strip {
  const title = element("strong", { class: "rb-title" });
  const size = element("span", { class: "rb-quiet rb-import-size" });
  const status = element("span", { class: "rb-status", role: "status" });
  const message = element("span", { class: "rb-error", role: "alert" });
  const tell = (reply: Reply | null) => {
    message.textContent = refusalOf(reply);
  };

  const read = async ([file]: File[]) => {
    if (!file) return;
    root.dataset.busy = "true";
    status.textContent = `Reading ${file.name} …`;
    tell(await sendFile(link, "open.upload", file, { most: MOST_BYTES, what: "morphology" }));
    delete root.dataset.busy;
    showStatus();
  };
  const open = filePicker(
    {
      accept: ".swc,.asc,.nts,.nml,.xml,.txt",
      label: "Morphology file",
      text: "Open…",
      doc: "Open a morphology: SWC, Neurolucida, Eutectic or NeuroML; it may also be dropped here",
    },
    (files) => void read(files),
  );
  open.button.dataset.action = "open";
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

  const history = historyButtons(model, link, tell);
  const drawer = new Drawer();
  const make = button("Make a cell", "Make a cell of the sections, to build on in Python", async () => {
    const reply = await link.ask("make", {}, performance.now(), PATIENCE);
    tell(reply);
    if (typeof reply?.code === "string") {
      const panel = codePanel(reply.code, { intro: String(reply.words) });
      void drawer.show("cell", () => panel);
    }
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
  const code = drawer.opener("code", "</>", "The Python code of what was done", async () =>
    answerPanel(await link.ask("code"), { intro: "What was done here, as code:" }),
  );

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
    showStatus();
  };
  show();
  const stops = [
    onChange(model, ["file_name", "size", "status"], show),
    onChange(model, ["opened"], () => {
      drawer.close();
      message.textContent = "";
    }),
    history.dispose,
  ];
  return {
    root: toolbar(
      "Import3D",
      title,
      size,
      open.button,
      open.input,
      path,
      history.root,
      element("span", { class: "rb-group" }, make, swc, code),
      message,
      status,
    ),
    drawer: drawer.root,
    read,
    pick: () => open.button.click(),
    history,
    dispose() {
      for (const stop of stops) stop();
    },
  };
}
