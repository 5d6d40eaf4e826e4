// Text to read and take away: the code of what was clicked, a file before it is saved.

import { button, download, element } from "../dom";
import { type Reply, refusalOf } from "../link";

export interface CodeOptions {
  /** What a screen reader calls the text. */
  label?: string;
  /** Words above it. */
  intro?: string;
  /** The name of the file that it can be saved as. */
  file?: string;
  /** Begin at the end of a long text, where what was clicked last stands. */
  fromEnd?: boolean;
}

export function codePanel(text: string, options: CodeOptions = {}): HTMLElement {
  const { label = "Python code", intro, file, fromEnd = false } = options;
  const body = element("pre", { class: "rb-code", tabindex: "0", "aria-label": label }, text);
  const copy = button("Copy", `Copy ${file ?? "the text"}`, async () => {
    try {
      await navigator.clipboard.writeText(text);
      copy.textContent = "Copied";
    } catch {
      // A page without clipboard permission can still select.
      getSelection()?.selectAllChildren(body);
      copy.textContent = "Selected: press Ctrl+C";
    }
  });
  const tools = element("span", { class: "rb-group" }, copy);
  if (file !== undefined) {
    const save = button(`Download ${file}`, `Save ${file}`, () =>
      download(file, new Blob([text], { type: "text/plain" })),
    );
    save.dataset.action = "download";
    tools.append(save);
  }
  if (fromEnd)
    requestAnimationFrame(() => {
      body.scrollTop = body.scrollHeight;
    });
  return element(
    "div",
    { class: "rb-code-panel" },
    intro === undefined ? null : element("p", { class: "rb-code-intro" }, intro),
    tools,
    body,
  );
}

/** The panel of an answer's `content`, or why there is none. */
export function answerPanel(reply: Reply | null, options: CodeOptions = {}): HTMLElement {
  if (typeof reply?.content === "string" && reply.content !== "") return codePanel(reply.content, options);
  return element("p", { class: "rb-error" }, refusalOf(reply) || "There is nothing to show.");
}
