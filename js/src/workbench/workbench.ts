// The cell, its electrodes, its traces and its run in one view.

import { bindClamps } from "../clamps";
import type { Electrode } from "../clamps/clamps";
import { answeringLink } from "../controls/silence";
import { isTyping, pressedHistory } from "../controls/strip";
import { button, element } from "../dom";
import { bindMechanisms } from "../mechanisms";
import { type Component, type Model, onChange } from "../model";
import { bindRun } from "../run_control";
import { type Place, type Store, watchTheme } from "../store";
import { bindTraces } from "../traces";
import { PLACE_CLICKED } from "../viewer";
import { buildStrip } from "./strip";
import { tabs } from "./tabs";

/** What a click on the tree does: place that kind of electrode, or only look. */
const CLICK_MODES: [string, string, string][] = [
  ["IClamp", "Current clamp", "A click on the tree places a current clamp"],
  ["SEClamp", "Voltage clamp", "A click on the tree places a voltage clamp"],
  ["", "Look", "A click on the tree only selects"],
];

/** How long nothing may change before the movie is fetched, ms. */
const IDLE = 600;

/** Mounts a view of the cell that fills `el`, with its time axis in another element. */
type MountTree = (
  el: HTMLElement,
  model: Model,
  store: Store,
  options: { fill: boolean; scrubber: HTMLElement },
) => () => void;

/** The workbench with `mountTree` as its view of the cell. */
export function workbench(mountTree: MountTree): Component {
  return (el, model, store) => {
    const root = element("div", { class: "rb rb-tool rb-workbench" });
    const { link, silence } = answeringLink(model);

    const run = bindRun(model, link);
    const traces = bindTraces(root, model, store);
    const strip = buildStrip(model, link, run.buttons, traces.view);

    let mode = "IClamp";
    const hint = element("p", { class: "rb-hint", role: "status" });
    const modes = CLICK_MODES.map(([mechanism, text, label]) => {
      const node = button(text, label, () => setMode(mechanism), "rb-button rb-small");
      node.dataset.mode = mechanism;
      return node;
    });
    const tell = (moving: string | null) => {
      root.classList.toggle("rb-moving", moving !== null);
      if (moving !== null) hint.textContent = `Click the tree where ${moving} should go. Esc cancels.`;
      else if (mode === "") hint.textContent = "Click the tree to select a place";
      else hint.textContent = "Click the tree to place an electrode";
    };
    const mark = (electrode: Electrode | null) => {
      root.dataset.electrode = electrode?.name ?? "";
    };
    const clamps = bindClamps(model, store, link, {
      moving: (name) => tell(name),
      chosen: (electrode) => mark(electrode),
    });
    const setMode = (mechanism: string) => {
      mode = mechanism;
      for (const node of modes) node.setAttribute("aria-pressed", String(node.dataset.mode === mode));
      tell(null);
    };
    setMode(mode);

    const mechanisms = bindMechanisms(model, store, link);

    const tree = element("div", { class: "rb-tree" });
    const scrubber = element("div", { class: "rb-scrubber-row" });
    const failure = element("p", { class: "rb-notice rb-error", role: "alert" });
    const showFailure = () => {
      const text = String(model.get("error"));
      failure.textContent = text;
      failure.hidden = text === "";
      root.classList.toggle("rb-stale", text !== "");
    };
    showFailure();
    const more = button(
      "More",
      "Show the tabs with all parameters",
      () => {
        const open = root.classList.toggle("rb-open");
        more.setAttribute("aria-expanded", String(open));
        more.textContent = open ? "Less" : "More";
      },
      "rb-button rb-more",
    );
    more.setAttribute("aria-expanded", "false");

    root.append(
      strip.root,
      strip.drawer,
      silence,
      failure,
      element(
        "div",
        { class: "rb-stage" },
        element(
          "div",
          { class: "rb-left" },
          element(
            "div",
            { class: "rb-click-bar" },
            hint,
            element(
              "span",
              { class: "rb-segmented", role: "group", "aria-label": "A click on the tree" },
              ...modes,
            ),
          ),
          tree,
        ),
        element("div", { class: "rb-right" }, traces.view.root),
      ),
      scrubber,
      element("div", { class: "rb-main-row" }, clamps.view.main.root, more),
      tabs("Parameters", [
        ["Clamps", clamps.view.root],
        ["Run", run.settings.root],
        ["Mechanisms", mechanisms.root],
      ]),
    );
    el.append(root);
    const unmountTree = mountTree(tree, model, store, { fill: true, scrubber });

    let idle: ReturnType<typeof setTimeout> | undefined;
    const awaitIdle = () => {
      clearTimeout(idle);
      idle = setTimeout(() => {
        if (model.get("state") === "idle") void link.ask("movie");
      }, IDLE);
    };
    const state = () => {
      root.dataset.state = String(model.get("state"));
    };
    state();
    awaitIdle();

    // Walking the tree by keys selects too; only a click, or Enter, places.
    tree.addEventListener(PLACE_CLICKED, (event) => {
      const selection = (event as CustomEvent<Place>).detail;
      if (clamps.view.placeMoving(selection)) return;
      if (mode !== "") clamps.view.add(mode, selection);
    });
    root.addEventListener("keydown", (event) => {
      if (pressedHistory(event, strip.history)) return;
      const typing = isTyping(event);
      const control = event.ctrlKey || event.metaKey;
      const key = event.key.toLowerCase();
      const actions: [boolean, () => void][] = [
        [control && key === "enter", () => run.buttons.press()],
        [key === "escape" && root.classList.contains("rb-moving"), () => clamps.view.setMoving(null)],
        [key === "k" && !control && !typing, strip.keep],
        [key === "?" && !typing, strip.toggleShortcuts],
      ];
      const action = actions.find(([applies]) => applies)?.[1];
      if (!action) return;
      event.preventDefault();
      event.stopPropagation();
      action();
    });

    const stops = [
      onChange(model, ["revision"], awaitIdle),
      onChange(model, ["state"], state),
      onChange(model, ["error"], showFailure),
      watchTheme(store),
    ];
    return () => {
      clearTimeout(idle);
      for (const stop of stops) stop();
      unmountTree();
      strip.dispose();
      clamps.dispose();
      mechanisms.dispose();
      run.dispose();
      traces.dispose();
      link.dispose();
      root.remove();
    };
  };
}
