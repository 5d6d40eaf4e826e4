// What the strip on top of a tool consists of: its toolbar, undo and redo, and their keys.

import { button, element } from "../dom";
import type { Link, Reply } from "../link";
import { type Model, onChange } from "../model";

/** The strip itself, called `label` by screen readers. */
export function toolbar(label: string, ...children: (Node | null)[]): HTMLElement {
  return element("div", { class: "rb-strip", role: "toolbar", "aria-label": label }, ...children);
}

/** Undo and redo of one history. */
export interface HistoryButtons {
  root: HTMLElement;
  undo(): void;
  redo(): void;
  dispose(): void;
}

/** Two buttons that say what they would undo or redo, from the traits `undo_label` and `redo_label`. */
export function historyButtons(
  model: Model,
  link: Link,
  tell: (reply: Reply | null) => void = () => {},
): HistoryButtons {
  const build = (glyph: string, word: string, keys: string, name: "undo" | "redo") => {
    const node = button(glyph, word, async () => tell(await link.ask(`history.${name}`)));
    node.dataset.action = name;
    return {
      node,
      show() {
        const what = String(model.get(`${name}_label`));
        node.disabled = what === "";
        node.title = what ? `${word}: ${what} (${keys})` : `Nothing to ${name}`;
        node.setAttribute("aria-label", node.title);
      },
    };
  };
  const undo = build("↶", "Undo", "Ctrl+Z", "undo");
  const redo = build("↷", "Redo", "Ctrl+Shift+Z", "redo");
  const show = () => {
    undo.show();
    redo.show();
  };
  show();
  return {
    root: element("span", { class: "rb-group" }, undo.node, redo.node),
    undo: () => undo.node.click(),
    redo: () => redo.node.click(),
    dispose: onChange(model, ["undo_label", "redo_label"], show),
  };
}

/** Whether a key goes into a text that is being typed. */
export function isTyping(event: KeyboardEvent): boolean {
  const { target } = event;
  return (
    target instanceof HTMLTextAreaElement ||
    (target instanceof HTMLInputElement && ["text", "search"].includes(target.type))
  );
}

/** Undoes or redoes if that is what was pressed outside a text, and says whether it was. */
export function pressedHistory(
  event: KeyboardEvent,
  history: Pick<HistoryButtons, "undo" | "redo">,
): boolean {
  if (isTyping(event) || !(event.ctrlKey || event.metaKey)) return false;
  const key = event.key.toLowerCase();
  if (key === "z" && !event.shiftKey) history.undo();
  else if (key === "y" || key === "z") history.redo();
  else return false;
  event.preventDefault();
  event.stopPropagation();
  return true;
}
