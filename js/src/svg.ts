// SVG elements are made here, as text only ever in text nodes.

type Attributes = Record<string, string | number>;

/** An SVG element with attributes and children; strings become text. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): SVGElementTagNameMap[K] {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  set(node, attributes);
  node.append(...children);
  return node;
}

export function set(node: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
}

/** Makes what is new, drops what is gone and keeps the rest, so that focus and pointer stay where they are. */
export function keep<T extends { group: SVGGElement }>(
  parts: Map<string, T>,
  names: string[],
  make: (name: string) => T,
  layer: SVGGElement,
): void {
  const wanted = new Set(names);
  for (const [name, part] of parts) {
    if (wanted.has(name)) continue;
    part.group.remove();
    parts.delete(name);
  }
  for (const name of names) {
    if (parts.has(name)) continue;
    const part = make(name);
    parts.set(name, part);
    layer.append(part.group);
  }
}
