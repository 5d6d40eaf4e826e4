// The strip on top: where to begin, what to take away, undo, and how things stand.

import { sendFile, takeDrops } from "../controls/upload";
import { button, download, element, fileName } from "../dom";
import type { Link, Reply } from "../link";
import { type Model, onChange } from "../model";
import type { Choices } from "./channel";

export interface Strip {
  root: HTMLElement;
  drawer: HTMLElement;
  undo(): void;
  redo(): void;
  dispose(): void;
}

export function buildStrip(model: Model, link: Link, dropTarget: HTMLElement): Strip {
  const title = element("strong", { class: "rb-title" });
  const undo = button("↶", "Undo", () => void link.ask("history.undo"));
  const redo = button("↷", "Redo", () => void link.ask("history.redo"));
  undo.dataset.action = "undo";
  redo.dataset.action = "redo";
  const status = element("span", { class: "rb-status", role: "status" });
  const drawer = element("div", { class: "rb-drawer" });
  drawer.hidden = true;
  const message = element("span", { class: "rb-error", role: "alert" });
  const tell = (reply: Reply | null) => {
    message.textContent = reply ? (reply.error ?? "") : "The kernel does not answer.";
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

  const read = async (files: File[]) => {
    const [file] = files;
    if (file) tell(await sendFile(link, "import.file", file));
  };
  const picker = element("input", {
    type: "file",
    accept: ".mod,.json",
    class: "rb-hidden-text",
    tabindex: "-1",
    "aria-label": "NMODL or channel file",
    onchange: () => {
      void read([...(picker.files ?? [])]);
      picker.value = "";
    },
  });
  const open = button(
    "Open…",
    "Import an NMODL file, or open a channel's JSON; it may also be dropped here",
    () => picker.click(),
  );

  let opened = "";
  const openers = new Map<string, HTMLButtonElement>();
  const close = () => {
    opened = "";
    drawer.hidden = true;
    for (const opener of openers.values()) opener.setAttribute("aria-expanded", "false");
  };
  const opener = (name: string, text: string, label: string, extension: string) => {
    const node = button(text, label, async () => {
      if (opened === name) {
        close();
        return;
      }
      opened = name;
      for (const [key, each] of openers) each.setAttribute("aria-expanded", String(key === name));
      drawer.hidden = false;
      await fill(name, extension);
    });
    node.setAttribute("aria-expanded", "false");
    node.dataset.action = name;
    openers.set(name, node);
    return node;
  };
  const fill = async (name: string, extension: string) => {
    const reply = await link.ask(name);
    if (opened !== name) return;
    drawer.replaceChildren(
      textPanel(reply, String(reply?.name ?? fileName(String(model.get("title")), extension))),
      button("×", "Close", close, "rb-button rb-drawer-close"),
    );
  };
  drawer.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  const nmodl = opener("export.nmodl", "NMODL", "The channel as NMODL that NEURON compiles", "mod");
  const code = opener("code", "</>", "The Python code that makes the channel", "py");
  const json = opener("export.json", "JSON", "The channel as a file that opens again", "json");
  const extensions: Record<string, string> = { "export.nmodl": "mod", code: "py", "export.json": "json" };

  const show = () => {
    title.textContent = String(model.get("title"));
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
    // What is open stays true to the channel.
    onChange(model, ["channel"], () => {
      if (opened !== "") void fill(opened, extensions[opened] ?? "txt");
    }),
    takeDrops(dropTarget, (files) => void read(files)),
  ];
  return {
    root: element(
      "div",
      { class: "rb-strip", role: "toolbar", "aria-label": "Channel Builder" },
      title,
      begin,
      open,
      picker,
      element("span", { class: "rb-group" }, undo, redo),
      element("span", { class: "rb-group" }, nmodl, json, code),
      message,
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

function textPanel(reply: Reply | null, name: string): HTMLElement {
  const text = typeof reply?.content === "string" ? reply.content : "";
  if (text === "")
    return element(
      "p",
      { class: "rb-error" },
      reply?.error ?? "The kernel does not answer, so there is nothing to show.",
    );
  const body = element("pre", { class: "rb-code", tabindex: "0", "aria-label": name }, text);
  const copy = button("Copy", `Copy ${name}`, async () => {
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
