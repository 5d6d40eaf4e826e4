// What a tool lets a hand do on the picture beyond turning it: gather sections, draw new ones, carry some elsewhere.

import type { Place } from "../store";
import type { Inks } from "./annotations";
import { dot, type Turntable } from "./camera";
import { STRIDE } from "./frusta";
import type { Drag } from "./gestures";
import type { Hit } from "./pick";
import { spotAt, type Tree, type Vec3 } from "./tree";

/** What a drag does: turns the cell, catches sections in a loop, draws a section, or carries sections. */
export type HandMode = "look" | "lasso" | "draw" | "move";

/** Whether sections are all that is chosen now, come to what is, or change sides. */
export type How = "only" | "add" | "toggle";

export interface Hand {
  mode(): HandMode;
  /** Sections were clicked or caught; none where a click met nothing. */
  choose(names: readonly string[], how: How): void;
  /** A section was double-clicked: all that hangs on it is meant as well. */
  chooseTree(name: string, how: How): void;
  /** Gives up what the tool asked the person for; says whether it asked. */
  giveUp(): boolean;
  /** Where a section drawn from this place would be joined. */
  joint(place: Place): Place;
  /** The words beside the pointer: what drawing from `joint` for `length` um, or so far, makes. */
  drawing(joint: Place, length: number): [string, ...string[]];
  /** A section was drawn from a place, by a way in um. */
  draw(joint: Place, by: Vec3): void;
  /** The sections that are carried along when this one is; none where it can't be. */
  carried(section: string): readonly string[];
  move(section: string, by: Vec3): void;
}

/** What the viewer lends. */
export interface HandHost {
  readonly view: Turntable;
  tree(): Tree | null;
  hitAt(x: number, y: number): Hit | null;
  placeOf(hit: Hit): Place;
  showTip(x: number, y: number, title: string, lines: readonly string[]): void;
  hideTip(): void;
  /** Draws what lies over the picture anew. */
  annotate(): void;
}

interface Point {
  x: number;
  y: number;
}

/** A place this near to the end of its section, CSS pixels, means the end. */
const SNAP = 10;

export class HandTool {
  private loop: Point[] = [];
  private line: { from: Point; to: Point } | null = null;
  private ring: Point | null = null;
  private ghost: { names: ReadonlySet<string>; dx: number; dy: number } | null = null;
  private drag: Drag | null = null;

  constructor(
    private readonly hand: Hand,
    private readonly host: HandHost,
  ) {}

  /** A drag that begins here, if the tool has a use for it. */
  take(x: number, y: number, event: PointerEvent): Drag | null {
    if (event.button !== 0) return null;
    const mode = this.hand.mode();
    const drag =
      mode === "lasso"
        ? this.lasso(x, y, event.shiftKey)
        : mode === "draw"
          ? this.draw(x, y)
          : mode === "move"
            ? this.carry(x, y)
            : null;
    this.drag = drag;
    if (!drag) return null;
    // What Escape broke off stays so, though the pointer is still down.
    const alive = () => this.drag === drag;
    return {
      move: (toX, toY) => alive() && drag.move(toX, toY),
      drop: (toX, toY) => alive() && drag.drop(toX, toY),
      cancel: () => alive() && drag.cancel(),
    };
  }

  click(hit: Hit | null, event: MouseEvent): void {
    const several = event.shiftKey || event.ctrlKey || event.metaKey;
    if (hit) this.hand.choose([this.host.placeOf(hit).section], several ? "toggle" : "only");
    else if (!several) this.hand.choose([], "only");
  }

  doubleClick(hit: Hit | null, event: MouseEvent): void {
    if (hit) this.hand.chooseTree(this.host.placeOf(hit).section, event.shiftKey ? "add" : "only");
  }

  /** Shows where drawing would begin; says whether it did. */
  hover(x: number, y: number): boolean {
    const joint = this.hand.mode() === "draw" ? this.jointAt(x, y) : null;
    const before = this.ring;
    this.ring = joint?.at ?? null;
    if (joint) {
      const [title, ...lines] = this.hand.drawing(joint.place, 0);
      this.host.showTip(x, y, title, lines);
    }
    if (before !== this.ring) this.host.annotate();
    return joint !== null;
  }

