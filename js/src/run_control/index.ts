import { publish } from "../clamps";
import type { Quantity } from "../controls/field";
import { button, element } from "../dom";
import { Link } from "../link";
import { type Component, type Model, onChange } from "../model";
import { watchTheme } from "../store";
import { type Method, RunButtons, RunSettings } from "./run_control";

/** Joins run buttons and settings to the model's traits. */
export function bindRun(
  model: Model,
  link: Link,
): { buttons: RunButtons; settings: RunSettings; dispose(): void } {
  const buttons = new RunButtons(link, model);
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

export const mountRunControl: Component = (el, model, store) => {
  const root = element("div", { class: "rb rb-run-alone" });
  const link = new Link(model);
  const { buttons, settings, dispose } = bindRun(model, link);
  const keep = keepButtons(link, model);
  const stop = onChange(model, ["revision", "state"], () => publish(root, model));
  const unwatch = watchTheme(store);
  root.append(element("div", { class: "rb-strip" }, buttons.root, keep.root, buttons.status), settings.root);
  el.append(root);
  publish(root, model);
  return () => {
    stop();
    keep.dispose();
    dispose();
    unwatch();
    link.dispose();
    root.remove();
  };
};
