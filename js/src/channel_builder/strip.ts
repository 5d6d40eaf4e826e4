// The strip on top: where to begin, what to take away, undo, and how things stand.

import { answerPanel } from "../controls/code_panel";
import { Drawer } from "../controls/drawer";
import { filePicker } from "../controls/picker";
import { type HistoryButtons, historyButtons, toolbar } from "../controls/strip";
import { sendFile, takeDrops } from "../controls/upload";
import { element, fileName } from "../dom";
import { type Link, type Reply, refusalOf } from "../link";
import { type Model, onChange } from "../model";
import type { Choices } from "./channel";

export interface Strip {
  root: HTMLElement;
  drawer: HTMLElement;
  history: HistoryButtons;
  dispose(): void;
}

export function buildStrip(model: Model, link: Link, dropTarget: HTMLElement): Strip {
  const title = element("strong", { class: "rb-title" });
  const history = historyButtons(model, link);
  const status = element("span", { class: "rb-status", role: "status" });
  const message = element("span", { class: "rb-error", role: "alert" });
  const tell = (reply: Reply | null) => {
    message.textContent = refusalOf(reply);
  };

  const begin = element("select", {
    class: "rb-select",
    "aria-label": "Begin with a template or a mechanism",
  });
  const choices = model.get("choices") as Choices;
  const mechanisms = element("optgroup", { label: "Copy of a mechanism" });
  begin.append(
    element("option", { value: "" }, "Begin with …"),
    element(
      "optgroup",
      { label: "Templates" },
      ...choices.templates.map(({ name, title }) => element("option", { value: `template ${name}` }, title)),
    ),
    mechanisms,
  );
  const listMechanisms = async () => {
    const reply = await link.ask("import.names");
    const known = (reply?.mechanisms as { name: string; currents: string[] }[] | undefined) ?? [];
    const options = known.flatMap(({ name, currents }) =>
      currents.map((current) => ({
        value: `import ${name} ${current}`,
        text: currents.length > 1 ? `${name}, ${current}` : name,
      })),
    );
    if (options.length === mechanisms.children.length) return;
    mechanisms.replaceChildren(...options.map(({ value, text }) => element("option", { value }, text)));
  };
  void listMechanisms();
  begin.addEventListener("focus", () => void listMechanisms());
  begin.addEventListener("change", async () => {
    const [action, name, current] = begin.value.split(" ");
    begin.value = "";
    const payload = current === undefined ? { name } : { name, current };
    if (action) tell(await link.ask(action, payload, performance.now(), 30_000));
  });
  begin.dataset.action = "begin";

  const read = async ([file]: File[]) => {
    if (file) tell(await sendFile(link, "import.file", file));
  };
  const open = filePicker(
    {
      accept: ".mod,.json",
      label: "NMODL or channel file",
      text: "Open…",
      doc: "Import an NMODL file, or open a channel's JSON; it may also be dropped here",
    },
    (files) => void read(files),
  );

  const drawer = new Drawer();
  const opener = (name: string, text: string, label: string, extension: string) =>
    drawer.opener(name, text, label, async () => {
      const reply = await link.ask(name);
      const file = String(reply?.name ?? fileName(String(model.get("title")), extension));
      return answerPanel(reply, { file, label: file });
    });
  const nmodl = opener("export.nmodl", "NMODL", "The channel as NMODL that NEURON compiles", "mod");
  const code = opener("code", "</>", "The Python code that makes the channel", "py");
  const json = opener("export.json", "JSON", "The channel as a file that opens again", "json");

  const show = () => {
    title.textContent = String(model.get("title"));
    status.textContent = String(model.get("status"));
  };
  show();
  const stops = [
    onChange(model, ["title", "status"], show),
    // What is open stays true to the channel.
    onChange(model, ["channel"], () => void drawer.refresh()),
    history.dispose,
    takeDrops(dropTarget, (files) => void read(files)),
  ];
  return {
    root: toolbar(
      "Channel Builder",
      title,
      begin,
      open.button,
      open.input,
      history.root,
      element("span", { class: "rb-group" }, nmodl, json, code),
      message,
      status,
    ),
    drawer: drawer.root,
    history,
    dispose() {
      for (const stop of stops) stop();
    },
  };
}
