// The subsets page: which places there are, from the general to the specific, and how sections are gathered.

import { TextField } from "../controls/text";
import { button, element } from "../dom";
import type { Reply } from "../link";
import { onChange } from "../model";
import type { BuildPage } from "./page";
import { type Conditions, RuleForm } from "./rule";
import { SubsetList } from "./subset_list";

export interface SubsetInfo {
  name: string;
  kind: "all" | "region" | "subset";
  sections: number;
  /** The rule that says which sections belong, as it is written, or nothing. */
  rule: string;
}

const OPERATIONS: [string, string][] = [
  ["only", "only those of"],
  ["add", "and also those of (\u222a)"],
  ["within", "but only those in (\u2229)"],
  ["remove", "but without those of (\u2212)"],
  ["toggle", "or else those of (\u2295)"],
];

export const subsetsPage: BuildPage = (builder) => {
  const { model, link, tell } = builder;
  const ask = async (action: string, payload: Record<string, unknown> = {}): Promise<Reply | null> => {
    const reply = await link.ask(action, payload);
    tell(reply);
    return reply;
  };
  const places = () => model.get("subsets") as SubsetInfo[];

  const regions = element("div", { class: "rb-place-chips", role: "group", "aria-label": "Regions" });
  const list = new SubsetList({
    choose: (name, how) => {
      builder.setPlace(name);
      void ask("choose", { place: name, how });
    },
    rename: (name, to) => link.ask("subsets.rename", { name, new: to }),
    replace: (name) => ask("subsets.replace", { name }),
    remove: (name) => ask("subsets.remove", { name }),
    order: (names) => ask("subsets.order", { names }),
  });

  const count = element("h3", { class: "rb-page-title" });
  const tool = (text: string, key: string, label: string, act: () => void, className?: string) => {
    const node = button(text, label, act, className);
    node.dataset.action = key;
    return node;
  };
  const all = tool(
    "All",
    "all",
    "Choose all sections (Ctrl+A on the dendrogram)",
    () => void ask("choose", { place: "all" }),
  );
  const none = tool("None", "none", "Choose nothing (Esc)", () => void ask("choose", { sections: [] }));
  const invert = tool(
    "Invert",
    "invert",
    "Choose all that are not chosen, and no others",
    () => void ask("choose", { how: "invert" }),
  );
  const operation = element(
    "select",
    { class: "rb-select", "aria-label": "How to combine" },
    ...OPERATIONS.map(([value, text]) => element("option", { value }, text)),
  );
  operation.dataset.choice = "operation";
  const other = element("select", { class: "rb-select", "aria-label": "With which place" });
  other.dataset.choice = "other";
  const combine = tool(
    "Choose",
    "combine",
    "Combine what is chosen with that place",
    () => void ask("choose", { place: other.value, how: operation.value }),
  );

  const rule = new RuleForm(builder, (conditions, how) => void ask("subsets.find", { conditions, how }));

  const name = new TextField("Name", async () => ({}), { placeholder: "tuft" });
  name.root.dataset.text = "subset";
  const make = async (action: string, payload: { conditions?: Conditions }) => {
    const wanted = name.input.value.trim();
    if (wanted === "") {
      name.fail("Give the subset a name first");
      name.input.focus();
      return;
    }
    const reply = await link.ask(action, { name: wanted, ...payload });
    name.fail(reply?.error ?? "");
    if (reply && !reply.error) name.input.value = "";
  };
  const gathered = tool(
    "Of the chosen sections",
    "add-subset",
    "A subset of the sections that are chosen now",
    () => void make("subsets.add", {}),
    "rb-button rb-button-accent",
  );
  const ruled = tool(
    "By the rule below",
    "add-rule",
    "A subset of whatever sections fit the rule, now and later",
    () => void make("subsets.add.rule", { conditions: rule.conditions() }),
  );
  name.input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") gathered.click();
  });

  const root = element(
    "div",
    { class: "rb-page rb-subsets" },
    element(
      "section",
      { class: "rb-page-part", "aria-label": "Places" },
      element(
        "h3",
        { class: "rb-page-title" },
        "Subsets",
        element(
          "span",
          { class: "rb-quiet rb-page-order" },
          "from the general to the specific: the later wins",
        ),
      ),
      regions,
      list.root,
    ),
    element(
      "section",
      { class: "rb-page-part", "aria-label": "Chosen sections" },
      count,
      element("div", { class: "rb-page-row" }, all, none, invert),
      element("div", { class: "rb-page-row" }, operation, other, combine),
    ),
    element(
      "section",
      { class: "rb-page-part", "aria-label": "New subset" },
      element("h3", { class: "rb-page-title" }, "New subset"),
      element("div", { class: "rb-page-row" }, name.root, gathered, ruled),
    ),
    element("section", { class: "rb-page-part", "aria-label": "Rule" }, rule.root),
  );

  let shown = "";
  const showPlaces = () => {
    const known = places();
    list.show(
      known.filter(({ kind }) => kind === "subset"),
      builder.place(),
    );
    for (const chip of regions.children)
      chip.setAttribute("aria-pressed", String((chip as HTMLElement).dataset.place === builder.place()));
    const text = JSON.stringify(known);
    if (text === shown) return;
    shown = text;
    regions.replaceChildren(
      ...known
        .filter(({ kind }) => kind !== "subset")
        .map(({ name: place, sections }) => {
          const chip = element(
            "button",
            {
              type: "button",
              class: "rb-place-chip",
              title: `Choose ${place}; with Shift, besides what is chosen`,
              "aria-pressed": String(place === builder.place()),
              onclick: (event) => {
                builder.setPlace(place);
                void ask("choose", { place, how: (event as MouseEvent).shiftKey ? "add" : "only" });
              },
            },
            place,
            element("span", { class: "rb-quiet" }, ` ${sections}`),
          );
          chip.dataset.place = place;
          return chip;
        }),
    );
    const before = other.value;
    other.replaceChildren(...known.map(({ name: place }) => element("option", { value: place }, place)));
    if (known.some(({ name: place }) => place === before)) other.value = before;
    rule.showPlaces(known);
  };
  const showChosen = () => {
    const [some, of] = [builder.chosen().length, builder.tree().branches.length];
    count.textContent = some === 0 ? "No section chosen" : `${some} of ${of} sections chosen`;
    gathered.disabled = some === 0;
    none.disabled = some === 0;
  };
  showPlaces();
  showChosen();
  const stops = [
    onChange(model, ["subsets", "place"], showPlaces),
    onChange(model, ["chosen", "branches"], showChosen),
    onChange(model, ["revision"], () => rule.refresh()),
  ];
  return {
    root,
    dispose() {
      for (const stop of stops) stop();
    },
  };
};
