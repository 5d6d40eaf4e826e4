// What a hand does on the viewer and on the dendrogram alike: choose, draw, carry.

import type { Place } from "../store";
import type { Hand, How } from "../viewer/hand";
import type { Vec3 } from "../viewer/tree";
import { figure } from "./dendrogram";
import type { Modes } from "./modes";
import type { Builder } from "./page";
import type { Draft } from "./topology";
import { jointOf, placeText, subtree } from "./tree";

export function cellHand(builder: Builder, modes: Modes): Hand {
  const { model, link } = builder;
  return {
    mode: () => modes.current,
    choose(names: readonly string[], how: How) {
      // A click that answers a question chooses nothing.
      if (modes.asking) return;
      builder.choose(gathered(builder.chosen(), names, how));
    },
    chooseTree(name, how) {
      if (modes.asking) return;
      builder.choose(gathered(builder.chosen(), subtree(builder.tree(), name), how));
    },
    giveUp: () => modes.answer(null),
    joint: (place: Place) => jointOf(builder.tree(), place),
    drawing(joint, length) {
      const { name, diam } = model.get("draft") as Draft;
      const what =
        length > 0 ? `${figure(length)} \u00b5m long, ${figure(diam)} \u00b5m wide` : "drag to draw it";
      return [name, what, `on ${placeText(joint)}`];
    },
    async draw(joint: Place, by: Vec3) {
      builder.tell(await link.ask("topology.draw", { ...joint, by: [...by] }));
    },
    carried: (section) => (builder.tree().byName.get(section) ? subtree(builder.tree(), section) : []),
    async move(section, by) {
      builder.tell(await link.ask("topology.move", { section, by: [...by] }));
    },
  };
}

/** What is chosen after `names` are chosen in some way, each once and in the order in which they came. */
export function gathered(before: readonly string[], names: readonly string[], how: How): string[] {
  if (how === "only") return [...names];
  const kept = how === "toggle" ? before.filter((name) => !names.includes(name)) : before;
  const come = how === "toggle" ? names.filter((name) => !before.includes(name)) : names;
  return [...new Set([...kept, ...come])];
}
