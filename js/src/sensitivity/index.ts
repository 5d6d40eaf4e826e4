// The sensitivity lens: a trace in its band on the left, all parameters by their effect on the right.

import type { Electrode } from "../clamps/clamps";
import { Choice, type Option } from "../controls/choice";
import { answerPanel } from "../controls/code_panel";
import { Drawer } from "../controls/drawer";
import type { Quantity } from "../controls/field";
import { Fields } from "../controls/fields";
import { Patience } from "../controls/patience";
import { answeringLink, refusalNotice } from "../controls/silence";
import { historyButtons, pressedHistory, toolbar } from "../controls/strip";
import { button, download, element, fileName } from "../dom";
import { type Component, onChange } from "../model";
import { watchTheme } from "../store";
import { bindTraces } from "../traces";
import { type Bar, Bars, type BarsInfo } from "./bars";

export const mountSensitivity: Component = (el, model, store) => {
  const root = element("div", { class: "rb rb-tool rb-lens" });
  const { link, silence } = answeringLink(model);
  const refusal = refusalNotice();
  const drawer = new Drawer();
  const history = historyButtons(model, link, refusal.tell);
  const ask = async (action: string, fields: Record<string, unknown> = {}) =>
    refusal.tell(await link.ask(action, fields));
  const title = element("strong", { class: "rb-title" });
  const site = new Choice("Trace", (value) => void ask("lens.trace", { site: value }));
  const group = new Choice("By", (value) => void ask("lens.group", { group: value }));
  const feature = new Choice("Rank by", (value) => void ask("lens.feature", { feature: value }));
  const status = element("span", { class: "rb-status", role: "status" });
  const cancel = button("■ Cancel", "Stop what is being worked out", () => void ask("lens.cancel"));
  cancel.dataset.action = "cancel";
  const traces = bindTraces(root, model, store);
  const bars = new Bars((parameter) => void ask("lens.parameter", { parameter }));
  const change = new Fields(link, { action: "lens.change" });
  const membrane = new Fields(link, { action: "mechanism.set" });
  const clamp = new Fields(link, { action: "clamp.set" });
  const elsewhere = element("p", { class: "rb-quiet" });
  const check = button(
    "Check by two runs",
    "Run the model with the parameter so much greater and smaller, and hold the band against it",
    () => void ask("lens.check"),
  );
  check.dataset.action = "check";
  const verdict = element("p", { class: "rb-lens-verdict", role: "status" });
  const remark = element("p", { class: "rb-warning" });
  const failure = element("p", { class: "rb-notice rb-error", role: "alert" });
  const code = drawer.opener("code", "</>", "The code of what is shown", async () =>
    answerPanel(await link.ask("code"), { fromEnd: true, intro: "These lines show the same:" }),
  );
  const save = button("CSV", "Save the ranked effects as a table", async () => {
    const reply = await link.ask("table");
    refusal.tell(reply);
    if (typeof reply?.content === "string")
      download(fileName(`${String(model.get("title"))} effects`, "csv"), new Blob([reply.content]));
  });
  const picture = button("PNG", "Save the picture of the trace", () =>
    traces.view.savePng(String(model.get("title"))),
  );
  root.append(
    toolbar(
      "Sensitivity",
      title,
      site.root,
      group.root,
      history.root,
      element("span", { class: "rb-group" }, code, save, picture, cancel),
      status,
    ),
    drawer.root,
    silence,
    refusal.root,
    failure,
    element(
      "div",
      { class: "rb-lens-stage" },
      element(
        "div",
        { class: "rb-lens-left" },
        traces.view.root,
        element(
          "div",
          { class: "rb-lens-chosen" },
          membrane.root,
          clamp.root,
          elsewhere,
          change.root,
          element("div", { class: "rb-lens-check" }, check, verdict),
          remark,
        ),
      ),
      element("div", { class: "rb-lens-right" }, feature.root, bars.root),
    ),
  );
  el.append(root);

  const showBars = () => {
    feature.show(model.get("features") as Option[], String(model.get("feature")));
    bars.show(model.get("bars") as Bar[], model.get("bars_info") as BarsInfo, String(model.get("parameter")));
  };
  const showChosen = () => {
    const [key, name] = [String(model.get("field")), String(model.get("parameter"))];
    const groups = model.get("mechanisms") as { parameters: Quantity[] }[];
    const electrodes = model.get("clamps") as Electrode[];
    const named = (quantities: Quantity[]) =>
      quantities.filter((each) => each.key === key).map((each) => ({ ...each, label: name }));
    membrane.show(named(groups.flatMap((each) => each.parameters)));
    clamp.show(named(electrodes.flatMap((each) => each.parameters)));
    elsewhere.hidden = key !== "" || name === "";
    elsewhere.textContent = `${name} has no slider here: it is set in code.`;
    change.show(model.get("change") as Quantity[]);
    check.disabled = name === "";
  };
  const showWords = () => {
    title.textContent = String(model.get("title"));
    site.show(
      (model.get("sites") as string[]).map((value) => ({ value, title: value })),
      String(model.get("site")),
    );
    group.show(model.get("groups") as Option[], String(model.get("group")));
    remark.textContent = String(model.get("remark"));
    remark.hidden = remark.textContent === "";
    verdict.textContent = String(model.get("verdict"));
    const error = String(model.get("error"));
    failure.textContent = error;
    failure.hidden = error === "";
    root.classList.toggle("rb-stale", error !== "");
  };
  const patience = new Patience((running) => {
    cancel.hidden = !running;
  });
  const showState = () => {
    const state = String(model.get("state"));
    root.dataset.state = state;
    status.textContent = String(model.get("status"));
    status.classList.toggle("rb-error", state === "error");
    patience.show(state === "running");
  };
  for (const show of [showBars, showChosen, showWords, showState]) show();
  root.addEventListener("keydown", (event) => {
    pressedHistory(event, history);
  });
  const stops = [
    onChange(model, ["revision"], showBars),
    onChange(model, ["revision", "field", "parameter", "mechanisms", "clamps", "change"], showChosen),
    onChange(model, ["revision", "title", "sites", "site", "group", "remark", "verdict", "error"], showWords),
    onChange(model, ["state", "status"], showState),
    drawer.followCode(model),
    watchTheme(store),
  ];
  return () => {
    patience.dispose();
    for (const stop of stops) stop();
    history.dispose();
    traces.dispose();
    link.dispose();
    root.remove();
  };
};
