import { publish } from "../clamps";
import { answerPanel } from "../controls/code_panel";
import { Drawer } from "../controls/drawer";
import type { Quantity } from "../controls/field";
import { filePicker } from "../controls/picker";
import { answeringLink, refusalNotice } from "../controls/silence";
import { isTyping, toolbar } from "../controls/strip";
import { ChoiceField } from "../controls/text";
import { fromBase64, sendBytes, takeDrops } from "../controls/upload";
import { button, download, element } from "../dom";
import { type Link, type Reply, refusalOf } from "../link";
import { type Component, type Model, onChange } from "../model";
import { watchTheme } from "../store";
import { FamilyPanel } from "./family";
import { type Method, RunButtons, RunSettings, type RunWords } from "./run_control";
import { SteppingRow } from "./stepping";

/** Joins run buttons and settings to the model's traits. */
export function bindRun(
  model: Model,
  link: Link,
  words?: RunWords,
): { buttons: RunButtons; settings: RunSettings; dispose(): void } {
  const buttons = new RunButtons(link, model, words);
  const settings = new RunSettings(link);
  const refreshSettings = () =>
    settings.show(
      model.get("settings") as Quantity[],
      String(model.get("method")),
      model.get("methods") as Method[],
    );
  const stops = [
    onChange(model, ["state", "progress", "status"], () => buttons.show()),
    onChange(model, ["settings", "method", "methods"], refreshSettings),
  ];
  buttons.show();
  refreshSettings();
  return {
    buttons,
    settings,
    dispose() {
      for (const stop of stops) stop();
      buttons.dispose();
    },
  };
}

/** The buttons that keep the shown run beneath the following ones, and that drop what was kept. */
export function keepButtons(link: Link, model: Model): { root: HTMLElement; dispose(): void } {
  const keep = button(
    "Keep trace",
    "Keep these traces, faint, beneath the next runs (K)",
    () => void link.ask("trace.keep"),
  );
  const clear = button("Clear kept", "Drop the kept traces", () => void link.ask("trace.clear"));
  const show = () => {
    clear.hidden = (model.get("kept_info") as unknown[]).length === 0;
  };
  show();
  return {
    root: element("span", { class: "rb-keep" }, keep, clear),
    dispose: onChange(model, ["kept_info"], show),
  };
}

const WORDS: RunWords = {
  run: "▶ Init & Run",
  doc: "Begin anew and run to the end (Ctrl+Enter)",
  stop: "■ Stop",
  stopDoc: "Stop the run where it is (Ctrl+Enter)",
  stopAction: "run.stop",
};

/** Of a saved state; Python refuses more as well. */
const STATE_LIMIT = { most: 64_000_000, what: "state" };

/** Saving a state, and taking one back, may wait for a chunk of a run, ms. */
const PATIENCE = 20_000;

export const mountRunControl: Component = (el, model, store) => {
  const root = element("div", { class: "rb rb-tool rb-run-alone" });
  const { link, silence } = answeringLink(model);
  const refusal = refusalNotice();
  const { buttons, settings, dispose } = bindRun(model, link, WORDS);
  const keep = keepButtons(link, model);
  const stepping = new SteppingRow(link, model);
  const family = new FamilyPanel(link, model, store);
  const drawer = new Drawer();
  const families = drawer.opener(
    "families",
    "Family",
    "Run over the values of a parameter",
    () => family.root,
  );
  const code = drawer.opener("code", "</>", "The lines that run the cell as here", async () =>
    answerPanel(await link.ask("code"), { intro: "These lines run the cell as it was run here:" }),
  );
  const state = stateButtons(link, root, (reply) => refusal.tell(reply));
  const start = new ChoiceField("Start from", (name) => link.ask("run.set", { key: "start", value: name }));
  start.root.dataset.choice = "start";
  const showStart = () =>
    start.show(
      String(model.get("start_from")),
      model.get("starts") as { name: string; title: string; doc?: string }[],
    );
  showStart();
  const failure = element("p", { class: "rb-notice rb-error", role: "alert" });
  const showFailure = () => {
    failure.textContent = String(model.get("error"));
    failure.hidden = failure.textContent === "";
  };
  showFailure();
  settings.choices.append(start.root);
  root.append(
    toolbar(
      "Run control",
      buttons.root,
      keep.root,
      element("span", { class: "rb-group" }, ...state.buttons),
      element("span", { class: "rb-group" }, families, code),
      buttons.status,
    ),
    drawer.root,
    silence,
    refusal.root,
    failure,
    stepping.root,
    settings.root,
  );
  el.append(root);
  publish(root, model);
  root.addEventListener("keydown", (event) => {
    const control = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    const actions: [boolean, () => void][] = [
      [control && key === "enter", () => buttons.press()],
      [key === "k" && !control && !isTyping(event), () => void link.ask("trace.keep")],
    ];
    const action = actions.find(([applies]) => applies)?.[1];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  });
  const stops = [
    onChange(model, ["revision", "state"], () => publish(root, model)),
    onChange(model, ["error"], showFailure),
    onChange(model, ["start_from", "starts"], showStart),
    drawer.followCode(model),
    watchTheme(store),
  ];
  return () => {
    for (const stop of stops) stop();
    state.dispose();
    family.dispose();
    stepping.dispose();
    keep.dispose();
    dispose();
    link.dispose();
    root.remove();
  };
};

/** The buttons that save the state a run stands in, and take one back. */
function stateButtons(
  link: Link,
  dropTarget: HTMLElement,
  tell: (reply: Reply | null) => void,
): { buttons: HTMLElement[]; dispose(): void } {
  const save = button("Save state", "Save the state that the run stands in, as a file", async () => {
    const reply = await link.ask("state.save", {}, performance.now(), PATIENCE);
    tell(reply);
    if (refusalOf(reply) === "" && typeof reply?.content === "string")
      download(
        String(reply.name),
        new Blob([fromBase64(reply.content)], { type: "application/octet-stream" }),
      );
  });
  save.dataset.action = "state.save";
  const read = async ([file]: File[]) => {
    if (file) tell(await sendBytes(link, "state.restore", file, STATE_LIMIT));
  };
  const restore = filePicker(
    {
      accept: ".state,.npz",
      label: "File of a state",
      text: "Restore…",
      doc: "Take a saved state back, and stand at its time; its file may also be dropped here",
    },
    (files) => void read(files),
  );
  restore.button.dataset.action = "state.restore";
  return {
    buttons: [save, restore.button, restore.input],
    dispose: takeDrops(dropTarget, (files) => void read(files)),
  };
}
