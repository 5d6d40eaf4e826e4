// What a channel is as a whole: its name, its ion, how its current goes, and how much of it there is.

import { Fields } from "../controls/fields";
import { ChoiceField, TextField } from "../controls/text";
import { element } from "../dom";
import type { Link } from "../link";
import { type ChannelData, type Choices, equation } from "./channel";
import type { Groups } from "./rates";

const KINDS = [
  { name: "density", title: "Density, over membrane" },
  { name: "point", title: "Point, at one site" },
];
const CURRENTS = [
  { name: "ohmic", title: "Ohmic, g (v − e)" },
  { name: "ghk", title: "GHK flux" },
];

export class HeaderView {
  readonly root: HTMLElement;
  private readonly name: TextField;
  private readonly kind: ChoiceField;
  private readonly ion: TextField;
  private readonly valence: TextField;
  private readonly current: ChoiceField;
  private readonly fields: Fields;
  private readonly equation: HTMLElement;
  private readonly ions: HTMLDataListElement;

  constructor(link: Link) {
    const set = (field: string) => (value: string) => link.ask("channel.set", { field, value });
    const id = `rb-ions-${Math.random().toString(36).slice(2, 8)}`;
    this.ions = element("datalist", { id });
    this.name = new TextField("Name", set("name"));
    this.name.root.dataset.text = "name";
    this.kind = new ChoiceField("Kind", set("kind"));
    this.ion = new TextField("Ion", set("ion"), {
      placeholder: "non-specific",
      list: id,
      doc: "Empty: none in particular",
    });
    this.ion.root.dataset.text = "ion";
    this.valence = new TextField(
      "Valence",
      (value) => link.ask("channel.set", { field: "valence", value: value === "" ? "" : Number(value) }),
      { className: "rb-short" },
    );
    this.current = new ChoiceField("Current", set("current"));
    this.fields = new Fields(link, {
      action: "number.set",
      className: "rb-fields rb-fields-compact rb-wide",
    });
    this.equation = element("output", { class: "rb-equation", "aria-label": "The current" });
    this.root = element(
      "section",
      { class: "rb-channel-header", "aria-label": "Channel" },
      this.ions,
      element(
        "div",
        { class: "rb-channel-facts" },
        this.name.root,
        this.kind.root,
        this.ion.root,
        this.valence.root,
        this.current.root,
      ),
      this.fields.root,
      this.equation,
    );
  }

  show(channel: ChannelData, groups: Groups, choices: Choices): void {
    if (this.ions.children.length !== choices.ions.length)
      this.ions.replaceChildren(...choices.ions.map((ion) => element("option", { value: ion })));
    this.name.show(channel.name);
    this.kind.show(channel.kind, KINDS);
    this.ion.show(channel.ion ?? "");
    this.valence.show(channel.valence === undefined ? "" : String(channel.valence));
    this.valence.root.hidden = channel.ion === undefined || choices.ions.includes(channel.ion);
    this.current.show(channel.current, CURRENTS);
    this.fields.show(groups.channel ?? []);
    this.equation.textContent = equation(channel);
  }
}
