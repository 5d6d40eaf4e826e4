// What a page of the CellBuilder is given by the tool that mounts it.

import type { Link, Reply } from "../link";
import type { Model } from "../model";
import type { Place, Store } from "../store";
import type { CellTree } from "./tree";

export interface Builder {
  model: Model;
  link: Link;
  store: Store;
  /** The cell's tree as it is now. */
  tree(): CellTree;
  /** The name of the region, subset or section that is edited. */
  place(): string;
  setPlace(name: string): void;
  /** The names of the selected sections. */
  chosen(): readonly string[];
  choose(names: readonly string[]): void;
  /** Asks for a place on the cell, clicked on the viewer or the dendrogram; null when Escape gives it up. */
  pick(prompt: string): Promise<Place | null>;
  /** Shows what an action was answered: an error under the strip, or nothing. */
  tell(reply: Reply | null): void;
}

export interface Page {
  root: HTMLElement;
  dispose(): void;
}

/** Builds one page; it follows the traits of its own by `onChange`. */
export type BuildPage = (builder: Builder) => Page;