  leave(): void {
    if (this.ring === null) return;
    this.ring = null;
    this.host.annotate();
  }

  /** Breaks off a drag or a question; says whether there was one. */
  cancel(): boolean {
    const { drag } = this;
    drag?.cancel();
    return drag !== null || this.hand.giveUp();
  }

  annotate(context: CanvasRenderingContext2D, inks: Inks): void {
    const { loop, line, ring, ghost } = this;
    context.lineJoin = context.lineCap = "round";
    if (loop.length > 1) {
      context.beginPath();
      for (const { x, y } of loop) context.lineTo(x, y);
      context.closePath();
      context.globalAlpha = 0.12;
      context.fillStyle = inks.accent;
      context.fill();
      context.globalAlpha = 1;
      stroke(context, inks.accent, 1.5, [5, 4]);
    }
    if (ghost) this.paintGhost(context, ghost, inks);
    if (line) {
      context.beginPath();
      context.moveTo(line.from.x, line.from.y);
      context.lineTo(line.to.x, line.to.y);
      stroke(context, inks.paper, 6);
      stroke(context, inks.accent, 3);
    }
    const tip = line?.from ?? ring;
    if (tip) {
      context.beginPath();
      context.arc(tip.x, tip.y, 5, 0, 2 * Math.PI);
      context.fillStyle = inks.accent;
      context.fill();
      stroke(context, inks.paper, 2);
    }
  }

  private end(): void {
    this.drag = null;
    this.loop = [];
    this.line = this.ring = this.ghost = null;
    this.host.hideTip();
    this.host.annotate();
  }

  private lasso(x: number, y: number, add: boolean): Drag {
    this.loop = [{ x, y }];
    return {
      move: (toX, toY) => {
        this.loop.push({ x: toX, y: toY });
        this.host.annotate();
      },
      drop: () => {
        const tree = this.host.tree();
        const caught = tree ? sectionsWithin(tree, this.host.view, this.loop) : [];
        this.end();
        this.hand.choose(caught, add ? "add" : "only");
      },
      cancel: () => this.end(),
    };
  }

  private draw(x: number, y: number): Drag | null {
    const joint = this.jointAt(x, y);
    if (!joint) return null;
    const { view } = this.host;
    const way = (toX: number, toY: number) => inPlane(view, toX - joint.at.x, toY - joint.at.y);
    return {
      move: (toX, toY) => {
        this.line = { from: joint.at, to: { x: toX, y: toY } };
        const [title, ...lines] = this.hand.drawing(joint.place, Math.hypot(...way(toX, toY)));
        this.host.showTip(toX, toY, title, lines);
        this.host.annotate();
      },
      drop: (toX, toY) => {
        this.end();
        this.hand.draw(joint.place, way(toX, toY));
      },
      cancel: () => this.end(),
    };
  }

  private carry(x: number, y: number): Drag | null {
    const hit = this.host.hitAt(x, y);
    if (!hit) return null;
    const { section } = this.host.placeOf(hit);
    const names = new Set(this.hand.carried(section));
    if (names.size === 0) return null;
    const { view } = this.host;
    return {
      move: (toX, toY) => {
        this.ghost = { names, dx: toX - x, dy: toY - y };
        const length = Math.hypot(toX - x, toY - y) / view.scale;
        const further = names.size > 1 ? ` and ${names.size - 1} beyond` : "";
        this.host.showTip(toX, toY, `${section}${further}`, [`moved by ${length.toFixed(1)} \u00b5m`]);
        this.host.annotate();
      },
      drop: (toX, toY) => {
        this.end();
        this.hand.move(section, inPlane(view, toX - x, toY - y));
      },
      cancel: () => this.end(),
    };
  }

