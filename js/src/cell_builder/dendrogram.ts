// The dendrogram under the viewer: the same tree laid flat, to be chosen from, drawn on and walked by keys.

import { css, regionColours } from "../colormaps";
import { element } from "../dom";
import type { Place, Store } from "../store";
import { set, svg } from "../svg";
import type { Hand, How } from "../viewer/hand";
import { type Arrangement, arrange, neighbour, tickStep } from "./arrange";
import { type Branch, type CellTree, placeText } from "./tree";

export interface DendrogramHost {
  store: Store;
  hand: Hand;
  tree(): CellTree;
  chosen(): readonly string[];
  /** Takes a clicked place where one was asked for, and says so. */
  pick(place: Place): boolean;
  /** A section was drawn from a place, `length` um long. */
  grow(joint: Place, length: number): void;
  /** A key that means something to the tool was pressed on the chosen sections; says whether it did. */
  pressed(event: KeyboardEvent): boolean;
}

const MARGIN = { left: 52, right: 16, top: 24, bottom: 12 };
/** The least room between two tips, px: beyond that the dendrogram scrolls. */
const CLOSEST = 3;
/** Room between tips from which on each branch has its name, px. */
const ROOM_FOR_NAMES = 52;
const CLICK = 4;
/** A place this near to the end of its branch means the end, px. */
const SNAP = 8;

interface Drag {
  x: number;
  y: number;
  joint: Place | null;
  add: boolean;
  travelled: number;
}

export class Dendrogram {
  readonly root: HTMLElement;
  private readonly picture: SVGSVGElement;
  private readonly axis = svg("g", { class: "rb-dendrogram-axis" });
  private readonly lines = svg("g");
  private readonly over = svg("g", { class: "rb-dendrogram-over" });
  private readonly scroll: HTMLElement;
  private readonly words: HTMLElement;
  private at: Arrangement | null = null;
  private groups = new Map<string, SVGGElement>();
  private room = { width: 0, height: 0 };
  private stepX = 1;
  private perUm = 1;
  private height = 1;
  private drag: Drag | null = null;
  private focused = "";
  private readonly sized: ResizeObserver;
  private readonly stop: () => void;

  constructor(private readonly host: DendrogramHost) {
    this.picture = svg(
      "svg",
      {
        class: "rb-dendrogram-picture",
        tabindex: 0,
        role: "application",
        "aria-label":
          "Dendrogram. Arrows walk the tree, Shift with an arrow gathers, Ctrl with A chooses all, N adds, S splits, Delete removes.",
      },
      this.axis,
      this.lines,
      this.over,
    );
    this.picture.dataset.lmSuppressShortcuts = "true";
    this.scroll = element("div", { class: "rb-dendrogram-scroll" });
    this.scroll.append(this.picture);
    this.words = element("div", { class: "rb-dendrogram-words", "aria-live": "polite" });
    this.root = element("div", { class: "rb-dendrogram" }, this.words, this.scroll);
    this.picture.addEventListener("pointerdown", (event) => this.down(event));
    this.picture.addEventListener("pointermove", (event) => this.move(event));
    this.picture.addEventListener("pointerup", (event) => this.up(event));
    this.picture.addEventListener("pointercancel", () => this.endDrag());
    this.picture.addEventListener("pointerleave", () => this.tell(null));
    this.picture.addEventListener("dblclick", (event) => {
      const branch = this.branchOf(event.target);
      if (branch) host.hand.chooseTree(branch.name, event.shiftKey ? "add" : "only");
    });
    this.picture.addEventListener("keydown", (event) => this.key(event));
    this.sized = new ResizeObserver(() => this.show());
    this.sized.observe(this.scroll);
    this.stop = host.store.subscribe("theme", () => this.show());
  }

  dispose(): void {
    this.sized.disconnect();
    this.stop();
  }

  /** Draws the tree as it is now. */
  show(): void {
    const tree = this.host.tree();
    // A page that changes its theme may be without a layout for a moment.
    const clientWidth = this.scroll.clientWidth || this.room.width;
    const clientHeight = this.scroll.clientHeight || this.room.height;
    if (clientWidth === 0 || clientHeight === 0) return;
    this.room = { width: clientWidth, height: clientHeight };
    const at = arrange(tree);
    this.at = at;
    const room = clientWidth - MARGIN.left - MARGIN.right;
    this.stepX = Math.max(CLOSEST, room / at.tips);
    this.height = clientHeight;
    this.perUm = (clientHeight - MARGIN.top - MARGIN.bottom) / at.height;
    const width = Math.max(clientWidth, MARGIN.left + MARGIN.right + this.stepX * at.tips);
    set(this.picture, { width, height: clientHeight, viewBox: `0 0 ${width} ${clientHeight}` });
    const colours = regionColours(
      tree.branches.map(({ region }) => region),
      this.host.store.get("theme"),
    );
    this.groups = new Map();
    const groups = tree.branches.map((branch) => {
      const colour = css(colours.get(branch.region) ?? [140, 140, 140]);
      const group = this.branch(tree, branch, colour);
      this.groups.set(branch.name, group);
      return group;
    });
    this.lines.replaceChildren(...groups);
    this.axis.replaceChildren(...this.marks(width));
    this.showChosen();
  }

