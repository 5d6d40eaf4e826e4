// Which part of the cell a page describes: a region, a subset, or a section.

import { button, element } from "../dom";
import { onChange } from "../model";
import type { Builder } from "./page";

interface PlaceInfo {
  name: string;
  kind: "cell" | "region" | "subset" | "section";
  sections: number;
}

const GROUPS: [PlaceInfo["kind"], string][] = [
  ["cell", "Whole cell"],
  ["region", "Regions"],
  ["subset", "Subsets"],
  ["section", "Sections"],
];

export interface PlaceBar {
  root: HTMLElement;
  dispose(): void;
}

export function placeBar(builder: Builder): PlaceBar {
  const { model, link } = builder;
  const select = element("select", {
    class: "rb-select",
    "aria-label": "Place that is described",
    onchange: async () => builder.tell(await link.ask("place.set", { name: select.value })),
  });
  select.dataset.choice = "place";
  const count = element("span", { class: "rb-quiet" });
  const show3d = button(
    "Choose",
    "Choose its sections on the cell",
    async () => builder.tell(await link.ask("choose", { place: builder.place() })),
    "rb-button rb-small",
  );
  const take = button(
    "",
    "Describe the chosen section",
    async () => builder.tell(await link.ask("place.set", { name: builder.chosen()[0] })),
    "rb-button rb-small",
  );
  let shape = "";
  const show = () => {
    const places = model.get("places") as PlaceInfo[];
    const place = builder.place();
    const listed = places.some(({ name }) => name === place)
      ? places
      : [...places, { name: place, kind: "section" as const, sections: 1 }];
    const next = JSON.stringify(listed);
    if (next !== shape) {
      shape = next;
      select.replaceChildren(
        ...GROUPS.flatMap(([kind, label]) => {
          const members = listed.filter((each) => each.kind === kind);
          if (members.length === 0) return [];
          const options = members.map(({ name }) => element("option", { value: name }, name));
          return kind === "cell" ? options : [element("optgroup", { label }, ...options)];
        }),
      );
    }
    select.value = place;
    const sections = listed.find(({ name }) => name === place)?.sections ?? 0;
    count.textContent = sections === 1 ? "1 section" : `${sections} sections`;
    const [only, ...others] = builder.chosen();
    take.hidden = only === undefined || others.length > 0 || only === place;
    take.textContent = only ?? "";
    take.title = `Describe ${only ?? ""}, which is chosen on the cell`;
    take.setAttribute("aria-label", take.title);
  };
  show();
  const stop = onChange(model, ["places", "place", "chosen"], show);
  return {
    root: element("div", { class: "rb-place-bar" }, select, count, show3d, take),
    dispose: stop,
  };
}
