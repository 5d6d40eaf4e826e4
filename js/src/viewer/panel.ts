// The elements around and above the picture. All text is set as text, so that no name can become HTML.

import type { Box } from "./annotations";
import type { ColourBy } from "./colouring";
import { SHORTCUTS } from "./keys";

export interface PanelActions {
  colourBy(by: ColourBy): void;
  reset(): void;
  save(): void;
  rescale(): void;
  retry(): void;
}

export interface Panel {
  root: HTMLElement;
  stage: HTMLElement;
  legend: HTMLElement;
  /** The width and the height that the legend takes at the top right, in steps, so that no figure moves the view. */
  sideSize(): [number, number];
  /** Where the legend and the controls about it stand. */
  sideBox(): Box;
  on(actions: PanelActions): void;
  setHeight(height: number): void;
  /** `valueLabel` names the quantity that can be shown; null while there is none. */
  showColours(by: ColourBy, valueLabel: string | null, rescaled: boolean): void;
  showTip(x: number, y: number, title: string, lines: readonly string[]): void;
  hideTip(): void;
  showEmpty(empty: boolean): void;
  showFailure(message: string | null): void;
  toggleHelp(): void;
  /** Tells screen readers. */
  say(text: string): void;
  /** The overlay's context, cleared and in CSS pixels. */
  prepareOverlay(width: number, height: number): CanvasRenderingContext2D | null;
}

const STEP = 16;
const BAR = 16;

function add<K extends keyof HTMLElementTagNameMap>(
  parent: HTMLElement,
  tag: K,
  className: string,
  text = "",
): HTMLElementTagNameMap[K] {
  const el = document.createElement(tag);
  el.className = className;
  if (text) el.textContent = text;
  parent.append(el);
  return el;
}

function addButton(parent: HTMLElement, text: string, title: string): HTMLButtonElement {
  const button = add(parent, "button", "rb-button", text);
  button.type = "button";
  button.title = title;
  button.setAttribute("aria-label", title);
  return button;
}