  /** Where a section would be joined that begins at a pixel, and where on the screen that is. */
  private jointAt(x: number, y: number): { place: Place; at: Point } | null {
    const { view } = this.host;
    const tree = this.host.tree();
    const hit = this.host.hitAt(x, y);
    if (!tree || !hit) return null;
    let place = this.host.placeOf(hit);
    const near = (end: number) => {
      const spot = spotAt(tree, place.section, end);
      if (!spot) return Infinity;
      const at = view.project(spot.point);
      return Math.hypot(at.x - x, at.y - y);
    };
    const [start, end] = [near(0), near(1)];
    if (Math.min(start, end) <= SNAP) place = { section: place.section, x: end <= start ? 1 : 0 };
    place = this.hand.joint(place);
    const spot = spotAt(tree, place.section, place.x);
    return spot ? { place, at: view.project(spot.point) } : null;
  }

  private paintGhost(
    context: CanvasRenderingContext2D,
    { names, dx, dy }: { names: ReadonlySet<string>; dx: number; dy: number },
    inks: Inks,
  ): void {
    const tree = this.host.tree();
    if (!tree) return;
    const { view } = this.host;
    const basis = view.basis();
    context.beginPath();
    for (let k = 0; k < tree.segment.length; k++) {
      if (!names.has(tree.sections[tree.sectionOf[tree.segment[k]!]!]!.name)) continue;
      const o = k * STRIDE;
      const [a, b] = [0, 4].map((side) =>
        view.project([tree.frusta[o + side]!, tree.frusta[o + side + 1]!, tree.frusta[o + side + 2]!], basis),
      );
      context.moveTo(a!.x + dx, a!.y + dy);
      context.lineTo(b!.x + dx, b!.y + dy);
    }
    stroke(context, inks.accent, 2);
  }
}

function stroke(context: CanvasRenderingContext2D, style: string, width: number, dash: number[] = []): void {
  context.strokeStyle = style;
  context.lineWidth = width;
  context.setLineDash(dash);
  context.stroke();
  context.setLineDash([]);
}

/** A way on the screen, CSS pixels, as one in space, um, in the plane of the screen. */
export function inPlane(view: Turntable, dx: number, dy: number): Vec3 {
  const { right, up } = view.basis();
  const [x, y] = [dx / view.scale, -dy / view.scale];
  return [x * right[0] + y * up[0], x * right[1] + y * up[1], x * right[2] + y * up[2]];
}

/** The sections of which more than half, by length as seen, lies within a loop on the screen. */
export function sectionsWithin(tree: Tree, view: Turntable, loop: readonly Point[]): string[] {
  const { right, up } = view.basis();
  const within = new Float64Array(tree.sections.length);
  const whole = new Float64Array(tree.sections.length);
  const f = tree.frusta;
  for (let k = 0; k < tree.segment.length; k++) {
    const o = k * STRIDE;
    const section = tree.sectionOf[tree.segment[k]!]!;
    const middle: Vec3 = [(f[o]! + f[o + 4]!) / 2, (f[o + 1]! + f[o + 5]!) / 2, (f[o + 2]! + f[o + 6]!) / 2];
    const along: Vec3 = [f[o + 4]! - f[o]!, f[o + 5]! - f[o + 1]!, f[o + 6]! - f[o + 2]!];
    // What points at the eye has no length as seen, but is there all the same.
    const length = Math.hypot(dot(along, right), dot(along, up)) + 1e-6;
    whole[section]! += length;
    const { x, y } = view.project(middle);
    if (isWithin(loop, x, y)) within[section]! += length;
  }
  return tree.sections.filter((_, i) => within[i]! > whole[i]! / 2).map(({ name }) => name);
}

/** Whether a point lies within a closed loop: a ray from it crosses the loop an odd number of times. */
export function isWithin(loop: readonly Point[], x: number, y: number): boolean {
  let inside = false;
  for (let i = 0, j = loop.length - 1; i < loop.length; j = i++) {
    const [a, b] = [loop[i]!, loop[j]!];
    if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) inside = !inside;
  }
  return inside;
}
