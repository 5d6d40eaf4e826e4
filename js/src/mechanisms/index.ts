// The Mechanisms tab: what is inserted with its sliders, beside all that can be.

import { element } from "../dom";
import type { Link } from "../link";
import { afterAll, float32, type Model, onChange } from "../model";
import type { Store } from "../store";
import { MechanismBrowser } from "./browser";
import type { Described, Places, RateInfo } from "./description";
import { type Inserted, MechanismsView } from "./mechanisms";
import type { Listed } from "./search";

export function bindMechanisms(
  model: Model,
  store: Store,
  link: Link,
): { root: HTMLElement; dispose(): void } {
  const browser = new MechanismBrowser(link);
  const inserted = new MechanismsView(link, (name) => void browser.choose(name));
  const showInserted = () => {
    const groups = model.get("mechanisms") as Inserted[];
    inserted.show(groups);
    browser.description.inserted = new Set(
      groups.filter(({ removable }) => removable).map(({ place, mechanism }) => `${place}|${mechanism}`),
    );
  };
  const showListed = () => browser.show(model.get("library") as Listed[]);
  const showDescribed = () => {
    const described = model.get("described") as Partial<Described>;
    browser.describe(
      described.name === undefined ? null : (described as Described),
      model.get("places") as Places,
    );
    browser.description.draw(
      String(model.get("rates_of")),
      float32(model, "rates"),
      model.get("rates_info") as RateInfo[],
      String(model.get("rates_problem")),
    );
  };
  showListed();
  showDescribed();
  showInserted();
  const stops = [
    onChange(model, ["mechanisms"], showInserted),
    onChange(model, ["library"], showListed),
    onChange(model, ["described", "places", "rates_of"], afterAll(showDescribed)),
    store.subscribe("selection", (place) => {
      browser.selection = place;
    }),
    store.subscribe("theme", () => browser.description.restyle()),
  ];
  return {
    root: element("div", { class: "rb-mechanism-tab" }, inserted.root, browser.root),
    dispose() {
      for (const stop of stops) stop();
      browser.dispose();
    },
  };
}
