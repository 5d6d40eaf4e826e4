// What is done to the chosen sections, by a button of the topology page as by a key on the dendrogram.

import type { Reply } from "../link";
import type { Place } from "../store";
import type { Builder } from "./page";
import { placeText, subtree } from "./tree";

/** Copying a large subtree may take longer than an ordinary answer, ms. */
const PATIENCE = 30_000;

export class Commands {
  constructor(private readonly builder: Builder) {}

  /** Adds a section like the draft, or of another length, at a place; by default where the chosen section ends. */
  async add(at?: string, L?: number): Promise<Reply | null> {
    const joint = at ?? this.end();
    return this.ask("topology.add", L === undefined ? { at: joint } : { at: joint, L });
  }

  rename(name: string): Promise<Reply | null> {
    return this.quietly("topology.rename", { name });
  }

  join(at: string): Promise<Reply | null> {
    return this.quietly("topology.join", { at });
  }

  joinPicked(): Promise<void> {
    return this.picked(
      "topology.join",
      (section) => `Click where ${section} should be joined. Esc gives up.`,
    );
  }

  copyPicked(): Promise<void> {
    return this.picked(
      "topology.copy",
      (section) =>
        `Click where a copy of ${section}, and of all that hangs on it, should be joined. Esc gives up.`,
    );
  }

  async insert(): Promise<void> {
    const { section } = this;
    if (section !== undefined) await this.ask("topology.insert", { section });
  }

  async split(x: number | string = 0.5): Promise<void> {
    const { section } = this;
    if (section !== undefined) await this.ask("topology.split", { section, x });
  }

  async move(by: readonly (string | number)[]): Promise<Reply | null> {
    const { section } = this;
    return section === undefined ? null : this.ask("topology.move", { section, by });
  }

  async remove(keep: boolean): Promise<void> {
    await this.ask("topology.remove", { sections: [...this.builder.chosen()], keep_children: keep });
  }

  chooseSubtrees(): void {
    const { builder } = this;
    const tree = builder.tree();
    builder.choose([...new Set(builder.chosen().flatMap((section) => subtree(tree, section)))]);
  }

  /** Does what a key on the dendrogram stands for; says whether it stands for anything. */
  pressed(event: KeyboardEvent): boolean {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const keys: Record<string, () => unknown> = {
      n: () => this.add(),
      i: () => this.insert(),
      s: () => this.split(),
      c: () => this.copyPicked(),
      j: () => this.joinPicked(),
      t: () => this.chooseSubtrees(),
      Delete: () => this.remove(event.shiftKey),
      Backspace: () => this.remove(event.shiftKey),
    };
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    act?.();
    return act !== undefined;
  }

  /** The free end of the one chosen section, or of the root, as text. */
  end(): string {
    const tree = this.builder.tree();
    const branch = tree.byName.get(this.section ?? "") ?? tree.branches[0];
    if (!branch) return "";
    const x = branch.parent >= 0 ? 1 - branch.childEnd : 1;
    return placeText({ section: branch.name, x });
  }

  private get section(): string | undefined {
    const chosen = this.builder.chosen();
    return chosen.length === 1 ? chosen[0] : undefined;
  }

  private async picked(action: string, prompt: (section: string) => string): Promise<void> {
    const { section } = this;
    if (section === undefined) return;
    const place: Place | null = await this.builder.pick(prompt(section));
    if (place) await this.ask(action, { section, at: placeText(place) });
  }

  private async ask(action: string, payload: Record<string, unknown>): Promise<Reply | null> {
    const reply = await this.builder.link.ask(action, payload, performance.now(), PATIENCE);
    this.builder.tell(reply);
    return reply;
  }

  /** As `ask` about the one chosen section, for a field that shows errors itself. */
  private async quietly(action: string, payload: Record<string, unknown>): Promise<Reply | null> {
    const { section } = this;
    return section === undefined ? {} : this.builder.link.ask(action, { section, ...payload });
  }
}
