// The gates of a channel: which there are, and the form, power and temperature of the chosen one.

import { Fields } from "../controls/fields";
import { TextField } from "../controls/text";
import { button, element } from "../dom";
import type { Link, Reply } from "../link";
import { SchemeCanvas } from "./canvas";
import { type ChannelData, type Choices, type Chosen, inEquation, ratesOf, schemeOf } from "./channel";
import type { Point } from "./geometry";
import { type Groups, RatesEditor } from "./rates";

export class GatesView {
  readonly root: HTMLElement;
  private readonly chips: HTMLElement;
  private readonly empty: HTMLElement;
  private readonly detail: HTMLElement;
  private readonly name: TextField;
  private readonly power: TextField;
  private readonly temperature: Fields;
  private readonly canvas: SchemeCanvas;
  private readonly workspace: HTMLElement;
  private readonly side: HTMLElement;
  private readonly sideTitle: HTMLElement;
  private readonly stateName: TextField;
  private readonly stateFields: Fields;
  private readonly stateTools: HTMLElement;
  private readonly connect: HTMLSelectElement;
  private readonly remove: HTMLButtonElement;
  private readonly convert: HTMLButtonElement;
  private readonly rates: RatesEditor;
  private readonly message: HTMLElement;
  private channel: ChannelData | null = null;
  private chosen: Chosen = { gate: "", pair: "", state: "" };
  private chipShape = "";
  private focusNext = "";

  constructor(private readonly link: Link) {
    const ask = (action: string, payload: Record<string, unknown>) =>
      this.report(link.ask(action, { gate: this.chosen.gate, ...payload }));
    this.chips = element("div", { class: "rb-gate-chips", role: "tablist", "aria-label": "Gates" });
    this.chips.addEventListener("keydown", (event) => this.walk(event));
    const add = button(
      "+ Gate",
      "Add a gate with an opening and a closing rate",
      () => void this.add("alpha_beta"),
    );
    const scheme = button(
      "+ Scheme",
      "Add a kinetic scheme of states and transitions",
      () => void this.add("scheme"),
    );
    add.dataset.action = "add-gate";
    scheme.dataset.action = "add-scheme";
    this.message = element("p", { class: "rb-error", role: "alert" });
    this.empty = element("p", { class: "rb-empty" }, "No gates: this channel is always open. Add a gate.");
    this.name = new TextField("Gate", (name) => this.renameGate(name), { className: "rb-short" });
    this.power = new TextField(
      "Power",
      (power) => link.ask("gate.power", { gate: this.chosen.gate, power: Number(power) }),
      { className: "rb-short", doc: "How many such particles have to be open at once" },
    );
    this.temperature = new Fields(link, {
      action: "number.set",
      className: "rb-fields rb-fields-compact rb-heat",
    });
    this.convert = button(
      "As a pair of rates",
      "Write a scheme of two states as one gate",
      () => void ask("gate.kinetics", { form: "alpha_beta" }),
    );
    const drop = button(
      "Remove gate",
      "Remove this gate",
      () => void ask("gate.remove", {}),
      "rb-button rb-small",
    );
    drop.dataset.action = "remove-gate";
    this.canvas = new SchemeCanvas({
      choose: ({ pair = "", state = "" }) => void link.ask("choose", { gate: this.chosen.gate, pair, state }),
      edit: () => this.side.querySelector<HTMLElement>("input, select, button")?.focus(),
      addState: (place, source) => void this.addState(place, source),
      move: (places, gesture) =>
        void link.stream("places", "state.move", { gate: this.chosen.gate, places, gesture }),
      connect: (source, target) => void this.connectStates(source, target),
      removeState: (state) => void ask("state.remove", { state }),
      removeTransition: (pair) => void ask("transition.remove", { pair }),
    });
    const addState = button(
      "+ State",
      "Add a state",
      () => void this.addState(this.canvas.room, ""),
      "rb-button rb-small",
    );
    addState.dataset.action = "add-state";
    this.sideTitle = element("h4", { class: "rb-side-title" });
    this.stateName = new TextField("Name", (name) => this.renameState(name));
    this.stateFields = new Fields(link, {
      action: "number.set",
      className: "rb-fields rb-fields-compact rb-wide",
    });
    this.connect = element("select", {
      class: "rb-select",
      "aria-label": "Connect to",
      onchange: () => {
        void this.connectStates(this.chosen.state, this.connect.value);
        this.connect.value = "";
      },
    });
    this.remove = button("Remove", "Remove it (Delete)", () => this.removeChosen(), "rb-button rb-small");
    this.remove.dataset.action = "remove-part";
    this.stateTools = element(
      "div",
      { class: "rb-state-tools" },
      this.stateName.root,
      this.stateFields.root,
      this.connect,
    );
    this.rates = new RatesEditor(link);
    this.side = element(
      "section",
      { class: "rb-scheme-side", "aria-label": "The chosen state or rates" },
      element("div", { class: "rb-side-head" }, this.sideTitle, this.remove),
      this.stateTools,
      this.rates.root,
    );
    this.workspace = element(
      "div",
      { class: "rb-gate-workspace" },
      element(
        "div",
        { class: "rb-scheme-column" },
        this.canvas.root,
        element("div", { class: "rb-scheme-tools" }, addState, this.convert),
      ),
      this.side,
    );
    this.detail = element(
      "div",
      { class: "rb-gate" },
      element("div", { class: "rb-gate-head" }, this.name.root, this.power.root, this.temperature.root, drop),
      this.workspace,
    );
    this.root = element(
      "section",
      { class: "rb-gates", "aria-label": "Gates" },
      element("div", { class: "rb-gate-bar" }, this.chips, add, scheme),
      this.message,
      this.empty,
      this.detail,
    );
  }

