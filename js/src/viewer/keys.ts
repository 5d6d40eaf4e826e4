// Every key that the picture answers to, and the same list in words.

export interface KeyActions {
  orbit(dx: number, dy: number): void;
  pan(dx: number, dy: number): void;
  zoom(factor: number): void;
  reset(): void;
  play(): void;
  step(frames: number): void;
  walk(segments: number): void;
  enter(): void;
  clear(): void;
  save(): void;
  help(): void;
}

/** What the help panel shows: keys, then what they do. */
export const SHORTCUTS: readonly (readonly [string, string])[] = [
  ["drag, arrow keys", "turn the cell"],
  ["Shift + drag, Shift + arrow keys", "shift it"],
  ["wheel after a click, + and \u2212", "zoom"],
  ["R", "reset the view"],
  ["click", "select a place"],
  ["N and P", "select the next or previous segment"],
  ["Enter", "the same as a click on the selected segment"],
  ["Esc", "select nothing"],
  ["drag an electrode", "move it"],
  ["Space", "play or pause the movie"],
  [", and .", "one frame back or on"],
  ["S", "save a picture"],
  ["?", "show or hide this list"],
];

const TURN = 24;

export function handleKeys(stage: HTMLElement, actions: KeyActions): () => void {
  const arrows: Record<string, readonly [number, number]> = {
    ArrowLeft: [-TURN, 0],
    ArrowRight: [TURN, 0],
    ArrowUp: [0, -TURN],
    ArrowDown: [0, TURN],
  };
  const keys: Record<string, () => void> = {
    "+": () => actions.zoom(1.25),
    "=": () => actions.zoom(1.25),
    "-": () => actions.zoom(0.8),
    _: () => actions.zoom(0.8),
    r: actions.reset,
    " ": actions.play,
    ",": () => actions.step(-1),
    ".": () => actions.step(1),
    n: () => actions.walk(1),
    p: () => actions.walk(-1),
    s: actions.save,
    Enter: actions.enter,
    Escape: actions.clear,
    "?": actions.help,
  };
  const down = (event: KeyboardEvent) => {
    if (event.target !== stage || event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = arrows[event.key];
    const action = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!arrow && !action) return;
    event.preventDefault();
    event.stopPropagation();
    if (arrow) (event.shiftKey ? actions.pan : actions.orbit)(...arrow);
    else action?.();
  };
  stage.addEventListener("keydown", down);
  return () => stage.removeEventListener("keydown", down);
}
