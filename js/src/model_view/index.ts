// ModelView: the cell on the left, what it is made of on the right; a click on either shows the other.

import { codePanel } from "../controls/code_panel";
import { Drawer } from "../controls/drawer";
import { answeringLink, refusalNotice } from "../controls/silence";
import { toolbar } from "../controls/strip";
import { button, download, element, fileName } from "../dom";
import { type Component, float32, type Model, onChange } from "../model";
import { type Place, type Store, watchTheme } from "../store";
import { tabs } from "../workbench/tabs";
import { type Entry, Outline } from "./outline";
import { SpacePlot } from "./space";

type MountTree = (
  el: HTMLElement,
  model: Model,
  store: Store,
  options: { fill: boolean; scrubber: "none" },
) => () => void;

interface Value {
  name: string;
  value: string;
  unit: string;
}

/** ModelView with `mountTree` as its view of the cell. */
export function modelView(mountTree: MountTree): Component {
  return (el, model, store) => {
    const root = element("div", { class: "rb rb-tool rb-model-view" });
    const { link, silence } = answeringLink(model);
    const { root: message, tell } = refusalNotice();
    const reading = new Drawer();
    const read = (title: string, text: string) => {
      const panel = codePanel(text, { label: title, intro: title });
      void reading.show(title, () => panel);
    };
    const choose = async (entry: Entry) => {
      const reply = await link.ask("show", { id: entry.id });
      tell(reply);
      if (typeof reply?.content === "string") read(entry.title, reply.content);
    };
    const outline = new Outline("The model", (entry) => void choose(entry));
    const search = element("input", {
      type: "search",
      class: "rb-input rb-outline-search",
      placeholder: "Search: gnabar, dend[3], inhomogeneous …",
      "aria-label": "Search the model",
    });
    search.addEventListener("input", () => outline.filter(search.value));
    const space = new SpacePlot();
    const changes = new Outline("Differences", (entry) => void choose(entry));
    const other = element("p", { class: "rb-quiet" });
    const here = element("div", { class: "rb-here" });

    const title = element("strong", { class: "rb-title" });
    const clear = button("Clear", "Let nothing stand out and colour the cell by type", async () =>
      tell(await link.ask("clear")),
    );
    clear.dataset.action = "clear";
    const asText = button("Text", "The whole overview as plain text", async () => {
      const reply = await link.ask("text");
      tell(reply);
      if (typeof reply?.content === "string") read("Overview", reply.content);
    });
    asText.dataset.action = "text";
    const save = async (action: string, extension: string, type: string) => {
      const reply = await link.ask(action);
      tell(reply);
      if (typeof reply?.content === "string") {
        download(fileName(String(model.get("title")), extension), new Blob([reply.content], { type }));
      }
    };
    const table = button("CSV", "Save the table of parameters", () => void save("table", "csv", "text/csv"));
    const file = button(
      "Save text",
      "Save the overview as a text file",
      () => void save("text", "txt", "text/plain"),
    );

    const view = element("div", { class: "rb-tree" });
    const pages: [string, HTMLElement][] = [
      ["Model", element("div", { class: "rb-model-page" }, search, outline.root)],
    ];
    if (model.get("differences") !== null) {
      pages.push(["Differences", element("div", { class: "rb-model-page" }, other, changes.root)]);
    }
    root.append(
      toolbar("ModelView", title, element("span", { class: "rb-group" }, clear, asText, table, file)),
      reading.root,
      silence,
      message,
      element(
        "div",
        { class: "rb-model-body" },
        element("div", { class: "rb-model-left" }, view, space.root, here),
        element("div", { class: "rb-model-right" }, tabs("Pages", pages)),
      ),
    );
    el.append(root);
    const unmountTree = mountTree(view, model, store, { fill: true, scrubber: "none" });

    const showNodes = () => {
      title.textContent = String(model.get("title"));
      outline.show(model.get("nodes") as Entry[]);
      const found = model.get("differences") as Entry[] | null;
      if (found !== null) {
        const name = String(model.get("other_title"));
        other.textContent = found.length === 0 ? `No difference to ${name}.` : `Here → in ${name}`;
        changes.show(found);
        changes.root.hidden = found.length === 0;
      }
    };
    const showSpace = () => {
      const info = model.get("space_info") as { label?: string; unit?: string };
      space.show(float32(model, "space"), info.label ?? "", info.unit ?? "");
    };
    const showHere = () => {
      const values = model.get("here") as Value[];
      const place = model.get("selected") as Partial<Place> | null;
      here.hidden = values.length === 0;
      if (place?.section === undefined || place.x === undefined) return;
      here.replaceChildren(
        element("strong", {}, `${place.section}(${place.x.toPrecision(3).replace(/\.?0+$/, "")})`),
        element(
          "dl",
          {},
          ...values.map(({ name, value, unit }) =>
            element(
              "div",
              {},
              element("dt", { class: "rb-quiet" }, name),
              element(
                "dd",
                {},
                value,
                element("span", { class: "rb-quiet" }, unit && unit !== "1" ? ` ${unit}` : ""),
              ),
            ),
          ),
        ),
      );
    };
    const mark = () => {
      root.dataset.state = String(model.get("state"));
      root.dataset.revision = String(model.get("revision"));
    };
    showNodes();
    showSpace();
    showHere();
    mark();
    const stops = [
      onChange(model, ["nodes", "differences", "title"], showNodes),
      onChange(model, ["space", "space_info"], showSpace),
      onChange(model, ["here", "selected"], showHere),
      onChange(model, ["revision", "state"], mark),
      store.subscribe("theme", () => space.draw()),
      watchTheme(store),
    ];
    return () => {
      for (const stop of stops) stop();
      unmountTree();
      space.dispose();
      link.dispose();
      root.remove();
    };
  };
}
