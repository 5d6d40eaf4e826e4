import { element } from "../dom";
import { Link } from "../link";
import { type Component, type Model, onChange } from "../model";
import { type Store, watchTheme } from "../store";
import { type ClampsEvents, ClampsView, type Electrode, type ElectrodeKind } from "./clamps";

/** Joins the list of electrodes to the model's traits and to what is selected on the tree. */
export function bindClamps(
  model: Model,
  store: Store,
  link: Link,
  events: ClampsEvents,
): { view: ClampsView; dispose(): void } {
  const view = new ClampsView(link, events);
  const refresh = () =>
    view.show(
      model.get("clamps") as Electrode[],
      model.get("clamp_kinds") as ElectrodeKind[],
      model.get("section_names") as string[],
    );
  const stops = [
    onChange(model, ["clamps", "clamp_kinds", "section_names"], refresh),
    store.subscribe("selection", (place) => {
      view.selection = place;
    }),
  ];
  refresh();
  return {
    view,
    dispose() {
      for (const stop of stops) stop();
    },
  };
}

export const mountClamps: Component = (el, model, store) => {
  const root = element("div", { class: "rb rb-clamps-alone" });
  const link = new Link(model);
  const { view, dispose } = bindClamps(model, store, link, { moving: () => {}, chosen: () => {} });
  const stop = onChange(model, ["revision", "clamps"], () => publish(root, model));
  const unwatch = watchTheme(store);
  root.append(view.main.root, view.root);
  el.append(root);
  publish(root, model);
  return () => {
    stop();
    dispose();
    unwatch();
    link.dispose();
    root.remove();
  };
};

/** The state and revision on the root, where tests and pages look for them. */
export function publish(root: HTMLElement, model: Model): void {
  root.dataset.state = String(model.get("state"));
  root.dataset.revision = String(model.get("revision"));
}
