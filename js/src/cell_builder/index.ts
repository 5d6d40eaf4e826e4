// The CellBuilder: the cell on the left, with its dendrogram beneath, and on the right the pages that build it.

import { answeringLink, refusalNotice } from "../controls/silence";
import { pressedHistory } from "../controls/strip";
import { element } from "../dom";
import { type Component, type Model, onChange } from "../model";
import { type Place, type Store, watchTheme } from "../store";
import { PLACE_CLICKED } from "../viewer";
import type { Hand } from "../viewer/hand";
import { tabs } from "../workbench/tabs";
import { biophysicsPage } from "./biophysics";
import { Commands } from "./commands";
import { Dendrogram } from "./dendrogram";
import { geometryPage } from "./geometry";
import { cellHand } from "./hand";
import { Modes } from "./modes";
import type { Builder, BuildPage } from "./page";
import { profilesPage } from "./profiles";
import { buildStrip } from "./strip";
import { subsetsPage } from "./subsets";
import { type Draft, topologyPage } from "./topology";
import { placeText, readTree } from "./tree";

/** The pages in the order of work: what there is, how it is gathered, how big it is, what it is made of. */
const PAGES: [string, BuildPage][] = [
  ["Topology", topologyPage],
  ["Subsets", subsetsPage],
  ["Geometry", geometryPage],
  ["Biophysics", biophysicsPage],
  ["Profiles", profilesPage],
];

/** How much of space is seen around a cell that is just begun, um. */
const ROOM = 240;

/** Mounts a view of the cell that fills `el`. */
type MountTree = (
  el: HTMLElement,
  model: Model,
  store: Store,
  options: {
    fill: boolean;
    scrubber: "none";
    hand: Hand;
    highlights: string;
    least: number;
    keepView: () => boolean;
  },
) => () => void;

/** The CellBuilder with `mountTree` as its view of the cell. */
export function cellBuilder(mountTree: MountTree): Component {
  return (el, model, store) => {
    const root = element("div", { class: "rb rb-tool rb-cell-builder" });
    const { link, silence } = answeringLink(model);
    const { root: message, tell } = refusalNotice();
    let tree = readTree(model);
    const left = element("div", { class: "rb-cell-left" });
    const modes = new Modes(left, () => (model.get("draft") as Draft).name);
    const builder: Builder = {
      model,
      link,
      store,
      tree: () => tree,
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
      pick: (prompt) => modes.ask(prompt),
      tell,
    };
    const commands = new Commands(builder);
    const hand = cellHand(builder, modes);
    const dendrogram = new Dendrogram({
      store,
      hand,
      tree: () => tree,
      chosen: builder.chosen,
      pick: (place) => modes.answer(place),
      grow: (joint, length) => void commands.add(placeText(joint), length),
      pressed: (event) => commands.pressed(event),
    });
    let mounted = false;
    const open = (title: string) => {
      if (!mounted || model.get("tab") === title) return;
      model.set("tab", title);
      model.save_changes();
    };
    const strip = buildStrip(model, link, root, tell);
    const view = element("div", { class: "rb-tree" });
    const pages = PAGES.map(([title, build]) => [title, build(builder)] as const);
    root.append(
      strip.root,
      strip.drawer,
      silence,
      message,
      element(
        "div",
        { class: "rb-cell-body" },
        left,
        element(
          "div",
          { class: "rb-cell-right" },
          tabs(
            "Pages",
            pages.map(([title, page]) => [title, page.root]),
            open,
          ),
        ),
      ),
    );
    left.append(modes.root, view, dendrogram.root);
    el.append(root);
    // Most of its sections are those of before: an edit, not another cell that was opened.
    let known = new Set(tree.byName.keys());
    const isSameCell = () => {
      const now = new Set(tree.byName.keys());
      const kept = [...now].filter((name) => known.has(name)).length;
      const same = 2 * kept >= Math.max(known.size, now.size);
      known = now;
      return same;
    };
    const unmountTree = mountTree(view, model, store, {
      fill: true,
      scrubber: "none",
      hand,
      highlights: "chosen",
      least: ROOM,
      keepView: () => isSameCell(),
    });
    view.addEventListener(PLACE_CLICKED, (event) => modes.answer((event as CustomEvent<Place>).detail));

    const mark = () => {
      root.dataset.state = String(model.get("state"));
      root.dataset.revision = String(model.get("revision"));
    };
    mark();
    root.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && modes.answer(null)) {
        event.preventDefault();
        event.stopPropagation();
        return;
      }
      pressedHistory(event, strip.history);
    });
    // A letter that stands for a mode, while the picture or the dendrogram has the focus.
    left.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (event.key.length === 1 && modes.pressed(event.key)) event.preventDefault();
    });
    // Another view of this builder, or Python, may open a page.
    const follow = () => {
      for (const head of root.querySelectorAll<HTMLElement>("[role=tab]"))
        if (head.textContent === model.get("tab") && head.getAttribute("aria-selected") !== "true")
          head.click();
    };
    mounted = true;
    if (model.get("tab") === "") open(PAGES[0]![0]);
    else follow();
    const stops = [
      onChange(model, ["branches", "sections"], () => {
        tree = readTree(model);
        dendrogram.show();
      }),
      onChange(model, ["chosen"], () => dendrogram.showChosen()),
      onChange(model, ["draft"], () => modes.show()),
      onChange(model, ["tab"], follow),
      onChange(model, ["revision", "state"], mark),
      watchTheme(store),
    ];
    return () => {
      for (const stop of stops) stop();
      for (const [, page] of pages) page.dispose();
      unmountTree();
      dendrogram.dispose();
      strip.dispose();
      link.dispose();
      root.remove();
    };
  };
}