  showChosen(): void {
    const chosen = new Set(this.host.chosen());
    let any = false;
    for (const [name, group] of this.groups) {
      const isChosen = chosen.has(name);
      any ||= isChosen;
      group.classList.toggle("rb-chosen", isChosen);
    }
    this.lines.classList.toggle("rb-some-chosen", any);
    this.tell(null);
  }

  focus(): void {
    this.picture.focus();
  }

  private branch(tree: CellTree, branch: Branch, colour: string): SVGGElement {
    const { index, diam, parent } = branch;
    const x = this.x(index);
    const [low, high] = [this.y(this.at!.start[index]!), this.y(this.at!.end[index]!)];
    const from = parent >= 0 ? this.x(parent) : x;
    const way = `M${round(x)} ${round(low)}V${round(high)}`;
    const thick = Math.min(7, 1.4 + 0.9 * Math.sqrt(diam));
    const group = svg(
      "g",
      { class: "rb-branch" },
      svg("path", {
        class: "rb-branch-joint",
        d: `M${round(from)} ${round(low)}H${round(x)}`,
        stroke: colour,
      }),
      svg("path", { class: "rb-branch-halo", d: way, "stroke-width": round(thick + 3) }),
      svg("path", { class: "rb-branch-line", d: way, "stroke-width": round(thick), stroke: colour }),
      svg("path", { class: "rb-branch-target", d: way }),
    );
    group.dataset.section = branch.name;
    if (this.stepX >= ROOM_FOR_NAMES && tree.branches.length <= 60)
      group.append(
        svg(
          "text",
          { class: "rb-branch-name", x: round(x + thick / 2 + 5), y: round((low + high) / 2 + 4) },
          branch.name,
        ),
      );
    return group;
  }

  private marks(width: number): SVGElement[] {
    const height = this.at!.height;
    const step = tickStep(height, Math.max(2, this.height / 40));
    const marks: SVGElement[] = [];
    for (let um = 0; um <= height * 1.0001; um += step) {
      const y = round(this.y(um));
      const text = `${Number(um.toPrecision(6))}${um === 0 ? " \u00b5m" : ""}`;
      marks.push(
        svg("line", { x1: MARGIN.left - 6, x2: width - MARGIN.right, y1: y, y2: y }),
        svg("text", { x: MARGIN.left - 10, y: y + 4, "text-anchor": "end" }, text),
      );
    }
    return marks;
  }

  private x(index: number): number {
    return MARGIN.left + (this.at!.across[index]! + 0.5) * this.stepX;
  }

  private y(um: number): number {
    return this.height - MARGIN.bottom - um * this.perUm;
  }

  private branchOf(target: EventTarget | null): Branch | null {
    const name = (target as Element | null)?.closest<SVGGElement>(".rb-branch")?.dataset.section;
    return (name !== undefined && this.host.tree().byName.get(name)) || null;
  }

