// What the front end may ask of a model: the calls that a static page can offer too.

import type { Store } from "./store";

export interface Model {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  on(event: string, callback: (...args: unknown[]) => void): void;
  off(event: string, callback?: (...args: unknown[]) => void): void;
  save_changes(): void;
  send(content: unknown): void;
}

/** Builds itself inside `el` and returns its clean-up. */
export type Component = (el: HTMLElement, model: Model, store: Store) => () => void;
