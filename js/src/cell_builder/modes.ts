// What a drag on the cell does, as a row of buttons with a line of words, and the question for a place.

import { button, element } from "../dom";
import type { Place } from "../store";
import type { HandMode } from "../viewer/hand";

const MODES: [HandMode, string, string, string][] = [
  [
    "look",
    "Select",
    "V",
    "Click a section, Shift-click for more, double-click for its subtree; drag to turn",
  ],
  ["lasso", "Lasso", "L", "Draw a loop around sections; with Shift they come to those chosen"],
  ["draw", "Draw", "D", "Drag away from the cell to draw"],
  ["move", "Move", "M", "Drag a section to carry it and all that hangs on it"],
];

export class Modes {
  readonly root: HTMLElement;
  private readonly hint: HTMLElement;
  private readonly buttons: HTMLButtonElement[];
  private readonly giveUp: HTMLButtonElement;
  private mode: HandMode = "look";
  private question: { prompt: string; answer: (place: Place | null) => void } | null = null;

  /** `stage` is marked with what a drag on it does. */
  constructor(
    private readonly stage: HTMLElement,
    private readonly nextName: () => string,
  ) {
    this.hint = element("p", { class: "rb-hint", role: "status" });
    this.buttons = MODES.map(([mode, text, key, hint]) => {
      const node = button(text, `${hint} (${key})`, () => this.set(mode), "rb-button rb-small");
      node.dataset.mode = mode;
      return node;
    });
    this.giveUp = button("Cancel", "Give up (Esc)", () => this.answer(null), "rb-button rb-small");
    this.giveUp.dataset.action = "give-up";
    this.root = element(
      "div",
      { class: "rb-click-bar" },
      this.hint,
      element(
        "span",
        { class: "rb-segmented", role: "group", "aria-label": "A drag on the cell" },
        ...this.buttons,
      ),
      this.giveUp,
    );
    this.show();
  }

  /** While a place is asked for, a drag turns the cell. */
  get current(): HandMode {
    return this.question ? "look" : this.mode;
  }

  set(mode: HandMode): void {
    this.answer(null);
    this.mode = mode;
    this.show();
  }

  /** Takes a letter that stands for a mode; says whether it did. */
  pressed(key: string): boolean {
    const found = MODES.find(([, , letter]) => letter === key.toUpperCase());
    if (found) this.set(found[0]);
    return found !== undefined;
  }

  ask(prompt: string): Promise<Place | null> {
    this.answer(null);
    return new Promise((resolve) => {
      this.question = { prompt, answer: resolve };
      this.show();
    });
  }

  get asking(): boolean {
    return this.question !== null;
  }

  /** Answers the question for a place, if there is one; says whether there was. */
  answer(place: Place | null): boolean {
    const { question } = this;
    this.question = null;
    question?.answer(place);
    if (question) this.show();
    return question !== null;
  }

  show(): void {
    const { question } = this;
    for (const node of this.buttons) {
      node.setAttribute("aria-pressed", String(node.dataset.mode === this.mode));
      node.hidden = question !== null;
    }
    this.giveUp.hidden = question === null;
    const hint = MODES.find(([mode]) => mode === this.mode)?.[3] ?? "";
    const text = this.mode === "draw" ? `${hint} ${this.nextName()}` : hint;
    this.hint.textContent = question ? question.prompt : text;
    this.root.classList.toggle("rb-asking", question !== null);
    this.stage.dataset.mode = this.current;
    this.stage.toggleAttribute("data-asking", question !== null);
  }
}
