// The topology page: the next section, and what can be done with those that are chosen.

import { parseTyped } from "../controls/number";
import { TextField } from "../controls/text";
import { button, element } from "../dom";
import type { Reply } from "../link";
import { onChange } from "../model";
import { Commands } from "./commands";
import { figure } from "./dendrogram";
import type { BuildPage } from "./page";
import { type Branch, placeText, subtree } from "./tree";

export interface Draft {
  base: string;
  diam: number;
  L: number;
  name: string;
}

export const topologyPage: BuildPage = (builder) => {
  const { model, link } = builder;
  const commands = new Commands(builder);
  const draft = () => model.get("draft") as Draft;
  const set = (field: string) => (value: string) => link.ask("topology.draft", { field, value });
  const setNumber = (field: string) => (value: string) =>
    link.ask("topology.draft", { field, value: parseTyped(value) });

  const bases = element("datalist", { id: `rb-bases-${Math.random().toString(36).slice(2, 8)}` });
  const text = (
    label: string,
    key: string,
    send: (value: string) => Promise<Reply | null>,
    options: ConstructorParameters<typeof TextField>[2],
  ) => {
    const field = new TextField(label, send, options);
    field.root.dataset.text = key;
    return field;
  };
  const base = text("Base name", "base", set("base"), {
    list: bases.id,
    doc: "Sections of one base name are numbered, and are a region of that name",
  });
  const diam = text("Diameter (\u00b5m)", "diam", setNumber("diam"), {
    className: "rb-short",
    doc: "Of the next section",
  });
  const L = text("Length (\u00b5m)", "L", setNumber("L"), {
    className: "rb-short",
    doc: "Of a section that is added here; one that is drawn is as long as drawn",
  });
  // It is read when the section is added, so that there is nothing to send.
  const at = text("Joined to", "at", async () => ({}), {
    doc: "A place such as soma(1): the end of the chosen section, unless another is given",
  });
  const tool = (name: string, key: string, label: string, act: () => void, className?: string) => {
    const node = button(name, label, act, className);
    node.dataset.action = key;
    return node;
  };
  const add = tool(
    "Add",
    "add",
    "Add the section at that place (N on the dendrogram)",
    () => void commands.add(at.input.value.trim()),
    "rb-button rb-button-accent",
  );

  const title = element("h3", { class: "rb-page-title" });
  const facts = element("p", { class: "rb-quiet rb-page-facts" });
  const name = text("Name", "name", (value) => commands.rename(value), {});
  const parent = text("Joined to", "parent", (value) => commands.join(value), {
    doc: "A place such as soma(1)",
  });
  const elsewhere = tool(
    "Pick\u2026",
    "join",
    "Join it to another place, clicked on the cell (J on the dendrogram)",
    () => void commands.joinPicked(),
  );
  const number = (value: string, label: string) =>
    element("input", { type: "text", class: "rb-number", value, inputmode: "decimal", "aria-label": label });
  const cut = number("0.5", "Where to split, from 0 to 1");
  const split = tool(
    "Split at",
    "split",
    "Cut the section in two there (S on the dendrogram: in the middle)",
    () => void commands.split(parseTyped(cut.value)),
  );
  const insert = tool(
    "Insert before",
    "insert",
    "Put a new section between this one and what it is joined to (I)",
    () => void commands.insert(),
  );
  const copy = tool(
    "Copy\u2026",
    "copy",
    "Join a copy of it, and of all that hangs on it, to a place (C)",
    () => void commands.copyPicked(),
  );
  const deeper = tool(
    "Choose subtree",
    "subtree",
    "Choose all that hangs on the chosen sections as well (T)",
    () => commands.chooseSubtrees(),
  );
  const removeTree = tool(
    "Delete with subtree",
    "remove",
    "Remove the chosen sections and all that hangs on them (Delete)",
    () => void commands.remove(false),
  );
  const removeOne = tool(
    "Delete, keep the rest",
    "remove-one",
    "Remove the chosen sections, and join what hangs on them to what they were joined to (Shift+Delete)",
    () => void commands.remove(true),
  );
  const way = ["x", "y", "z"].map((axis) => number("0", `Move along ${axis}, \u00b5m`));
  const move = tool(
    "Move by",
    "move",
    "Carry the section, and all that hangs on it, by this way",
    async () => {
      const reply = await commands.move(way.map((input) => parseTyped(input.value)));
      if (reply && !reply.error) for (const input of way) input.value = "0";
    },
  );
  const onEnter = (input: HTMLInputElement, act: HTMLButtonElement) =>
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") act.click();
    });
  onEnter(cut, split);
  for (const input of way) onEnter(input, move);

  const single = element(
    "div",
    { class: "rb-page-single" },
    element("div", { class: "rb-page-row" }, name.root, parent.root, elsewhere),
    element(
      "div",
      { class: "rb-page-row" },
      element("span", { class: "rb-page-pair" }, split, cut),
      insert,
      copy,
    ),
    element(
      "div",
      { class: "rb-page-row" },
      element(
        "span",
        { class: "rb-page-pair" },
        move,
        ...way,
        element("span", { class: "rb-quiet" }, "\u00b5m"),
      ),
    ),
  );
  const several = element("div", { class: "rb-page-row" }, deeper, removeTree, removeOne);
  const root = element(
    "div",
    { class: "rb-page rb-topology" },
    element(
      "section",
      { class: "rb-page-part", "aria-label": "New section" },
      element("h3", { class: "rb-page-title" }, "New section"),
      bases,
      element("div", { class: "rb-page-row" }, base.root, diam.root, L.root),
      element("div", { class: "rb-page-row" }, at.root, add),
      element(
        "p",
        { class: "rb-quiet rb-page-hint" },
        "Or choose Draw above the cell, and drag away from the place where it should begin: on the cell or on the dendrogram.",
      ),
    ),
    element(
      "section",
      { class: "rb-page-part", "aria-label": "Chosen sections" },
      title,
      facts,
      single,
      several,
    ),
  );

  const showDraft = () => {
    const next = draft();
    base.show(next.base);
    diam.show(figure(next.diam));
    L.show(figure(next.L));
    add.textContent = `Add ${next.name}`;
    const regions = [...new Set(["soma", "dend", "apic", "axon", ...builder.tree().branches.map(baseOf)])];
    if (bases.children.length !== regions.length)
      bases.replaceChildren(...regions.map((value) => element("option", { value })));
  };
  const showChosen = () => {
    const tree = builder.tree();
    const chosen = builder.chosen().flatMap((section) => tree.byName.get(section) ?? []);
    const [first] = chosen;
    const root = tree.branches[0];
    single.hidden = chosen.length !== 1;
    several.hidden = chosen.length === 0;
    at.root.hidden = root === undefined;
    at.show(commands.end());
    if (!first) {
      title.textContent = "No section chosen";
      facts.textContent =
        "Click one on the cell or on the dendrogram to name it, join it elsewhere, cut, copy or delete it.";
    } else if (chosen.length > 1) {
      title.textContent = `${chosen.length} sections chosen`;
      const length = chosen.reduce((sum, branch) => sum + branch.L, 0);
      facts.textContent = `${figure(length)} \u00b5m in all, ${chosen.reduce((sum, { nseg }) => sum + nseg, 0)} segments`;
    } else {
      title.textContent = first.name;
      const hanging = subtree(tree, first.name).length - 1;
      facts.textContent = [
        `${figure(first.L)} \u00b5m long`,
        `${figure(first.diam)} \u00b5m wide`,
        `nseg ${first.nseg}`,
        first.region === baseOf(first) ? "" : `region ${first.region}`,
        hanging === 0 ? "a tip" : `${hanging} ${hanging === 1 ? "section hangs" : "sections hang"} on it`,
      ]
        .filter((part) => part !== "")
        .join(" \u00b7 ");
      name.show(first.name);
      const above = tree.branches[first.parent];
      parent.root.hidden = elsewhere.hidden = insert.hidden = above === undefined;
      if (above) parent.show(placeText({ section: above.name, x: first.parentX }));
    }
  };
  showDraft();
  showChosen();
  const stops = [
    onChange(model, ["draft"], showDraft),
    onChange(model, ["chosen", "branches", "sections"], showChosen),
  ];
  return {
    root,
    dispose() {
      for (const stop of stops) stop();
    },
  };
};

function baseOf({ name }: Branch): string {
  return name.replace(/\[\d+\]$/, "");
}
