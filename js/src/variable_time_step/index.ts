// VariableTimeStep: the integrator on the left, what it did on the right; beneath, tolerances and measured costs.

import { answerPanel } from "../controls/code_panel";
import { Drawer } from "../controls/drawer";
import type { Quantity } from "../controls/field";
import { Fields } from "../controls/fields";
import { answeringLink, refusalNotice } from "../controls/silence";
import { isTyping, toolbar } from "../controls/strip";
import { button, element } from "../dom";
import { type Component, onChange } from "../model";
import { keepButtons } from "../run_control";
import { RunButtons } from "../run_control/run_control";
import { watchTheme } from "../store";
import { bindTraces } from "../traces";
import { type Integrator, IntegratorList } from "./integrators";
import { ScaleTable, type StateScale } from "./scales";
import { StudyPanel } from "./study";

export const mountVariableTimeStep: Component = (el, model, store) => {
  const root = element("div", { class: "rb rb-tool rb-steps" });
  const { link, silence } = answeringLink(model);
  const refusal = refusalNotice();
  const buttons = new RunButtons(link, model);
  const keep = keepButtons(link, model);
  const drawer = new Drawer();
  const title = element("strong", { class: "rb-title" });
  const integrators = new IntegratorList(async (name) => {
    refusal.tell(await link.ask("run.set", { key: "method", value: name }));
    showIntegrators();
  });
  const settings = () => model.get("settings") as Quantity[];
  const fields = new Fields(link, {
    action: "run.set",
    tools: ({ key }) =>
      key === "tstop" || key === "rtol"
        ? []
        : [
            ["÷10", 0.1],
            ["×10", 10],
          ].map(([text, factor]) =>
            button(
              String(text),
              `${text} ${key}`,
              async () => {
                const now = settings().find((each) => each.key === key)?.value ?? 0;
                const value = Number((now * Number(factor)).toPrecision(6));
                refusal.tell(await link.ask("run.set", { key, value }));
              },
              "rb-button rb-small",
            ),
          ),
  });
  const traces = bindTraces(root, model, store);
  const account = element("p", { class: "rb-account", role: "status" });
  const against = element("p", { class: "rb-account rb-quiet" });
  const failure = element("p", { class: "rb-notice rb-error", role: "alert" });
  const scales = new ScaleTable(link);
  const study = new StudyPanel(link, model, store);
  const code = drawer.opener("code", "</>", "The lines that run the cell as here", async () =>
    answerPanel(await link.ask("code"), { intro: "These lines run the cell as it is run here:" }),
  );
  root.append(
    toolbar(
      "Variable time step",
      title,
      buttons.root,
      keep.root,
      element("span", { class: "rb-group" }, code),
      buttons.status,
    ),
    drawer.root,
    silence,
    refusal.root,
    failure,
    element(
      "div",
      { class: "rb-steps-stage" },
      element("div", { class: "rb-steps-left" }, integrators.root, fields.root, account, against),
      element("div", { class: "rb-steps-right" }, traces.view.root),
    ),
    element("div", { class: "rb-steps-below" }, scales.root, study.root),
  );
  el.append(root);

  const showIntegrators = () =>
    integrators.show(model.get("methods") as Integrator[], String(model.get("method")));
  const showSettings = () => fields.show(settings());
  const showWords = () => {
    title.textContent = String(model.get("title"));
    account.textContent = String(model.get("account"));
    against.textContent = String(model.get("against"));
    const error = String(model.get("error"));
    failure.textContent = error;
    failure.hidden = error === "";
    root.classList.toggle("rb-stale", error !== "");
  };
  const showScales = () => scales.show(model.get("scales") as StateScale[], Boolean(model.get("scaled")));
  const showState = () => {
    root.dataset.state = String(model.get("state"));
  };
  const showAll = [showIntegrators, showSettings, showWords, showScales, showState, () => buttons.show()];
  for (const show of showAll) show();
  root.addEventListener("keydown", (event) => {
    const run = (event.ctrlKey || event.metaKey) && event.key === "Enter";
    const kept = event.key.toLowerCase() === "k" && !event.ctrlKey && !event.metaKey && !isTyping(event);
    if (!run && !kept) return;
    event.preventDefault();
    event.stopPropagation();
    if (run) buttons.press();
    else void link.ask("trace.keep");
  });
  const stops = [
    onChange(model, ["methods", "method"], showIntegrators),
    onChange(model, ["settings"], showSettings),
    onChange(model, ["title", "account", "against", "error"], showWords),
    onChange(model, ["scales", "scaled"], showScales),
    onChange(model, ["state"], showState),
    onChange(model, ["state", "progress", "status"], () => buttons.show()),
    drawer.followCode(model),
    watchTheme(store),
  ];
  return () => {
    for (const stop of stops) stop();
    study.dispose();
    traces.dispose();
    keep.dispose();
    buttons.dispose();
    link.dispose();
    root.remove();
  };
};