  show(channel: ChannelData, chosen: Chosen, groups: Groups, choices: Choices): void {
    this.channel = channel;
    this.chosen = chosen;
    this.showChips();
    const gate = channel.gates.find(({ name }) => name === chosen.gate);
    this.empty.hidden = gate !== undefined;
    this.detail.hidden = gate === undefined;
    if (!gate) return;
    const scheme = schemeOf(gate);
    this.name.show(gate.name);
    this.power.show(String(gate.power));
    this.power.root.hidden = scheme !== null;
    this.temperature.show(groups[`gate:${gate.name}`] ?? []);
    this.workspace.classList.toggle("rb-with-scheme", scheme !== null);
    this.convert.hidden = scheme?.transitions.length !== 1 || scheme.states.length !== 2;
    const pair = chosen.pair || gate.name;
    const rates = chosen.state === "" ? ratesOf(gate, pair) : null;
    if (scheme) this.canvas.show(scheme, chosen);
    this.side.querySelector<HTMLElement>(".rb-side-head")!.hidden = scheme === null;
    this.sideTitle.textContent =
      chosen.state !== ""
        ? `State ${chosen.state}`
        : rates
          ? pair.replace("_", " ⇌ ")
          : "Choose a state or a transition";
    this.remove.hidden = chosen.state === "" && rates === null;
    this.stateTools.hidden = chosen.state === "";
    this.rates.root.hidden = rates === null;
    if (rates) this.rates.show({ gate: gate.name, pair }, rates, groups, choices, scheme !== null);
    if (scheme && chosen.state !== "") this.showState(chosen.state, groups);
    if (this.focusNext !== "") {
      this.canvas.focus(this.focusNext);
      this.focusNext = "";
    }
  }

  private showState(name: string, groups: Groups): void {
    const scheme = schemeOf(this.channel?.gates.find((gate) => gate.name === this.chosen.gate));
    if (!scheme) return;
    this.stateName.show(name);
    this.stateFields.show(groups[`state:${name}`] ?? []);
    const near = new Set(
      scheme.transitions.flatMap(({ source, target }) =>
        source === name ? [target] : target === name ? [source] : [],
      ),
    );
    const free = scheme.states.map((state) => state.name).filter((each) => each !== name && !near.has(each));
    this.connect.hidden = free.length === 0;
    this.connect.replaceChildren(
      element("option", { value: "" }, "Connect to …"),
      ...free.map((each) => element("option", { value: each }, each)),
    );
  }

  private showChips(): void {
    const gates = this.channel?.gates ?? [];
    const shape = JSON.stringify([
      gates.map(inEquation),
      gates.map((gate) => schemeOf(gate) !== null),
      this.chosen.gate,
    ]);
    if (shape === this.chipShape) return;
    this.chipShape = shape;
    const focused = this.chips.contains(document.activeElement);
    this.chips.replaceChildren(
      ...gates.map((gate) => {
        const chosen = gate.name === this.chosen.gate;
        return element(
          "button",
          {
            type: "button",
            role: "tab",
            class: "rb-gate-chip",
            "aria-selected": String(chosen),
            tabindex: chosen ? "0" : "-1",
            "data-gate": gate.name,
            onclick: () => void this.link.ask("choose", { gate: gate.name }),
          },
          schemeOf(gate) ? `${gate.name} (scheme)` : inEquation(gate),
        );
      }),
    );
    if (focused) this.chips.querySelector<HTMLElement>("[aria-selected=true]")?.focus();
  }

  private walk(event: KeyboardEvent): void {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    const gates = this.channel?.gates ?? [];
    const at = gates.findIndex(({ name }) => name === this.chosen.gate);
    const next = gates[(at + step + gates.length) % Math.max(1, gates.length)];
    if (step === 0 || !next) return;
    event.preventDefault();
    event.stopPropagation();
    void this.link.ask("choose", { gate: next.name });
  }

  private async add(kinetics: string): Promise<void> {
    const reply = await this.report(this.link.ask("gate.add", { kinetics }));
    if (typeof reply?.gate === "string") void this.link.ask("choose", { gate: reply.gate });
  }

  private async addState({ x, y }: Point, source: string): Promise<void> {
    const reply = await this.report(this.link.ask("state.add", { gate: this.chosen.gate, x, y, source }));
    if (typeof reply?.state !== "string") return;
    this.focusNext = reply.state;
    void this.link.ask("choose", { gate: this.chosen.gate, state: reply.state });
  }

  private async connectStates(source: string, target: string): Promise<void> {
    const reply = await this.report(
      this.link.ask("transition.add", { gate: this.chosen.gate, source, target }),
    );
    if (typeof reply?.pair !== "string") return;
    this.focusNext = reply.pair;
    void this.link.ask("choose", { gate: this.chosen.gate, pair: reply.pair });
  }

  private async renameGate(name: string): Promise<Reply | null> {
    const reply = await this.link.ask("gate.rename", { gate: this.chosen.gate, name });
    if (reply && !reply.error) void this.link.ask("choose", { gate: name });
    return reply;
  }

  private async renameState(name: string): Promise<Reply | null> {
    const { gate, state } = this.chosen;
    const reply = await this.link.ask("state.rename", { gate, state, name });
    if (reply && !reply.error) void this.link.ask("choose", { gate, state: name });
    return reply;
  }

  private removeChosen(): void {
    const { gate, state, pair } = this.chosen;
    void this.report(
      state !== ""
        ? this.link.ask("state.remove", { gate, state })
        : this.link.ask("transition.remove", { gate, pair }),
    );
  }

  private async report(answer: Promise<Reply | null>): Promise<Reply | null> {
    const reply = await answer;
    if (reply) this.message.textContent = reply.error ?? "";
    return reply;
  }
}
