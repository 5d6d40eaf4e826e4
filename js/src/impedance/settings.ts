// About which state the model is linearised, and over which frequencies it is looked at.

import { NumberBox } from "../controls/number_box";
import { button, element } from "../dom";
import type { Reply } from "../link";

export type Point = "steady" | "initial" | "moment" | "held";

/** What Python is asked to work out, as the trait `asked`. */
export interface Asked {
  point: Point;
  time: number;
  hold: number;
  gates: "active" | "frozen";
  v_init: number;
  celsius: number;
  low: number;
  high: number;
  points: number;
  frequency: number;
  quantity: string;
  against: string;
  profile: string;
  direction: "out" | "in";
  rendering: "dendrogram" | "branches";
  /** How long a run is, ms. */
  tstop: number;
}

export type Ask = (name: keyof Asked, value: number | string) => Promise<Reply | null>;

/** The same of a list or a button, which can't be refused by what was typed. */
export type Choose = (name: keyof Asked, value: number | string) => unknown;

/** In so many steps a run is gone through. */
const STEPS = 200;

const POINTS: [Point, string, string][] = [
  ["steady", "Rest", "The steady state that the model comes to from the start voltage"],
  ["initial", "As initialised", "The start voltage everywhere, with every gate at its steady value there"],
  ["moment", "Moment in a run", "The state of a run at a time, with whatever stimulates the cell"],
  ["held", "Held at", "A voltage clamp at A, with all else come to rest"],
];

export type Choice = readonly [value: string, text: string, doc?: string];

/** A drop-down list with a name; `ask` gets the value chosen. */
export function picker(
  label: string,
  choices: readonly Choice[],
  ask: (value: string) => unknown,
): HTMLSelectElement {
  return element(
    "select",
    {
      class: "rb-select rb-small-select",
      "aria-label": label,
      title: label,
      onchange: (event: Event) => void ask((event.target as HTMLSelectElement).value),
    },
    ...choices.map(([value, text, doc]) => element("option", { value, title: doc ?? null }, text)),
  );
}

/** A few buttons of which one is pressed. */
export class Segmented {
  readonly root: HTMLElement;
  private readonly buttons: HTMLButtonElement[];

  constructor(label: string, choices: readonly Choice[], ask: (value: string) => unknown) {
    this.buttons = choices.map(([value, text, doc]) => {
      const node = button(text, doc ?? text, () => void ask(value), "rb-button rb-small");
      node.dataset.value = value;
      return node;
    });
    this.root = element(
      "span",
      { class: "rb-segmented", role: "group", "aria-label": label },
      ...this.buttons,
    );
  }

  show(value: string): void {
    for (const node of this.buttons) node.setAttribute("aria-pressed", String(node.dataset.value === value));
  }
}

/** A moment of a run: typed, slid to, or played through, each picture when the one before is there. */
class Moment {
  readonly root: HTMLElement;
  private readonly time: NumberBox;
  private readonly slider: HTMLInputElement;
  private readonly play: HTMLButtonElement;
  private playing = false;
  private asked: Asked | null = null;

  constructor(private readonly ask: Ask) {
    this.time = new NumberBox({ label: "t", doc: "Time in the run", unit: "ms" }, (value) =>
      ask("time", value),
    );
    this.slider = element("input", {
      type: "range",
      class: "rb-slider",
      min: "0",
      "aria-label": "Time in the run, ms",
      oninput: () => {
        this.playing = false;
        this.mark();
        void ask("time", Number(this.slider.value));
      },
    });
    this.play = button(
      "▶",
      "Go through the run from here, moment by moment",
      () => {
        this.playing = !this.playing;
        this.mark();
        if (this.playing) this.step();
      },
      "rb-button rb-small",
    );
    this.root = element("span", { class: "rb-operating-moment" }, this.play, this.slider, this.time.root);
  }

  show(asked: Asked): void {
    this.asked = asked;
    this.root.hidden = asked.point !== "moment";
    if (this.root.hidden) this.playing = false;
    this.slider.max = String(asked.tstop);
    this.slider.step = String(asked.tstop / STEPS);
    if (document.activeElement !== this.slider || this.playing) this.slider.value = String(asked.time);
    this.time.show(asked.time);
    this.mark();
  }

  /** The picture of the present moment is there. */
  drawn(): void {
    if (this.playing) this.step();
  }

