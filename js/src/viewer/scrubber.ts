// The time axis of the movie: one row with a play button and a slider, moving `store.timeCursor` and nothing else.

import { float32, type Model, onChange } from "../model";
import type { Store } from "../store";
import { nearest } from "./colouring";

/** Seconds that a whole movie takes at speed 1. */
const SECONDS = 6;

const SPEEDS = [0.1, 0.25, 0.5, 1, 2] as const;

export interface Scrubber {
  toggle(): void;
  /** Moves by whole frames. */
  step(frames: number): void;
  close(): void;
}

export function mountScrubber(el: HTMLElement, model: Model, store: Store): Scrubber {
  const row = document.createElement("div");
  row.className = "rb-scrubber";
  row.dataset.lmSuppressShortcuts = "true";
  const play = document.createElement("button");
  play.type = "button";
  play.className = "rb-button rb-scrubber-play";
  const slider = document.createElement("input");
  slider.type = "range";
  slider.className = "rb-scrubber-slider";
  slider.step = "any";
  slider.setAttribute("aria-label", "Time of the picture");
  const clock = document.createElement("output");
  clock.className = "rb-scrubber-clock";
  const speed = document.createElement("select");
  speed.className = "rb-select rb-scrubber-speed";
  speed.setAttribute("aria-label", "Speed of the movie");
  for (const factor of SPEEDS) {
    const option = document.createElement("option");
    option.value = String(factor);
    option.textContent = `${factor}\u00d7`;
    option.selected = factor === 1;
    speed.append(option);
  }
  row.append(play, slider, clock, speed);
  el.append(row);

  let times = float32(model, "frame_times");
  let frame = 0;
  let last = 0;
  const span = (): [number, number] => [times[0] ?? 0, times.at(-1) ?? 0];
  const now = () => store.get("timeCursor") ?? span()[0];
  const calm = matchMedia("(prefers-reduced-motion: reduce)");

  const show = () => {
    const [start, end] = span();
    row.hidden = times.length < 2;
    slider.min = String(start);
    slider.max = String(end);
    slider.value = String(Math.min(end, Math.max(start, now())));
    const unit = document.createElement("span");
    unit.className = "rb-quiet";
    unit.textContent = " ms";
    clock.replaceChildren(now().toFixed(2), unit);
    slider.setAttribute("aria-valuetext", `${now().toFixed(2)} ms`);
    const playing = store.get("playing");
    play.textContent = playing ? "\u275a\u275a" : "\u25b6\ufe0e";
    play.setAttribute("aria-label", playing ? "Pause the movie" : "Play the movie");
    play.setAttribute("aria-pressed", String(playing));
  };
  /** Tells the kernel where the person left off; while playing it hears nothing. */
  const settle = () => {
    model.set("time", store.get("timeCursor"));
    model.save_changes();
  };
  const advance = (stamp: number) => {
    if (!store.get("playing")) return;
    frame = requestAnimationFrame(advance);
    // With reduced motion the movie goes on in few, even steps.
    if (calm.matches && stamp - last < 500) return;
    const [start, end] = span();
    const elapsed = Math.min(1, (stamp - last) / 1000);
    last = stamp;
    const next = now() + (elapsed * Number(speed.value) * (end - start)) / SECONDS;
    store.set("timeCursor", Math.min(next, end));
    if (next >= end) store.set("playing", false);
  };
  const unsubscribe = [
    store.subscribe("timeCursor", show),
    store.subscribe("playing", (playing) => {
      show();
      cancelAnimationFrame(frame);
      if (playing) {
        last = performance.now();
        frame = requestAnimationFrame(advance);
      } else settle();
    }),
    onChange(model, ["frame_times"], () => {
      times = float32(model, "frame_times");
      show();
    }),
    onChange(model, ["time"], () => {
      const time = model.get("time");
      if (typeof time === "number" && !store.get("playing")) store.set("timeCursor", time);
    }),
  ];
  const toggle = () => {
    if (times.length < 2) return;
    const [start, end] = span();
    if (!store.get("playing") && now() >= end) store.set("timeCursor", start);
    store.set("playing", !store.get("playing"));
  };
  const step = (frames: number) => {
    if (times.length < 2) return;
    store.set("playing", false);
    const at = Math.min(times.length - 1, Math.max(0, nearest(times, now()) + frames));
    store.set("timeCursor", times[at]!);
    settle();
  };
  play.addEventListener("click", toggle);
  slider.addEventListener("input", () => {
    store.set("playing", false);
    store.set("timeCursor", Number(slider.value));
  });
  slider.addEventListener("change", settle);
  show();
  return {
    toggle,
    step,
    close() {
      cancelAnimationFrame(frame);
      for (const stop of unsubscribe) stop();
      row.remove();
    },
  };
}
