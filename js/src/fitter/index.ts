// Fitter: the data with the model over them, beside them what may move, and beneath what the search tells.

import { answerPanel } from "../controls/code_panel";
import { Drawer } from "../controls/drawer";
import { formatNumber } from "../controls/number";
import { answeringLink, refusalNotice } from "../controls/silence";
import { historyButtons, pressedHistory, toolbar } from "../controls/strip";
import { element } from "../dom";
import { type Component, onChange } from "../model";
import { watchTheme } from "../store";
import { type Parameter, ParameterTable } from "./parameter_table";
import { SearchBar } from "./search_bar";
import { Stage } from "./stage";

export const mountFitter: Component = (el, model, store) => {
  const root = element("div", { class: "rb rb-tool rb-fitter" });
  const { link, silence } = answeringLink(model);
  const refusal = refusalNotice();
  const drawer = new Drawer();
  const history = historyButtons(model, link, refusal.tell);
  const title = element("strong", { class: "rb-title" });
  const search = new SearchBar(model, link, refusal.tell);
  const stage = new Stage(model, link, refusal.tell);
  const parameters = new ParameterTable(link, refusal.tell);
  const failure = element("p", { class: "rb-notice rb-error", role: "alert" });
  const total = element("span", { class: "rb-status", role: "status" });
  const settings = drawer.opener("settings", "⚙ Search", "Optimiser, trials, seed and store", () =>
    search.settings(),
  );
  const code = drawer.opener("code", "</>", "The code of this fit", async () =>
    answerPanel(await link.ask("code"), { fromEnd: true, intro: "These lines build the fit and search:" }),
  );
  root.append(
    toolbar(
      "Fitter",
      title,
      search.root,
      element("span", { class: "rb-group" }, settings),
      history.root,
      element("span", { class: "rb-group" }, code),
      total,
    ),
    drawer.root,
    silence,
    refusal.root,
    failure,
    search.progress,
    element(
      "div",
      { class: "rb-fit-top" },
      stage.root,
      element("div", { class: "rb-fit-side" }, parameters.root),
    ),
  );
  el.append(root);

  const showWords = () => {
    title.textContent = String(model.get("title"));
    const error = String(model.get("error"));
    failure.textContent = error;
    failure.hidden = error === "";
    const value = model.get("total") as number | null;
    const what = model.get("showing") === "best" ? "at the best" : "at the values shown";
    total.textContent = value === null ? "" : `Error ${what}: ${formatNumber(Number(value.toPrecision(4)))}`;
    root.classList.toggle("rb-stale", error !== "");
  };
  const showState = () => {
    root.dataset.state = String(model.get("state"));
    root.dataset.revision = String(model.get("revision"));
  };
  const showParameters = () => parameters.show(model.get("parameters") as Parameter[]);
  for (const show of [showWords, showState, showParameters]) show();
  stage.showPanels();
  search.show();
  root.addEventListener("keydown", (event) => {
    if (pressedHistory(event, history)) return;
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
      event.preventDefault();
      event.stopPropagation();
      search.press();
    }
  });
  const stops = [
    onChange(model, ["title", "error", "total", "showing"], showWords),
    onChange(model, ["state", "revision"], showState),
    onChange(model, ["parameters"], showParameters),
    onChange(model, ["panels"], () => stage.showPanels()),
    onChange(model, ["data"], () => stage.showData()),
    onChange(model, ["model", "lines"], () => stage.showModel()),
    onChange(model, ["search"], () => search.show()),
    watchTheme(store),
    store.subscribe("theme", () => stage.restyle()),
  ];
  return () => {
    for (const stop of stops) stop();
    stage.dispose();
    search.dispose();
    history.dispose();
    link.dispose();
    root.remove();
  };
};
