// Tabs as the ARIA practices describe them: arrows move, one panel shows.

import { element } from "../dom";

const OPEN = "rb-open-tab";

/** Shows the panel of that title among the tabs that `within` stands in. */
export function openTab(within: HTMLElement, title: string): void {
  within.dispatchEvent(new CustomEvent(OPEN, { bubbles: true, detail: title }));
}

/** `opened` hears the title of each panel that is shown. */
export function tabs(
  label: string,
  panels: [string, HTMLElement][],
  opened: (title: string) => void = () => {},
): HTMLElement {
  const id = `rb-tab-${Math.random().toString(36).slice(2, 8)}`;
  const heads = panels.map(([title], index) =>
    element(
      "button",
      {
        type: "button",
        role: "tab",
        class: "rb-tab",
        id: `${id}-${index}`,
        "aria-controls": `${id}-${index}-panel`,
      },
      title,
    ),
  );
  const bodies = panels.map(([, content], index) =>
    element(
      "div",
      {
        role: "tabpanel",
        class: "rb-tab-panel",
        id: `${id}-${index}-panel`,
        "aria-labelledby": `${id}-${index}`,
      },
      content,
    ),
  );
  const choose = (chosen: number) => {
    heads.forEach((head, index) => {
      head.setAttribute("aria-selected", String(index === chosen));
      head.tabIndex = index === chosen ? 0 : -1;
      bodies[index]!.hidden = index !== chosen;
    });
    const title = panels[chosen]?.[0];
    if (title !== undefined) opened(title);
  };
  heads.forEach((head, index) => {
    head.addEventListener("click", () => choose(index));
    head.addEventListener("keydown", (event) => {
      const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
      if (step === 0) return;
      event.preventDefault();
      const next = (index + step + heads.length) % heads.length;
      choose(next);
      heads[next]!.focus();
    });
  });
  choose(0);
  const root = element(
    "div",
    { class: "rb-tabs" },
    element("div", { class: "rb-tab-list", role: "tablist", "aria-label": label }, ...heads),
    ...bodies,
  );
  root.addEventListener(OPEN, (event) => {
    const wanted = panels.findIndex(([title]) => title === (event as CustomEvent<string>).detail);
    if (wanted < 0) return;
    event.stopPropagation();
    choose(wanted);
    heads[wanted]!.focus();
  });
  return root;
}
