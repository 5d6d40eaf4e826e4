// Elements are made here, and text only ever as text.

type Attribute = string | number | boolean | null | undefined | ((event: Event) => void);
type Child = Node | string | null;

/**
 * An element with attributes, listeners (`onclick: handler`) and children; strings become text nodes.
 * `false`, `null` and `undefined` leave an attribute out.
 */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, Attribute> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (typeof value === "function") node.addEventListener(name.replace(/^on/, ""), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child !== null) node.append(child);
  return node;
}

/** A push button with a text (or glyph) and the words a screen reader and a tooltip say. */
export function button(
  text: string,
  label: string,
  onclick: (event: Event) => void,
  className = "rb-button",
): HTMLButtonElement {
  return element(
    "button",
    { type: "button", class: className, title: label, "aria-label": label, onclick },
    text,
  );
}

/** Offers `content` as a file, without asking the kernel. */
export function download(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const anchor = element("a", { href: address, download: name });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  // The click has only scheduled the download, so the address must outlive this call.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** A name that any file system takes. */
export function fileName(title: string, extension: string): string {
  const stem =
    title
      .trim()
      .replace(/[^\p{L}\p{N}._-]+/gu, "_")
      .slice(0, 80) || "rheobase";
  return `${stem}.${extension}`;
}
