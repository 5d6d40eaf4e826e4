// The trace plot as a component: what Python sends, painted, with the time that each step of the way took.

import { button, element } from "../dom";
import { momentOf } from "../link";
import { type Component, float32, type Model, onChange } from "../model";
import { type Store, watchTheme } from "../store";
import { type KeptInfo, readKept, readTraces, type TraceInfo } from "./buffer";
import { TracePlotView } from "./plot";
import type { Range } from "./range";

export interface Timing {
  /** The stamp of the newest message from the browser that the traces already obey. */
  stamp: string;
  simulation_ms: number;
}

/** Joins a plot to the model's traits and to the page's time cursor. `root` carries the state and the timings. */
export function bindTraces(
  root: HTMLElement,
  model: Model,
  store: Store,
): { view: TracePlotView; dispose(): void } {
  let arrived = 0;
  let awaited = false;
  const view = new TracePlotView({
    clicked: (time) => store.set("timeCursor", Math.max(0, time)),
    painted: () => {
      if (!awaited) return;
      awaited = false;
      report(root, model, arrived);
    },
  });
  const refresh = () => {
    arrived = performance.now();
    awaited = true;
    const live = readTraces(float32(model, "traces"), (model.get("trace_info") as TraceInfo[]) ?? []);
    const kept = readKept(float32(model, "kept"), (model.get("kept_info") as KeptInfo[]) ?? []);
    view.show(live, kept, model.get("time_range") as Range);
    if (!view.visible) report(root, model, arrived);
  };
  const stops = [
    onChange(model, ["revision"], refresh),
    store.subscribe("timeCursor", (time) => {
      view.timeCursor = time;
    }),
    store.subscribe("theme", () => view.restyle()),
  ];
  refresh();
  return {
    view,
    dispose() {
      for (const stop of stops) stop();
      view.dispose();
    },
  };
}

/** Writes on the root what was shown and how long it took, for tests and benchmarks. */
function report(root: HTMLElement, model: Model, arrived: number): void {
  const now = performance.now();
  const timing = model.get("timing") as Timing | undefined;
  root.dataset.paintMs = (now - arrived).toFixed(1);
  root.dataset.simulationMs = (timing?.simulation_ms ?? 0).toFixed(1);
  const moment = timing ? momentOf(timing.stamp) : undefined;
  if (timing && moment !== undefined && timing.stamp !== root.dataset.stamp) {
    root.dataset.stamp = timing.stamp;
    root.dataset.latencyMs = (now - moment).toFixed(1);
    root.dataset.wireMs = (arrived - moment - timing.simulation_ms).toFixed(1);
  }
  root.dataset.state = String(model.get("state"));
  root.dataset.revision = String(model.get("revision"));
}

export const mountTraces: Component = (el, model, store) => {
  const root = element("div", { class: "rb rb-trace-plot" });
  el.append(root);
  const unwatch = watchTheme(store);
  const { view, dispose } = bindTraces(root, model, store);
  const title = () => String(model.get("title") || "traces");
  view.tools.append(
    button("PNG", "Save the picture as PNG", () => view.savePng(title())),
    button("CSV", "Save the traces as CSV", () => view.saveCsv(title())),
  );
  root.append(view.root);
  return () => {
    dispose();
    unwatch();
    root.remove();
  };
};
