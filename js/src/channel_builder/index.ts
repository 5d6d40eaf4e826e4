// The Channel Builder: a channel on the left, its curves on the right.

import type { Quantity } from "../controls/field";
import { answeringLink } from "../controls/silence";
import { pressedHistory } from "../controls/strip";
import { element } from "../dom";
import { type Component, float32, onChange } from "../model";
import { watchTheme } from "../store";
import type { ChannelData, Choices, Chosen } from "./channel";
import { GatesView } from "./gates";
import { HeaderView } from "./header";
import { ChannelPlots, type PlotInfo } from "./plots";
import type { Groups } from "./rates";
import { buildStrip } from "./strip";

export const mountChannelBuilder: Component = (el, model, store) => {
  const root = element("div", { class: "rb rb-tool rb-channel-builder" });
  const { link, silence } = answeringLink(model);
  const strip = buildStrip(model, link, root);
  const header = new HeaderView(link);
  const gates = new GatesView(link);
  const plots = new ChannelPlots(link);
  const failure = element("p", { class: "rb-notice rb-error rb-curves-failure", role: "alert" });

  const showChannel = () => {
    const channel = model.get("channel") as ChannelData;
    const groups = model.get("numbers") as Groups;
    const choices = model.get("choices") as Choices;
    header.show(channel, groups, choices);
    gates.show(channel, model.get("chosen") as Chosen, groups, choices);
  };
  const showPlots = () => {
    plots.show(float32(model, "curves"), model.get("curves_info") as PlotInfo[]);
    plots.showStage(model.get("stage") as Quantity[]);
    const text = String(model.get("error"));
    failure.textContent = text === "" ? "" : `${text}. The curves are those of before.`;
    failure.hidden = text === "";
    plots.root.classList.toggle("rb-stale", text !== "");
    root.dataset.state = String(model.get("state"));
    root.dataset.revision = String(model.get("revision"));
  };
  const showSingle = () => {
    plots.showSingle(
      model.get("single_shown") === true,
      float32(model, "single"),
      String(model.get("single_problem")),
    );
    root.dataset.single = String(model.get("single_revision"));
  };
  root.append(
    strip.root,
    strip.drawer,
    silence,
    element(
      "div",
      { class: "rb-channel-body" },
      element("div", { class: "rb-channel-left" }, header.root, gates.root),
      element("div", { class: "rb-channel-right" }, failure, plots.root),
    ),
  );
  el.append(root);
  showChannel();
  showPlots();
  showSingle();

  root.addEventListener("keydown", (event) => void pressedHistory(event, strip.history));
  const stops = [
    onChange(model, ["channel", "numbers", "choices", "chosen"], showChannel),
    onChange(model, ["revision", "stage", "error"], showPlots),
    onChange(model, ["single_shown", "single_revision"], showSingle),
    store.subscribe("theme", (theme) => {
      plots.ground = theme;
    }),
    watchTheme(store),
  ];
  plots.ground = store.get("theme");
  return () => {
    for (const stop of stops) stop();
    strip.dispose();
    plots.dispose();
    link.dispose();
    root.remove();
  };
};
