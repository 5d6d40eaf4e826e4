// The CellBuilder: the cell on the left, with its dendrogram beneath, and on the right the pages that build it.

import { element } from "../dom";
import { Link, type Reply } from "../link";
import { type Component, type Model, onChange } from "../model";
import { type Store, watchTheme } from "../store";
import { tabs } from "../workbench/tabs";
import type { Builder, BuildPage } from "./page";
import { buildStrip } from "./strip";

/** The pages in the order of work: what there is, how it is gathered, how big it is, what it is made of. */
const PAGES: [string, BuildPage][] = [];

/** Mounts a view of the cell that fills `el`. */
type MountTree = (
  el: HTMLElement,
  model: Model,
  store: Store,
  options: { fill: boolean; scrubber: "none" },
) => () => void;

/** The CellBuilder with `mountTree` as its view of the cell. */
export function cellBuilder(mountTree: MountTree): Component {
  return (el, model, store) => {
    const root = element("div", { class: "rb rb-cell-builder" });
    const silence = element("p", { class: "rb-notice", role: "alert" });
    silence.hidden = true;
    const link = new Link(model, (silent) => {
      silence.hidden = !silent;
      silence.textContent = silent
        ? "The kernel does not answer: it is busy, or was restarted. If it was restarted, run this cell again."
        : "";
    });
    const message = element("p", { class: "rb-notice rb-error", role: "alert" });
    message.hidden = true;
    const tell = (reply: Reply | null) => {
      message.textContent = reply ? (reply.error ?? "") : "The kernel does not answer.";
      message.hidden = message.textContent === "";
    };
    const builder: Builder = {
      model,
      link,
      store,
      place: () => String(model.get("place")),
      setPlace(name) {
        model.set("place", name);
        model.save_changes();
      },
      chosen: () => model.get("chosen") as string[],
      choose(names) {
        model.set("chosen", [...names]);
        model.save_changes();
      },
      tell,
    };
    const strip = buildStrip(model, link, root, tell);
    const tree = element("div", { class: "rb-tree" });
    const pages = PAGES.map(([title, build]) => [title, build(builder)] as const);
    root.append(
      strip.root,
      strip.drawer,
      silence,
      message,
      element(
        "div",
        { class: "rb-cell-body" },
        element("div", { class: "rb-cell-left" }, tree),
        element(
          "div",
          { class: "rb-cell-right" },
          tabs(
            "Pages",
            pages.map(([title, page]) => [title, page.root]),
          ),
        ),
      ),
    );
    el.append(root);
    const unmountTree = mountTree(tree, model, store, { fill: true, scrubber: "none" });

    const mark = () => {
      root.dataset.state = String(model.get("state"));
      root.dataset.revision = String(model.get("revision"));
    };
    mark();
    root.addEventListener("keydown", (event) => {
      const target = event.target as HTMLElement;
      const typing =
        target instanceof HTMLTextAreaElement ||
        (target instanceof HTMLInputElement && target.type === "text");
      if (typing || !(event.ctrlKey || event.metaKey)) return;
      const key = event.key.toLowerCase();
      if (key === "z" && !event.shiftKey) strip.undo();
      else if (key === "y" || key === "z") strip.redo();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    const stops = [onChange(model, ["revision", "state"], mark), watchTheme(store)];
    return () => {
      for (const stop of stops) stop();
      for (const [, page] of pages) page.dispose();
      unmountTree();
      strip.dispose();
      link.dispose();
      root.remove();
    };
  };
}
