// Fitter: the data with the model over them, beside them what may move, and beneath what the search tells.

import { answerPanel } from "../controls/code_panel";
import { Drawer } from "../controls/drawer";
import { formatNumber } from "../controls/number";
import { answeringLink, refusalNotice } from "../controls/silence";
import { historyButtons, pressedHistory, toolbar } from "../controls/strip";
import { takeDrops } from "../controls/upload";
import { button, download, element, fileName } from "../dom";
import { type Component, onChange } from "../model";
import { watchTheme } from "../store";
import { Below } from "./below";
import { GeneratorAdder } from "./generator_adder";
import { type ErrorMethod, type Generator, GeneratorList } from "./generator_list";
import { type Parameter, ParameterTable } from "./parameter_table";
import { ParameterTools, type Tie } from "./parameter_tools";
import { RecordingPanel } from "./recordings";
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
  const parameters = new ParameterTable(link, refusal.tell);
  const failure = element("p", { class: "rb-notice rb-error", role: "alert" });
  const total = element("strong", { class: "rb-fit-total", role: "status" });
  const shown = element("select", {
    class: "rb-select",
    "aria-label": "Values shown",
    onchange: async () => refusal.tell(await link.ask("show", { what: shown.value })),
  });
  shown.append(
    element("option", { value: "start" }, "the start"),
    element("option", { value: "best" }, "the best"),
  );
  const stage = new Stage(model, link, refusal.tell, shown, total);
  const settings = drawer.opener("settings", "⚙ Search", "Optimiser, trials, seed and store", () =>
    search.settings(),
  );
  const tools = new ParameterTools(link, refusal.tell);
  const generators = new GeneratorList(link, refusal.tell, stage.hidden, () => stage.showPanels());
  const adder = new GeneratorAdder(model, link, refusal.tell);
  const below = new Below(model, link, refusal.tell);
  const recordings = new RecordingPanel(model, link, () => {
    const loaded = (model.get("recording") as { name?: string }).name === undefined;
    if (loaded && (model.get("panels") as unknown[]).length > 0) drawer.close();
    else void drawer.refresh();
  });
  const load = drawer.opener("data", "Load data…", "Load a recording", () => recordings.content());
  const code = drawer.opener("code", "</>", "The code of this fit", async () =>
    answerPanel(await link.ask("code"), { fromEnd: true, intro: "These lines build the fit and search:" }),
  );
  const save = async (action: string, ending: string, type: string) => {
    const reply = await link.ask(action, {}, performance.now(), 30_000);
    refusal.tell(reply);
    if (typeof reply?.content === "string")
      download(fileName(String(model.get("title")), ending), new Blob([reply.content], { type }));
  };
  const exports = drawer.opener("export", "Export", "What can be taken away", async () => {
    const best = await link.ask("code.best", {}, performance.now(), 30_000);
    const files = element(
      "span",
      { class: "rb-group" },
      ...(
        [
          [
            "Fit (JSON)",
            "Save the fit with its cell and data; rb.Fit.load opens it",
            "export.json",
            "json",
            "application/json",
          ],
          ["Trials (CSV)", "Save every trial as a table", "export.csv", "csv", "text/csv"],
        ] as const
      ).map(([text, label, action, ending, type]) => {
        const node = button(text, label, () => void save(action, ending, type));
        node.dataset.action = action;
        return node;
      }),
    );
    const panel = answerPanel(best, {
      intro: "The cell with the best parameters:",
      file: fileName(`${String(model.get("title"))}_best`, "py"),
    });
    return element("div", { class: "rb-fit-exports" }, files, panel);
  });
  root.append(
    toolbar(
      "Fitter",
      title,
      search.root,
      element("span", { class: "rb-group" }, settings, load),
      history.root,
      element("span", { class: "rb-group" }, exports, code),
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
      element(
        "div",
        { class: "rb-fit-side" },
        tools.head,
        ...tools.openers,
        tools.all,
        parameters.root,
        tools.root,
        adder.head,
        adder.opener,
        generators.root,
      ),
    ),
    below.root,
  );
  el.append(root);

  const showWords = () => {
    title.textContent = String(model.get("title"));
    const error = String(model.get("error"));
    failure.textContent = error;
    failure.hidden = error === "";
    const value = model.get("total") as number | null;
    total.textContent = value === null ? "" : `Error ${formatNumber(Number(value.toPrecision(4)))}`;
    shown.value = String(model.get("showing"));
    shown.options[1]!.disabled = (model.get("bests") as unknown[]).length === 0;
    root.classList.toggle("rb-stale", error !== "");
  };
  const showState = () => {
    root.dataset.state = String(model.get("state"));
    root.dataset.revision = String(model.get("revision"));
  };
  const showParameters = () => parameters.show(model.get("parameters") as Parameter[]);
  const showTies = () => tools.show(model.get("ties") as Tie[]);
  const showRuns = () =>
    generators.show(model.get("generators") as Generator[], model.get("error_methods") as ErrorMethod[]);
  let recording = "";
  const showRecording = () => {
    const name = (model.get("recording") as { name?: string }).name ?? "";
    if (name !== recording && name !== "") void drawer.show("data", () => recordings.content());
    else recordings.refresh();
    recording = name;
  };
  for (const show of [showWords, showState, showParameters, showTies, showRuns]) show();
  below.showTrials();
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
    onChange(model, ["title", "error", "total", "showing", "bests"], showWords),
    onChange(model, ["state", "revision"], showState),
    onChange(model, ["parameters"], showParameters),
    onChange(model, ["panels"], () => stage.showPanels()),
    onChange(model, ["data"], () => stage.showData()),
    onChange(model, ["model", "lines"], () => stage.showModel()),
    onChange(model, ["search"], () => search.show()),
    onChange(model, ["ties"], showTies),
    onChange(model, ["generators", "error_methods"], showRuns),
    onChange(model, ["recording", "preview"], showRecording),
    onChange(model, ["history", "history_names", "bests"], () => below.showTrials()),
    onChange(model, ["findings"], () => below.showFindings()),
    onChange(model, ["profile", "posterior", "samples", "history_names"], () => below.showProbes()),
    takeDrops(root, async ([file]) => {
      if (!file) return;
      // What is wrong with the file is told in the drawer.
      await drawer.show("data", () => recordings.content());
      await recordings.read(file);
    }),
    watchTheme(store),
    store.subscribe("theme", () => {
      stage.restyle();
      below.restyle();
      recordings.restyle();
    }),
  ];
  return () => {
    for (const stop of stops) stop();
    stage.dispose();
    below.dispose();
    recordings.dispose();
    search.dispose();
    history.dispose();
    link.dispose();
    root.remove();
  };
};
