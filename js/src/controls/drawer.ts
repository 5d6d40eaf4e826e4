// What opens beneath a strip, one thing at a time: code, shortcuts, further choices.

import { button, element } from "../dom";
import { afterAll, type Model, onChange } from "../model";
import { isTyping } from "./strip";

type Content = () => Node | Promise<Node>;

export class Drawer {
  readonly root = element("div", { class: "rb-drawer" });
  private readonly openers = new Map<string, HTMLButtonElement>();
  private opened = "";
  private content: Content = () => element("div");
  private filling = 0;

  constructor() {
    this.root.hidden = true;
    this.root.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || (isTyping(event) && !isEmptySearch(event.target))) return;
      event.stopPropagation();
      this.close();
    });
  }

  /** A button that opens the drawer on `content` under that name, and closes it again. */
  opener(name: string, text: string, label: string, content: Content): HTMLButtonElement {
    const node = button(text, label, () => {
      if (this.opened === name) this.close();
      else void this.show(name, content);
    });
    node.setAttribute("aria-expanded", "false");
    node.dataset.action = name;
    this.openers.set(name, node);
    return node;
  }

  /** Opens the drawer, in place of what it shows. */
  async show(name: string, content: Content): Promise<void> {
    if (name !== this.opened) this.root.replaceChildren();
    this.opened = name;
    this.content = content;
    this.mark();
    await this.refresh();
  }

  /** Shows what is open as it is now; with a name, only if that is what is open. */
  async refresh(name = this.opened): Promise<void> {
    if (this.opened === "" || name !== this.opened) return;
    const mine = ++this.filling;
    const body = await this.content();
    // What is selected or focused in it stays so where nothing changed.
    if (mine !== this.filling || this.root.firstChild?.isEqualNode(body)) return;
    this.root.replaceChildren(
      body,
      button("×", "Close", () => this.close(), "rb-button rb-drawer-close"),
    );
  }

  /** Keeps the code that is open true to the model, whenever that comes to rest; returns the way to stop. */
  followCode(model: Model): () => void {
    return onChange(
      model,
      ["revision", "state"],
      afterAll(() => {
        if (model.get("state") === "idle") void this.refresh("code");
      }),
    );
  }

  close(): void {
    const opener = this.openers.get(this.opened);
    const focused = this.root.contains(document.activeElement);
    this.opened = "";
    this.filling += 1;
    this.mark();
    this.root.replaceChildren();
    if (focused) opener?.focus();
  }

  private mark(): void {
    this.root.hidden = this.opened === "";
    for (const [name, opener] of this.openers)
      opener.setAttribute("aria-expanded", String(name === this.opened));
  }
}

/** There Escape has nothing to clear. */
function isEmptySearch(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement && target.type === "search" && target.value === "";
}
