// What a tool draws into the viewer's picture besides the cell, and what it makes of the pointer there.

import type { Scene } from "three";
import type { Inks } from "./annotations";
import type { Turntable } from "./camera";

/** What the viewer lends a layer. */
export interface LayerHost {
  readonly view: Turntable;
  readonly stage: HTMLElement;
  /** Asks for a frame. */
  invalidate(): void;
  /** Shows the cell itself, or only the layer. */
  showCell(visible: boolean): void;
  /** Shows everything from the front. */
  resetView(): void;
  /** Tells screen readers. */
  say(text: string): void;
}

export interface Layer {
  /** Drawn after the cell, by the same camera. */
  readonly scene: Scene;
  /** Before each frame: `ratio` device pixels are one CSS pixel. */
  prepare(view: Turntable, ratio: number): void;
  /** After each frame, on a context whose unit is the CSS pixel. */
  annotate(context: CanvasRenderingContext2D, inks: Inks): void;
  /** A title and lines about what lies under the pointer; null leaves it to the cell. */
  hover(x: number, y: number): readonly string[] | null;
  /** Takes a click, and says so, or leaves it to the cell. */
  click(x: number, y: number): boolean;
  /** Chooses what lies `count` further in order, and says so, or leaves it to the cell. */
  walk(count: number): boolean;
  /** Lets go of what is chosen, and says so, or leaves Escape to the cell. */
  clear(): boolean;
  /** Lets go of what was sent to the graphics card; all of it is sent again for the next frame. */
  release(): void;
}
