// The two electrodes: where current goes in (A) and where the voltage is read (B), by click, by name, or exchanged.

import { parseTyped } from "../controls/number";
import { button, element } from "../dom";
import type { Link, Reply } from "../link";
import type { Place } from "../store";

export type Role = "inject" | "measure";

export interface Site extends Place {
  letter: string;
  colour: string;
}

const TITLES: Record<Role, string> = { inject: "Current in", measure: "Voltage at" };

class SiteField {
  readonly root: HTMLElement;
  private readonly badge = element("span", { class: "rb-letter", "aria-hidden": "true" });
  private readonly section: HTMLInputElement;
  private readonly x: HTMLInputElement;
  private shown: Site | null = null;

  constructor(
    role: Role,
    list: string,
    private readonly send: (section: string, x: number | string) => Promise<Reply | null>,
  ) {
    const title = TITLES[role];
    const commit = () => void this.commit();
    // JupyterLab keeps Enter from becoming a change.
    const key = (event: Event) => {
      const { key } = event as KeyboardEvent;
      if (key === "Enter") commit();
      if (key === "Escape") this.revert();
    };
    this.section = element("input", {
      type: "text",
      class: "rb-input rb-place-section",
      list,
      autocomplete: "off",
      spellcheck: "false",
      "aria-label": `${title}: section`,
      onchange: commit,
      onkeydown: key,
    });
    this.x = element("input", {
      type: "text",
      class: "rb-input rb-place-x",
      inputmode: "decimal",
      autocomplete: "off",
      "aria-label": `${title}: position along the section, 0 to 1`,
      onchange: commit,
      onkeydown: key,
    });
    this.root = element(
      "span",
      { class: "rb-site", "data-site": role },
      this.badge,
      element("span", { class: "rb-quiet" }, title),
      element("span", { class: "rb-site-place" }, this.section, "(", this.x, ")"),
    );
  }

  show(site: Site): void {
    this.shown = site;
    this.badge.textContent = site.letter;
    this.badge.style.setProperty("--rb-electrode", site.colour);
    if (!this.root.contains(document.activeElement)) this.revert();
  }

  private revert(): void {
    if (!this.shown) return;
    this.section.value = this.shown.section;
    this.x.value = String(Number(this.shown.x.toFixed(4)));
  }

  private async commit(): Promise<void> {
    const [section, x] = [this.section.value.trim(), parseTyped(this.x.value)];
    if (section === "" || x === "" || (section === this.shown?.section && x === this.shown.x)) {
      this.revert();
      return;
    }
    await this.send(section, x);
  }
}

/** Which electrode a click on the tree places, if any. */
export class Sites {
  /** The fields and the button between them, for the strip. */
  readonly root: HTMLElement;
  /** What a click does, for the bar above the tree. */
  readonly modes: HTMLElement;
  private mode: Role | "" = "inject";
  private readonly fields: Record<Role, SiteField>;
  private readonly buttons: HTMLButtonElement[];
  private readonly names = element("datalist", {
    id: `rb-sites-${Math.random().toString(36).slice(2, 8)}`,
  });

  constructor(
    private readonly link: Link,
    private readonly tell: (reply: Reply | null) => void,
  ) {
    const field = (role: Role) =>
      new SiteField(role, this.names.id, (section, x) => this.send(role, section, x));
    this.fields = { inject: field("inject"), measure: field("measure") };
    const exchange = button("⇄", "Exchange the electrodes (X)", () => this.exchange());
    exchange.dataset.action = "exchange";
    this.root = element(
      "span",
      { class: "rb-sites" },
      this.fields.inject.root,
      exchange,
      this.fields.measure.root,
      this.names,
    );
    const modes: [Role | "", string, string][] = [
      ["inject", "A", "A click on the tree places electrode A, where current goes in"],
      ["measure", "B", "A click on the tree places electrode B, where the voltage is read"],
      ["", "Look", "A click on the tree only selects"],
    ];
    this.buttons = modes.map(([role, text, label]) => {
      const node = button(text, label, () => this.setMode(role), "rb-button rb-small");
      node.dataset.mode = role;
      return node;
    });
    this.modes = element(
      "span",
      { class: "rb-segmented", role: "group", "aria-label": "A click on the tree places" },
      ...this.buttons,
    );
    this.setMode("inject");
  }

  show(sites: Record<Role, Site>, sections: string[]): void {
    this.fields.inject.show(sites.inject);
    this.fields.measure.show(sites.measure);
    if (this.names.children.length !== sections.length)
      this.names.replaceChildren(...sections.map((name) => element("option", { value: name })));
  }

  /** Puts the electrode in hand at a place that was clicked. */
  place({ section, x }: Place): void {
    if (this.mode !== "") void this.send(this.mode, section, x);
  }

  exchange(): void {
    void this.link.ask("site.exchange").then(this.tell);
  }

  setMode(mode: Role | ""): void {
    this.mode = mode;
    for (const node of this.buttons) node.setAttribute("aria-pressed", String(node.dataset.mode === mode));
  }

  private async send(role: Role, section: string, x: number | string): Promise<Reply | null> {
    const reply = await this.link.ask("site.place", { role, section, x });
    this.tell(reply);
    return reply;
  }
}
