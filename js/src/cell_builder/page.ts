// What a page of the CellBuilder is given by the tool that mounts it.

import type { Link, Reply } from "../link";
import type { Model } from "../model";
import type { Store } from "../store";

export interface Builder {
  model: Model;
  link: Link;
  store: Store;
  /** The name of the region, subset or section that is edited. */
  place(): string;
  setPlace(name: string): void;
  /** The names of the selected sections. */
  chosen(): readonly string[];
  choose(names: readonly string[]): void;
  /** Shows what an action was answered: an error under the strip, or nothing. */
  tell(reply: Reply | null): void;
}

export interface Page {
  root: HTMLElement;
  dispose(): void;
}

/** Builds one page; it follows the traits of its own by `onChange`. */
export type BuildPage = (builder: Builder) => Page;
