// Import3D: a traced shape on the left; its problems, its points and its numbers on the right.

import { answeringLink } from "../controls/silence";
import { pressedHistory } from "../controls/strip";
import { takeDrops } from "../controls/upload";
import { button, element } from "../dom";
import { refusalOf } from "../link";
import { type Component, onChange } from "../model";
import { watchTheme } from "../store";
import { openTab, tabs } from "../workbench/tabs";
import { type Excerpt, excerptElement, PATIENCE, showExcerpt } from "./page";
import { PointPanel } from "./point";
import { ProblemsPanel } from "./problems";
import { SitePanel } from "./site";
import { StatisticsPanel } from "./statistics";
import { buildStrip } from "./strip";
import { PointsView } from "./view";

interface Failure {
  words?: string;
  line?: number;
  excerpt?: Excerpt;
}

interface Preview {
  words?: string;
  code?: string;
  remedy?: string;
  line?: number | null;
}

export const import3d: Component = (el, model, store) => {
  const root = element("div", { class: "rb rb-tool rb-import3d" });
  const { link, silence } = answeringLink(model);
  const strip = buildStrip(model, link, root);
  const view = new PointsView(model, store, {
    clicked: (sample) => {
      if (!point.joining) {
        openTab(pages, "Point");
        return false;
      }
      point.joinTo(sample);
      return true;
    },
    escaped: endPending,
  });
  /** Ends what waits for a decision, and says whether anything did. */
  function endPending(): boolean {
    if (point.joining) point.setJoining(false);
    else if (!preview.hidden) leave.click();
    else return false;
    return true;
  }
  const point = new PointPanel(model, link, {
    choose: (sample) => {
      view.choose(sample);
      view.fly(sample);
    },
    joining: (on) => {
      root.classList.toggle("rb-joining", on);
      hint.textContent = on ? "Click the point to join it to. Esc cancels." : "";
    },
  });
  const problems = new ProblemsPanel(model, link, {
    chosen: (problem) => {
      if (problem?.sample !== null && problem?.sample !== undefined) view.choose(problem.sample);
      view.showProblem(problem);
      root.dataset.problem = problem?.key ?? "";
    },
  });
  const statistics = new StatisticsPanel(link, store, (sample) => {
    view.choose(sample);
    view.fly(sample);
  });
  const site = new SitePanel(model, link);
  const hint = element("p", { class: "rb-hint", role: "status" });

  const pages = tabs("Import3D", [
    ["Problems", problems.root],
    ["Point", point.root],
    ["Statistics", statistics.root],
    ["NeuroMorpho.Org", site.root],
  ]);
  const failureWords = element("span", {});
  const failureLines = excerptElement();
  const failure = element(
    "div",
    { class: "rb-notice rb-import-failure", role: "alert" },
    element(
      "div",
      { class: "rb-import-failure-head" },
      failureWords,
      button("×", "Close", () => void link.ask("failure.close"), "rb-button rb-small"),
    ),
    failureLines,
  );
  const showFailure = () => {
    const {
      words = "",
      line = 0,
      excerpt = null,
    } = (model.get("failure") ?? {}) as Failure & { excerpt?: Excerpt | null };
    failure.hidden = words === "";
    failureWords.textContent = words;
    showExcerpt(failureLines, excerpt, line);
  };

  const previewWords = element("span", {});
  const previewMessage = element("span", { class: "rb-error", role: "alert" });
  const take = button("Take it", "Make this repair", async () => {
    const { code, remedy, line } = model.get("preview") as Preview;
    previewMessage.textContent = refusalOf(
      await link.ask("problem.repair", { code, remedy, line }, performance.now(), PATIENCE),
    );
  });
  take.classList.add("rb-button-accent", "rb-small");
  take.dataset.action = "take";
  const leave = button("Leave it", "Back to the shape as it is (Esc)", () => void link.ask("problem.leave"));
  leave.classList.add("rb-small");
  leave.dataset.action = "leave";
  const preview = element(
    "div",
    { class: "rb-import-preview", role: "status" },
    previewWords,
    element("span", { class: "rb-group" }, take, leave),
    previewMessage,
  );
  const showPreview = () => {
    const { words = "" } = (model.get("preview") ?? {}) as Preview;
    preview.hidden = words === "";
    previewWords.textContent = words;
    previewMessage.textContent = "";
    root.classList.toggle("rb-previewing", words !== "");
  };

  const search = button("Search NeuroMorpho.Org", "Find a reconstruction on NeuroMorpho.Org", () => {
    openTab(pages, "NeuroMorpho.Org");
    site.focus();
  });
  const empty = element(
    "div",
    { class: "rb-import-empty" },
    element(
      "p",
      {},
      "Drop a morphology here: SWC, Neurolucida ASC, Eutectic or NeuroML, told apart by what is in it.",
    ),
    element(
      "span",
      { class: "rb-group" },
      button("Open a file…", "Choose a file of this computer", () => strip.pick()),
      search,
    ),
  );

  const showState = () => {
    empty.hidden = model.get("file_name") !== "";
    root.dataset.empty = String(!empty.hidden);
    root.dataset.state = String(model.get("state"));
    root.dataset.revision = String(model.get("revision"));
  };
  const left = element("div", { class: "rb-import-left" }, preview, view.root, hint);
  root.append(
    strip.root,
    strip.drawer,
    silence,
    failure,
    element("div", { class: "rb-import-body" }, left, pages),
  );
  el.append(root);
  view.mount();
  view.root.append(empty);
  problems.show();
  point.show();
  site.show();
  showFailure();
  showPreview();
  showState();

  root.addEventListener("keydown", (event) => {
    if (pressedHistory(event, strip.history)) return;
    if (event.key !== "Escape" || !(point.joining || !preview.hidden)) return;
    event.preventDefault();
    event.stopPropagation();
    endPending();
  });
  const stops = [
    onChange(model, ["problems", "file_name"], () => problems.show()),
    onChange(model, ["point"], () => point.show()),
    onChange(model, ["found"], () => site.show()),
    onChange(model, ["failure"], showFailure),
    onChange(model, ["preview"], showPreview),
    onChange(model, ["state", "file_name"], showState),
    // Comes last of what one message changes, so that whoever waits for it finds all else in place.
    onChange(model, ["revision"], () => queueMicrotask(showState)),
    onChange(model, ["measured"], () => statistics.changed()),
    store.subscribe("theme", () => statistics.restyle()),
    takeDrops(root, (files) => void strip.read(files)),
    watchTheme(store),
  ];
  return () => {
    for (const stop of stops) stop();
    view.dispose();
    statistics.dispose();
    strip.dispose();
    link.dispose();
    root.remove();
  };
};