  private step(): void {
    if (!this.asked) return;
    const { time, tstop } = this.asked;
    const next = time + tstop / STEPS;
    if (next > tstop * (1 + 1e-9)) {
      this.playing = false;
      this.mark();
      return;
    }
    void this.ask("time", Number(next.toPrecision(9)));
  }

  private mark(): void {
    this.play.textContent = this.playing ? "❚❚" : "▶";
    this.play.setAttribute("aria-pressed", String(this.playing));
  }
}

/** The operating point, the gates, and the state that the model starts from. */
export class OperatingPoint {
  readonly root: HTMLElement;
  private readonly point: HTMLSelectElement;
  private readonly moment: Moment;
  private readonly hold: NumberBox;
  private readonly start: NumberBox;
  private readonly warmth: NumberBox;
  private readonly gates: Segmented;

  constructor(ask: Ask) {
    this.point = picker("Operating point", POINTS, (value) => ask("point", value));
    this.moment = new Moment(ask);
    this.hold = new NumberBox({ label: "", doc: "Holding potential", unit: "mV" }, (value) =>
      ask("hold", value),
    );
    this.start = new NumberBox({ label: "from", doc: "Start voltage", unit: "mV" }, (value) =>
      ask("v_init", value),
    );
    this.warmth = new NumberBox({ label: "at", doc: "Temperature", unit: "°C", width: 5 }, (value) =>
      ask("celsius", value),
    );
    this.gates = new Segmented(
      "Gates and ions",
      [
        ["active", "active", "Gates, concentrations and synapses move with the voltage"],
        [
          "frozen",
          "frozen",
          "Gates, concentrations and synapses stand still: what a passive membrane would do",
        ],
      ],
      (value) => ask("gates", value),
    );
    this.root = element(
      "div",
      { class: "rb-operating" },
      element(
        "span",
        { class: "rb-operating-group" },
        element("span", { class: "rb-quiet" }, "About"),
        this.point,
        this.hold.root,
        this.moment.root,
        this.start.root,
        this.warmth.root,
      ),
      element(
        "span",
        { class: "rb-operating-group" },
        element("span", { class: "rb-quiet" }, "Gates"),
        this.gates.root,
      ),
    );
  }

  /** A picture is there: what plays goes on. */
  drawn(): void {
    this.moment.drawn();
  }

  show(asked: Asked): void {
    this.point.value = asked.point;
    this.moment.show(asked);
    this.hold.show(asked.hold);
    this.start.show(asked.v_init);
    this.warmth.show(asked.celsius);
    this.gates.show(asked.gates);
    this.hold.root.hidden = asked.point !== "held";
  }
}

/** The axis of frequencies, the chosen one, and how the curves are drawn. */
export class FrequencyAxis {
  readonly root: HTMLElement;
  private readonly low: NumberBox;
  private readonly high: NumberBox;
  private readonly points: NumberBox;
  private readonly chosen: NumberBox;
  private readonly logarithmic: HTMLButtonElement;

  constructor(ask: Ask, keep: HTMLElement, drawn: (logarithmic: boolean) => void) {
    const box = (name: keyof Asked, label: string, doc: string, unit = "", width = 5) =>
      new NumberBox({ label, doc, unit, width }, (value) => ask(name, value));
    this.chosen = box("frequency", "Cursor", "Chosen frequency", "Hz", 7);
    this.low = box("low", "log f", "Logarithm of the lowest frequency", "", 4);
    this.high = box("high", "to", "Logarithm of the highest frequency", "", 4);
    this.points = box("points", "", "Number of frequencies", "points", 4);
    this.logarithmic = button(
      "log |Z|",
      "A logarithmic axis for the magnitude",
      () => {
        const on = this.logarithmic.getAttribute("aria-pressed") !== "true";
        this.logarithmic.setAttribute("aria-pressed", String(on));
        drawn(on);
      },
      "rb-button rb-small",
    );
    this.logarithmic.setAttribute("aria-pressed", "false");
    this.root = element(
      "div",
      { class: "rb-frequency-axis" },
      this.chosen.root,
      element("span", { class: "rb-operating-group" }, this.low.root, this.high.root, this.points.root),
      element("span", { class: "rb-group" }, this.logarithmic, keep),
    );
  }

  show(asked: Asked): void {
    this.chosen.show(asked.frequency);
    this.low.show(asked.low);
    this.high.show(asked.high);
    this.points.show(asked.points);
  }
}
