// Plots: the cell on the left, coloured by a variable; on the right traces over time and the course along a path.

import { Choice, type Option } from "../controls/choice";
import { answerPanel } from "../controls/code_panel";
import { Drawer } from "../controls/drawer";
import { Patience } from "../controls/patience";
import { answeringLink, refusalNotice } from "../controls/silence";
import { historyButtons, isTyping, pressedHistory, toolbar } from "../controls/strip";
import { button, download, element, fileName } from "../dom";
import { Sliders } from "../mechanisms/sliders";
import { type Component, float32, type Model, onChange } from "../model";
import { type Place, type Store, watchTheme } from "../store";
import { bindTraces } from "../traces";
import { sheetOf } from "../traces/sheet";
import { PLACE_CLICKED } from "../viewer";
import { type Variable, VariableBrowser } from "./browser";
import { SpaceView } from "./space";
import { StudyView } from "./study";

type MountTree = (
  el: HTMLElement,
  model: Model,
  store: Store,
  options: { fill: boolean; scrubber: HTMLElement },
) => () => void;

/** What a click on the cell does, and the words for it. */
const MODES: [string, string, string][] = [
  ["", "Record", "Click the cell to list what can be recorded there"],
  ["from", "Path from A", "Click the cell where the path begins"],
  ["to", "Path to B", "Click the cell where the path ends"],
];

/** CSS pixels: the height of the traces, and how much each panel beyond the second adds. */
const HEIGHT = 340;
const PANEL = 88;

/** The view of traces and of what is along the path. */
const OVER_TIME = "time";

interface View {
  value: string;
  title: string;
  doc: string;
}

interface Line {
  label: string;
  colour: string;
}