export function buildPanel(parent: HTMLElement, height: number | null): Panel {
  const root = add(parent, "div", "rb rb-viewer");
  root.dataset.state = "idle";
  root.dataset.revision = "0";
  const stage = add(root, "div", "rb-viewer-stage");
  stage.tabIndex = 0;
  stage.setAttribute("role", "application");
  stage.setAttribute("aria-label", "The cell in three dimensions. Press ? for the keys.");
  // JupyterLab's own single-key shortcuts stand back here.
  stage.dataset.lmSuppressShortcuts = "true";
  const overlay = add(stage, "canvas", "rb-viewer-overlay");
  const side = add(stage, "div", "rb-viewer-side");
  side.dataset.viewerControl = "";
  const picker = add(side, "select", "rb-select rb-viewer-picker");
  picker.setAttribute("aria-label", "Colour the cell by");
  const legend = add(side, "div", "rb-legend");
  const rescale = addButton(side, "Fit range", "Stretch the colours over the values shown");
  rescale.classList.add("rb-viewer-rescale");
  const tools = add(stage, "div", "rb-viewer-tools");
  tools.dataset.viewerControl = "";
  const reset = addButton(tools, "Reset view", "Show the whole cell from the front (R)");
  const save = addButton(tools, "PNG", "Save this picture as a PNG file (S)");
  const helpButton = addButton(tools, "?", "Show the mouse and keyboard shortcuts");
  helpButton.setAttribute("aria-expanded", "false");
  const help = add(stage, "div", "rb-viewer-help");
  help.dataset.viewerControl = "";
  help.hidden = true;
  for (const [keys, meaning] of SHORTCUTS) {
    add(help, "strong", "", keys);
    add(help, "span", "", meaning);
  }
  const empty = add(
    stage,
    "div",
    "rb-viewer-note",
    "This cell has no sections yet. Add one and it appears here.",
  );
  empty.hidden = true;
  const failure = add(stage, "div", "rb-viewer-note rb-error");
  failure.hidden = true;
  failure.dataset.viewerControl = "";
  const failureText = add(failure, "p", "");
  const again = addButton(failure, "Draw again", "Try to draw the cell again");
  const tip = add(stage, "div", "rb-viewer-tip");
  tip.hidden = true;
  const spoken = add(root, "div", "rb-hidden-text");
  spoken.setAttribute("aria-live", "polite");

  const setHeight = (pixels: number) => {
    stage.style.height = `${Math.max(160, pixels)}px`;
  };
  if (height === null) root.classList.add("rb-viewer-fill");
  else setHeight(height);
  const toggleHelp = () => {
    help.hidden = !help.hidden;
    helpButton.setAttribute("aria-expanded", String(!help.hidden));
  };
  helpButton.addEventListener("click", toggleHelp);

  return {
    root,
    stage,
    legend,
    setHeight,
    toggleHelp,
    sideSize() {
      // Its title stands above, where a cell rarely reaches.
      const numbers = legend.querySelector<HTMLElement>(".rb-legend-numbers");
      const width = Math.max(numbers ? numbers.offsetWidth + BAR : legend.offsetWidth, rescale.offsetWidth);
      return [STEP * Math.ceil((width + 8) / STEP), STEP * Math.ceil((side.offsetHeight + 16) / STEP)];
    },
    sideBox() {
      const { offsetLeft: left, offsetTop: top, offsetWidth, offsetHeight } = side;
      return { left, top, right: left + offsetWidth, bottom: top + offsetHeight };
    },
    on(actions) {
      picker.addEventListener("change", () => actions.colourBy(picker.value as ColourBy));
      reset.addEventListener("click", () => actions.reset());
      save.addEventListener("click", () => actions.save());
      rescale.addEventListener("click", () => actions.rescale());
      again.addEventListener("click", () => actions.retry());
    },
    showColours(by, valueLabel, rescaled) {
      const choices: [ColourBy, string][] = [
        ["type", "type"],
        ["diameter", "diameter"],
        ["distance", "path distance"],
      ];
      if (valueLabel !== null) choices.unshift(["value", valueLabel]);
      const wanted = choices.map(([value, text]) => `${value}=${text}`).join();
      if (picker.dataset.choices !== wanted) {
        picker.dataset.choices = wanted;
        picker.replaceChildren();
        for (const [value, text] of choices) {
          const option = add(picker, "option", "", text);
          option.value = value;
        }
      }
      picker.value = by;
      rescale.hidden = by !== "value";
      rescale.textContent = rescaled ? "Reset range" : "Fit range";
      root.dataset.colourBy = by;
    },
    showTip(x, y, title, lines) {
      tip.replaceChildren();
      add(tip, "div", "rb-viewer-tip-title", title);
      for (const [i, line] of lines.entries()) add(tip, "div", i ? "rb-quiet" : "", line);
      tip.hidden = false;
      const [w, h] = [tip.offsetWidth, tip.offsetHeight];
      const left = x + 14 + w > stage.clientWidth ? x - 14 - w : x + 14;
      const top = y + 14 + h > stage.clientHeight ? y - 14 - h : y + 14;
      tip.style.transform = `translate(${Math.max(4, left)}px, ${Math.max(4, top)}px)`;
      stage.classList.add("rb-pointing");
    },
    hideTip() {
      tip.hidden = true;
      stage.classList.remove("rb-pointing");
    },
    showEmpty(isEmpty) {
      empty.hidden = !isEmpty;
    },
    showFailure(message) {
      failure.hidden = message === null;
      failureText.textContent = message ?? "";
    },
    say(text) {
      spoken.textContent = text;
    },
    prepareOverlay(width, heightNow) {
      const ratio = Math.min(2, window.devicePixelRatio || 1);
      const [w, h] = [Math.round(width * ratio), Math.round(heightNow * ratio)];
      if (overlay.width !== w || overlay.height !== h) [overlay.width, overlay.height] = [w, h];
      const context = overlay.getContext("2d");
      context?.setTransform(ratio, 0, 0, ratio, 0, 0);
      context?.clearRect(0, 0, width, heightNow);
      return context;
    },
  };
}
