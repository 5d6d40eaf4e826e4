// Mouse, pen and fingers: turn, shift, zoom, ask, click, and carry an electrode.

import type { Turntable } from "./camera";

/** A drag that a tool has taken over. */
export interface Drag {
  move(x: number, y: number): void;
  /** The pointer was let go. */
  drop(x: number, y: number): void;
  /** Nothing came of it: it was a click after all, or was broken off. */
  cancel(): void;
}

export interface Gestures {
  view: Turntable;
  moved(): void;
  hover(x: number, y: number): void;
  leave(): void;
  click(x: number, y: number, event: MouseEvent): void;
  /** Gives what takes over a drag that begins here, or nothing. */
  take(x: number, y: number, event: PointerEvent): Drag | null;
  /** The name of the electrode at a place, to be carried from there. */
  grab(x: number, y: number): string | null;
  drop(name: string, x: number, y: number): void;
}

/** A pointer that moves less than this between down and up has clicked, CSS pixels. */
const CLICK = 4;

export function handleGestures(stage: HTMLElement, gestures: Gestures): () => void {
  const { view } = gestures;
  const pointers = new Map<number, { x: number; y: number }>();
  let travelled = 0;
  let carried: string | null = null;
  let taken: Drag | null = null;
  const at = (event: MouseEvent) => {
    const box = stage.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const onStage = (event: Event) => !(event.target as HTMLElement).closest("[data-viewer-control]");

  const down = (event: PointerEvent) => {
    if (!onStage(event)) return;
    stage.setPointerCapture(event.pointerId);
    const point = at(event);
    if (pointers.size === 0) {
      travelled = 0;
      carried = event.button === 0 ? gestures.grab(point.x, point.y) : null;
      taken = carried === null ? gestures.take(point.x, point.y, event) : null;
    } else {
      // Two fingers zoom, whatever the first began.
      taken?.cancel();
      taken = null;
    }
    pointers.set(event.pointerId, point);
    gestures.leave();
  };
  const move = (event: PointerEvent) => {
    const point = at(event);
    const before = pointers.get(event.pointerId);
    if (!before) {
      if (!onStage(event)) return gestures.leave();
      // Browsers send one such event a frame, so there is nothing to save up.
      return gestures.hover(point.x, point.y);
    }
    const [dx, dy] = [point.x - before.x, point.y - before.y];
    travelled += Math.hypot(dx, dy);
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    pointers.set(event.pointerId, point);
    stage.classList.toggle("rb-carrying", carried !== null && travelled > CLICK);
    if (carried !== null) {
      gestures.hover(point.x, point.y);
      return;
    }
    if (taken !== null) {
      if (travelled > CLICK) taken.move(point.x, point.y);
      return;
    }
    if (other) {
      const spread = (p: { x: number; y: number }) => Math.hypot(p.x - other.x, p.y - other.y) || 1;
      view.zoom(spread(point) / spread(before), (point.x + other.x) / 2, (point.y + other.y) / 2);
      view.pan(dx / 2, dy / 2);
    } else if (event.buttons & 2 || event.buttons & 4 || event.shiftKey) view.pan(dx, dy);
    else if (travelled > CLICK) view.orbit(dx, dy);
    gestures.moved();
  };
  const up = (event: PointerEvent) => {
    if (!pointers.delete(event.pointerId)) return;
    stage.classList.remove("rb-carrying");
    const { x, y } = at(event);
    const clicked = travelled <= CLICK;
    if (event.type === "pointercancel") taken?.cancel();
    else if (carried !== null && !clicked) gestures.drop(carried, x, y);
    else if (taken !== null && !clicked) taken.drop(x, y);
    else {
      taken?.cancel();
      if (clicked && event.button === 0 && pointers.size === 0) gestures.click(x, y, event);
    }
    carried = taken = null;
  };
  const wheel = (event: WheelEvent) => {
    // A page scrolls past a viewer that nobody has chosen; one that has the focus, or Ctrl, zooms.
    if (!onStage(event) || !(stage.matches(":focus-within") || event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    const { x, y } = at(event);
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    view.zoom(Math.exp(-Math.max(-240, Math.min(240, event.deltaY * lines)) / 400), x, y);
    gestures.moved();
  };
  const leave = () => gestures.leave();
  const noMenu = (event: Event) => {
    if (onStage(event)) event.preventDefault();
  };
  stage.addEventListener("pointerdown", down);
  stage.addEventListener("pointermove", move);
  stage.addEventListener("pointerup", up);
  stage.addEventListener("pointercancel", up);
  stage.addEventListener("pointerleave", leave);
  stage.addEventListener("wheel", wheel, { passive: false });
  stage.addEventListener("contextmenu", noMenu);
  return () => {
    stage.removeEventListener("pointerdown", down);
    stage.removeEventListener("pointermove", move);
    stage.removeEventListener("pointerup", up);
    stage.removeEventListener("pointercancel", up);
    stage.removeEventListener("pointerleave", leave);
    stage.removeEventListener("wheel", wheel);
    stage.removeEventListener("contextmenu", noMenu);
  };
}