/** Plots with `mountTree` as their view of the cell. */
export function plots(mountTree: MountTree): Component {
  return (el, model, store) => {
    const root = element("div", { class: "rb rb-tool rb-plots" });
    const { link, silence } = answeringLink(model);
    const refusal = refusalNotice();
    const drawer = new Drawer();
    const history = historyButtons(model, link, refusal.tell);
    const ask = async (action: string, fields: Record<string, unknown> = {}) => {
      const reply = await link.ask(action, fields);
      refusal.tell(reply);
      return reply;
    };
    const title = element("strong", { class: "rb-title" });
    const status = element("span", { class: "rb-status", role: "status" });
    const failure = element("p", { class: "rb-notice rb-error", role: "alert" });
    const cancel = button("■ Cancel", "Stop the run", () => void ask("run.cancel"));
    const keep = button(
      "Keep",
      "Keep these traces, faint, beneath the next ones (K)",
      () => void ask("trace.keep"),
    );
    keep.dataset.action = "keep";
    const clear = button("Clear kept", "Drop the kept traces", () => void ask("trace.clear"));
    const browser = new VariableBrowser(({ name, label, plotted }) =>
      plotted ? void ask("variable.remove", { label }) : void ask("variable.add", { name }),
    );
    const add = drawer.opener("variables", "+ Variable", "Plot anything that can be recorded", () => {
      requestAnimationFrame(() => browser.focus());
      return browser.root;
    });
    /** Lists what is at the place that was clicked, and leaves the focus on the cell. */
    const list = () => drawer.show("variables", () => browser.root);
    const view = () => String(model.get("view"));
    const code = drawer.opener("code", "</>", "The code of what is shown", async () =>
      answerPanel(await link.ask("code"), { fromEnd: true, intro: "These lines make the same:" }),
    );
    const save = button("CSV", "Save every sample of the traces", async () => {
      const reply = await ask("export.csv");
      if (typeof reply?.content === "string")
        download(fileName(String(model.get("title")), "csv"), new Blob([reply.content]));
    });
    const picture = button("PNG", "Save the picture", () => {
      const name = String(model.get("title"));
      if (view() === OVER_TIME) traces.view.savePng(name);
      else
        sheetOf(study.root, study.pictures)?.toBlob((blob) => blob && download(fileName(name, "png"), blob));
    });
    const traces = bindTraces(root, model, store);
    const lines = element("div", { class: "rb-lines", role: "group", "aria-label": "What is plotted" });
    const space = new SpaceView(model, store);
    const study = new StudyView(model, link, store, refusal.tell);
    const sliders = new Sliders(model, link);
    const views = element("div", { class: "rb-views rb-segmented", role: "group", "aria-label": "View" });
    views.append(
      ...(model.get("views") as View[]).map(({ value, title, doc }) => {
        const node = button(title, doc, () => void ask("view.choose", { view: value }), "rb-button rb-small");
        node.dataset.view = value;
        return node;
      }),
    );
    const shape = new Choice("In space", (name) => void ask("shape.variable", { name }));
    const hint = element("p", { class: "rb-hint", role: "status" });
    let mode = "";
    const modes = MODES.map(([value, text, label]) => {
      const node = button(text, label, () => setMode(value), "rb-button rb-small");
      node.dataset.mode = value;
      return node;
    });
    const setMode = (value: string) => {
      mode = value;
      for (const node of modes) node.setAttribute("aria-pressed", String(node.dataset.mode === mode));
      const where = (model.get("place") as { label?: string }).label;
      hint.textContent =
        mode === "" && view() !== OVER_TIME
          ? `At ${where ?? ""}; click the cell for another place`
          : (MODES.find(([each]) => each === mode)?.[2] ?? "");
    };
    setMode("");
    const tree = element("div", { class: "rb-tree" });
    const scrubber = element("div", { class: "rb-scrubber-row" });
    root.append(
      toolbar(
        "Plots",
        title,
        element("span", { class: "rb-group" }, add, keep, clear),
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
        { class: "rb-plots-stage" },
        element(
          "div",
          { class: "rb-plots-left" },
          element(
            "div",
            { class: "rb-click-bar" },
            hint,
            element(
              "span",
              { class: "rb-segmented", role: "group", "aria-label": "A click on the cell" },
              ...modes,
            ),
            shape.root,
          ),
          tree,
          sliders.root,
        ),
        element("div", { class: "rb-plots-right" }, views, lines, traces.view.root, space.root, study.root),
      ),
      scrubber,
    );
    el.append(root);
    const unmountTree = mountTree(tree, model, store, { fill: true, scrubber });

    const showView = () => {
      const over = view() === OVER_TIME;
      for (const node of views.children)
        node.setAttribute("aria-pressed", String((node as HTMLElement).dataset.view === view()));
      for (const each of [add, lines, traces.view.root, space.root]) each.hidden = !over;
      study.root.hidden = over;
      root.dataset.view = view();
      setMode(mode);
    };
    const showLines = () => {
      lines.replaceChildren(
        ...(model.get("chosen") as Line[]).map(({ label, colour }) => {
          const mark = element("span", { class: "rb-swatch", "aria-hidden": "true" });
          mark.style.setProperty("--rb-electrode", colour);
          const copy = button(
            "copy",
            `Copy ${label} to the clipboard as CSV`,
            async () => {
              const reply = await ask("line.csv", { label });
              if (typeof reply?.content !== "string") return;
              try {
                await navigator.clipboard.writeText(reply.content);
                copy.textContent = "copied";
              } catch {
                // A page without clipboard permission gets a file instead.
                download(fileName(label, "csv"), new Blob([reply.content]));
              }
            },
            "rb-line-tool",
          );
          const remove = button(
            "×",
            `Plot ${label} no more`,
            () => void ask("variable.remove", { label }),
            "rb-line-tool",
          );
          return element("span", { class: "rb-line", "data-line": label }, mark, label, copy, remove);
        }),
      );
    };
    const showVariables = () => {
      const place = model.get("place") as { label?: string };
      browser.show(model.get("variables") as Variable[], place.label ?? "");
      shape.show(model.get("shape_variables") as Option[], String(model.get("shape_variable")));
    };
    const showWords = () => {
      title.textContent = String(model.get("title"));
      const error = String(model.get("error"));
      failure.textContent = error;
      failure.hidden = error === "";
      root.classList.toggle("rb-stale", error !== "");
      const kept = (model.get("study_info") as { kept?: number }).kept ?? 0;
      clear.hidden = view() === OVER_TIME ? (model.get("kept_info") as unknown[]).length === 0 : kept === 0;
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
    /** The picture in space is of a moment: until one is chosen, of the end of the run, where the slider then stands. */
    const showRun = () => {
      const end = float32(model, "frame_times").at(-1);
      const cursor = store.get("timeCursor");
      if (end !== undefined && (cursor === null || cursor > end)) store.set("timeCursor", end);
      const panels = new Set((model.get("trace_info") as { panel: string }[]).map(({ panel }) => panel)).size;
      traces.view.root.style.height = `${HEIGHT + (Math.max(2, panels) - 2) * PANEL}px`;
      space.read();
    };
    for (const show of [showView, showLines, showVariables, showWords, showState, showRun]) show();

    tree.addEventListener(PLACE_CLICKED, (event) => {
      const place = (event as CustomEvent<Place>).detail;
      const { section, x } = place;
      if (mode === "")
        void ask("place.choose", { section, x }).then(() => (view() === OVER_TIME ? list() : setMode("")));
      else {
        void ask("path.place", { end: mode, section, x });
        setMode(mode === "from" ? "to" : "");
      }
    });
    root.addEventListener("keydown", (event) => {
      if (pressedHistory(event, history)) return;
      if (event.key === "Escape" && mode !== "" && !isTyping(event)) {
        setMode("");
        return;
      }
      if (event.key.toLowerCase() !== "k" || event.ctrlKey || event.metaKey || isTyping(event)) return;
      if (event.target instanceof HTMLInputElement) return;
      event.preventDefault();
      void ask("trace.keep");
    });
    const stops = [
      onChange(model, ["chosen"], showLines),
      onChange(model, ["variables", "place", "shape_variables", "shape_variable"], showVariables),
      onChange(model, ["title", "error", "kept_info", "study_info", "view"], showWords),
      onChange(model, ["view", "place"], showView),
      onChange(model, ["state", "status"], showState),
      onChange(model, ["revision"], showRun),
      store.subscribe("timeCursor", () => space.show()),
      store.subscribe("theme", () => space.restyle()),
      drawer.followCode(model),
      watchTheme(store),
    ];
    return () => {
      patience.dispose();
      for (const stop of stops) stop();
      unmountTree();
      history.dispose();
      traces.dispose();
      space.dispose();
      study.dispose();
      sliders.dispose();
      link.dispose();
      root.remove();
    };
  };
}