  private point(event: MouseEvent): { x: number; y: number } {
    const box = this.picture.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  /** Where on a branch a height is; near to an end, the end. */
  private placeAt(branch: Branch, y: number): Place {
    const [low, high] = [this.y(this.at!.start[branch.index]!), this.y(this.at!.end[branch.index]!)];
    const along = Math.abs(y - high) <= SNAP ? 1 : Math.abs(y - low) <= SNAP ? 0 : (low - y) / (low - high);
    const x = branch.childEnd === 1 ? 1 - along : along;
    return { section: branch.name, x: Number(Math.min(1, Math.max(0, x)).toFixed(2)) };
  }

  private down(event: PointerEvent): void {
    if (event.button !== 0) return;
    const { x, y } = this.point(event);
    const branch = this.branchOf(event.target);
    const draws = branch !== null && this.host.hand.mode() === "draw";
    const joint = draws ? this.host.hand.joint(this.placeAt(branch, y)) : null;
    this.drag = { x, y, joint, add: event.shiftKey, travelled: 0 };
  }

  private move(event: PointerEvent): void {
    const { x, y } = this.point(event);
    const { drag } = this;
    if (!drag) {
      const branch = this.branchOf(event.target);
      this.tell(branch && this.placeAt(branch, y));
      return;
    }
    drag.travelled = Math.max(drag.travelled, Math.hypot(x - drag.x, y - drag.y));
    if (drag.travelled <= CLICK) return;
    // Not before: what is captured no longer tells which branch a double click is on.
    this.picture.setPointerCapture(event.pointerId);
    if (drag.joint) this.showDrawing(drag.joint, x, y);
    else {
      const [left, top] = [Math.min(x, drag.x), Math.min(y, drag.y)];
      const [width, height] = [Math.abs(x - drag.x), Math.abs(y - drag.y)];
      this.over.replaceChildren(svg("rect", { class: "rb-rubber", x: left, y: top, width, height }));
    }
  }

  private up(event: PointerEvent): void {
    const { drag } = this;
    if (!drag) return;
    const { x, y } = this.point(event);
    this.endDrag();
    if (drag.travelled <= CLICK) this.clicked(event);
    else if (drag.joint) this.host.grow(drag.joint, this.grown(drag.joint, y));
    else this.host.hand.choose(this.within(drag.x, drag.y, x, y), drag.add ? "add" : "only");
  }

  private clicked(event: PointerEvent): void {
    const branch = this.branchOf(event.target);
    if (branch && this.host.pick(this.placeAt(branch, this.point(event).y))) return;
    if (branch) {
      this.focused = branch.name;
      this.host.hand.choose([branch.name], howOf(event));
    } else if (!event.shiftKey) this.host.hand.choose([], "only");
  }

  private endDrag(): void {
    this.drag = null;
    this.over.replaceChildren();
    this.tell(null);
  }

  /** How long a section is that is drawn from a place up to a height, um. */
  private grown(joint: Place, y: number): number {
    return Math.max(0, (this.yOf(joint) - y) / this.perUm);
  }

  private yOf({ section, x }: Place): number {
    const branch = this.host.tree().byName.get(section);
    if (!branch || !this.at) return 0;
    return this.y(this.at.start[branch.index]! + Math.abs(x - branch.childEnd) * branch.L);
  }

  private showDrawing(joint: Place, x: number, y: number): void {
    const branch = this.host.tree().byName.get(joint.section);
    if (!branch) return;
    const [from, base] = [this.x(branch.index), this.yOf(joint)];
    const top = Math.min(y, base);
    const way = `M${round(from)} ${round(base)}H${round(x)}V${round(top)}`;
    this.over.replaceChildren(
      svg("path", { class: "rb-drawn", d: way }),
      svg("circle", { class: "rb-joint", cx: from, cy: base, r: 5 }),
    );
    const [title, ...lines] = this.host.hand.drawing(joint, this.grown(joint, y));
    this.words.textContent = [title, ...lines].join(" \u00b7 ");
  }

  private within(x0: number, y0: number, x1: number, y1: number): string[] {
    const at = this.at;
    if (!at) return [];
    const [left, right, top, bottom] = [
      Math.min(x0, x1),
      Math.max(x0, x1),
      Math.min(y0, y1),
      Math.max(y0, y1),
    ];
    return this.host
      .tree()
      .branches.filter(({ index }) => {
        const [x, y] = [this.x(index), this.y((at.start[index]! + at.end[index]!) / 2)];
        return x >= left && x <= right && y >= top && y <= bottom;
      })
      .map(({ name }) => name);
  }

  /** What is under the pointer, in words; otherwise how many sections are chosen. */
  private tell(place: Place | null): void {
    const branch = place && this.host.tree().byName.get(place.section);
    if (place && branch) {
      const size = `${figure(branch.L)} \u00b5m long \u00b7 ${figure(branch.diam)} \u00b5m wide`;
      this.words.textContent = `${placeText(place)} \u00b7 ${size} \u00b7 nseg ${branch.nseg}`;
      return;
    }
    const chosen = this.host.chosen();
    this.words.textContent =
      chosen.length === 0 ? "" : chosen.length <= 3 ? chosen.join(", ") : `${chosen.length} sections chosen`;
  }

  private key(event: KeyboardEvent): void {
    const tree = this.host.tree();
    const arrows: Record<string, [number, number]> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, 1],
      ArrowDown: [0, -1],
    };
    const arrow = arrows[event.key];
    const control = event.ctrlKey || event.metaKey;
    if (arrow && !control && this.at) {
      const chosen = this.host.chosen();
      const from = tree.byName.get(chosen.includes(this.focused) ? this.focused : (chosen.at(-1) ?? ""));
      const next = tree.branches[neighbour(tree, this.at, from?.index ?? -1, ...arrow)];
      if (next) {
        this.focused = next.name;
        this.host.hand.choose([next.name], event.shiftKey ? "add" : "only");
        this.groups.get(next.name)?.scrollIntoView?.({ block: "nearest", inline: "nearest" });
      }
    } else if (control && event.key.toLowerCase() === "a")
      this.host.hand.choose(
        tree.branches.map(({ name }) => name),
        "only",
      );
    else if (event.key === "Escape") {
      if (this.drag) this.endDrag();
      else if (!this.host.hand.giveUp()) this.host.hand.choose([], "only");
    } else if (!this.host.pressed(event)) return;
    event.preventDefault();
    event.stopPropagation();
  }
}

function howOf(event: MouseEvent): How {
  return event.shiftKey || event.ctrlKey || event.metaKey ? "toggle" : "only";
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

export function figure(value: number): string {
  return String(Number(value.toPrecision(4)));
}
