// A kinetic scheme as a drawing: states are dragged, connected by dragging from their handle, and worked by keys alike.

import { COLOURS } from "../curves/curves";
import { element } from "../dom";
import { keep, set, svg } from "../svg";
import { type Chosen, pairName, type SchemeData, type StateData, type TransitionData } from "./channel";
import {
  arranged,
  arrowsBetween,
  freePlace,
  GRID,
  nodeAt,
  type Point,
  RADIUS,
  snap,
  towards,
  viewOf,
} from "./geometry";

export interface CanvasEvents {
  choose(what: { pair?: string; state?: string }): void;
  /** Enter on a state or a transition: the person wants to edit it. */
  edit(): void;
  addState(place: Point, source: string): void;
  move(places: Record<string, [number, number]>, gesture: string): void;
  connect(source: string, target: string): void;
  removeState(name: string): void;
  removeTransition(pair: string): void;
}

interface NodeParts {
  group: SVGGElement;
  fill: SVGCircleElement;
  name: SVGTextElement;
}

interface EdgeParts {
  group: SVGGElement;
  target: SVGLineElement;
  forward: SVGPathElement;
  backward: SVGPathElement;
  name: SVGTextElement;
}

/** How far a pointer moves before a click becomes a drag, in units of the canvas. */
const SLACK = 4;
const HANDLE = 7;
const DIRECTIONS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

let gestures = 0;

export class SchemeCanvas {
  readonly root: HTMLElement;
  private readonly drawing: SVGSVGElement;
  private readonly edgeLayer = svg("g", {});
  private readonly nodeLayer = svg("g", {});
  private readonly band = svg("path", { class: "rb-band" });
  private readonly hint: HTMLElement;
  private readonly nodes = new Map<string, NodeParts>();
  private readonly edges = new Map<string, EdgeParts>();
  private states: StateData[] = [];
  private transitions: TransitionData[] = [];
  private chosen: Chosen = { gate: "", pair: "", state: "" };
  private drag: { name: string; start: Point; offset: Point; moved: boolean } | null = null;
  /** The state that a transition is being drawn from, and by keys the one that it would lead to. */
  private source: string | null = null;
  private aim: string | null = null;
  private keyGesture = { name: "", until: 0, key: "" };

  constructor(private readonly events: CanvasEvents) {
    this.drawing = svg(
      "svg",
      { class: "rb-scheme", role: "group", "aria-label": "Kinetic scheme" },
      this.edgeLayer,
      this.band,
      this.nodeLayer,
    );
    this.hint = element("p", { class: "rb-quiet rb-scheme-hint", role: "status" });
    this.root = element("div", { class: "rb-scheme-frame" });
    this.root.append(this.drawing, this.hint);
    this.drawing.addEventListener("pointerdown", (event) => this.pressed(event));
    this.drawing.addEventListener("pointermove", (event) => this.moved(event));
    this.drawing.addEventListener("pointerup", (event) => this.released(event));
    this.drawing.addEventListener("pointercancel", () => this.stop());
    this.drawing.addEventListener("dblclick", (event) => this.doubled(event));
    this.drawing.addEventListener("keydown", (event) => this.key(event));
    this.tell();
  }

  show(scheme: SchemeData, chosen: Chosen): void {
    this.transitions = scheme.transitions;
    const states = arranged(scheme.states, scheme.transitions);
    const held = this.drag?.moved ? this.states.find(({ name }) => name === this.drag?.name) : undefined;
    this.states = states.map((state) =>
      held && state.name === held.name ? { ...state, x: held.x, y: held.y } : state,
    );
    this.chosen = chosen;
    if (this.source !== null && !states.some(({ name }) => name === this.source)) this.stop();
    this.draw();
  }

  /** Where a new state goes that no pointer placed. */
  get room(): Point {
    const near = this.states.find(({ name }) => name === this.chosen.state) ?? this.states.at(-1);
    return freePlace(this.states, near ? { x: near.x + 100, y: near.y } : { x: 240, y: 130 });
  }

  focus(name: string): void {
    (this.nodes.get(name)?.group ?? this.edges.get(name)?.group)?.focus();
  }

  private draw(): void {
    // While a state is dragged the canvas stands still beneath the pointer.
    if (!this.drag?.moved) set(this.drawing, { viewBox: viewOf(this.states).join(" ") });
    keep(
      this.nodes,
      this.states.map(({ name }) => name),
      (name) => this.makeNode(name),
      this.nodeLayer,
    );
    keep(this.edges, this.transitions.map(pairName), (name) => this.makeEdge(name), this.edgeLayer);
    for (const [index, state] of this.states.entries()) this.placeNode(state, index);
    for (const transition of this.transitions) this.placeEdge(transition);
    this.drawBand(null);
  }

  private makeNode(name: string): NodeParts {
    const fill = svg("circle", { class: "rb-state-fill", r: RADIUS });
    const label = svg("text", { class: "rb-state-name", "text-anchor": "middle", dy: "0.35em" });
    const group = svg(
      "g",
      { class: "rb-state", tabindex: 0, role: "button", "data-state-name": name },
      svg("circle", { class: "rb-state-ground", r: RADIUS }),
      fill,
      svg("circle", { class: "rb-state-rim", r: RADIUS }),
      label,
      svg(
        "circle",
        { class: "rb-state-handle", r: HANDLE, cx: RADIUS * 0.71, cy: -RADIUS * 0.71, "data-handle": name },
        svg("title", {}, `Drag to another state to connect ${name}`),
      ),
    );
    return { group, fill, name: label };
  }

  private placeNode({ name, x, y, conductance }: StateData, index: number): void {
    const parts = this.nodes.get(name)!;
    const chosen = this.chosen.state === name;
    set(parts.group, {
      transform: `translate(${x} ${y})`,
      "aria-pressed": String(chosen),
      "aria-label": `State ${name}, ${conductance > 0 ? `open, conducts ${conductance}` : "closed"}`,
      style: `--rb-state: ${COLOURS[index % COLOURS.length]}`,
      class: `rb-state${chosen ? " rb-chosen" : ""}${this.aim === name ? " rb-aim" : ""}${
        this.source === name ? " rb-source" : ""
      }`,
    });
    set(parts.fill, { "fill-opacity": conductance });
    parts.name.textContent = name.length > 6 ? `${name.slice(0, 5)}…` : name;
    parts.name.classList.toggle("rb-on-colour", conductance > 0.5);
  }

  private makeEdge(pair: string): EdgeParts {
    const target = svg("line", { class: "rb-edge-target" });
    const forward = svg("path", { class: "rb-edge-arrow" });
    const backward = svg("path", { class: "rb-edge-arrow" });
    const name = svg("text", { class: "rb-edge-name", "text-anchor": "middle" });
    const group = svg(
      "g",
      { class: "rb-edge", tabindex: 0, role: "button", "data-pair": pair },
      target,
      forward,
      backward,
      name,
    );
    return { group, target, forward, backward, name };
  }

  private placeEdge(transition: TransitionData): void {
    const pair = pairName(transition);
    const parts = this.edges.get(pair)!;
    const [from, to] = [this.at(transition.source), this.at(transition.target)];
    if (!from || !to) return;
    const { forward, backward, line, label, turn } = arrowsBetween(from, to);
    set(parts.target, { x1: line[0].x, y1: line[0].y, x2: line[1].x, y2: line[1].y });
    set(parts.forward, { d: forward });
    set(parts.backward, { d: backward });
    set(parts.name, { transform: `translate(${label.x} ${label.y}) rotate(${turn})` });
    const { ligand } = transition.rates;
    parts.name.textContent = ligand ? `[${ligand.split(".")[0]}]` : "";
    const chosen = this.chosen.pair === pair && this.chosen.state === "";
    set(parts.group, {
      "aria-pressed": String(chosen),
      "aria-label": `Transition between ${transition.source} and ${transition.target}`,
      class: `rb-edge${chosen ? " rb-chosen" : ""}`,
    });
  }

  private at(name: string): StateData | undefined {
    return this.states.find((state) => state.name === name);
  }

  private point(event: MouseEvent): Point {
    const matrix = this.drawing.getScreenCTM();
    if (!matrix) return { x: 0, y: 0 };
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    return { x, y };
  }

  private pressed(event: PointerEvent): void {
    if (event.button !== 0) return;
    const element = event.target as Element;
    const handle = element.closest<SVGElement>("[data-handle]")?.dataset.handle;
    const name = element.closest<SVGElement>("[data-state-name]")?.dataset.stateName;
    const pair = element.closest<SVGElement>("[data-pair]")?.dataset.pair;
    const at = this.point(event);
    if (handle !== undefined) {
      this.begin(handle);
      this.drawing.setPointerCapture(event.pointerId);
    } else if (name !== undefined) {
      if (this.source !== null && this.source !== name) {
        this.finish(name);
        return;
      }
      const state = this.at(name)!;
      this.drag = { name, start: at, offset: { x: state.x - at.x, y: state.y - at.y }, moved: false };
      this.drawing.setPointerCapture(event.pointerId);
      this.nodes.get(name)?.group.focus({ preventScroll: true });
      if (this.chosen.state !== name) this.events.choose({ state: name });
    } else if (pair !== undefined) {
      this.stop();
      this.edges.get(pair)?.group.focus({ preventScroll: true });
      this.events.choose({ pair });
    } else {
      this.stop();
    }
    event.preventDefault();
  }

  private moved(event: PointerEvent): void {
    const at = this.point(event);
    if (this.drag) {
      const { start, offset, name } = this.drag;
      if (!this.drag.moved && Math.hypot(at.x - start.x, at.y - start.y) < SLACK) return;
      this.drag.moved = true;
      const place = snap({ x: at.x + offset.x, y: at.y + offset.y });
      this.states = this.states.map((state) => (state.name === name ? { ...state, ...place } : state));
      this.draw();
    } else if (this.source !== null) {
      this.aim = nodeAt(this.states, at, RADIUS + 4)?.name ?? null;
      if (this.aim === this.source) this.aim = null;
      this.draw();
      this.drawBand(at);
    }
  }

  private released(event: PointerEvent): void {
    if (this.drag) {
      const { moved } = this.drag;
      this.drag = null;
      if (moved) this.sendPlaces(`drag-${++gestures}`);
      return;
    }
    if (this.source === null || !this.drawing.hasPointerCapture(event.pointerId)) return;
    const at = this.point(event);
    const over = nodeAt(this.states, at, RADIUS + 4);
    // A click on the handle alone leaves it to the next click, or the keys, to say where to.
    if (over?.name === this.source) return;
    if (over) this.finish(over.name);
    else {
      const { source } = this;
      this.stop();
      this.events.addState(freePlace(this.states, snap(at)), source);
    }
  }

  private doubled(event: MouseEvent): void {
    const element = event.target as Element;
    if (element.closest("[data-state-name], [data-pair]")) {
      this.events.edit();
      return;
    }
    this.events.addState(freePlace(this.states, snap(this.point(event))), "");
  }

  private begin(name: string): void {
    this.source = name;
    this.aim = null;
    this.draw();
    this.tell();
  }

  private finish(name: string): void {
    const { source } = this;
    this.stop();
    if (source !== null && source !== name) this.events.connect(source, name);
  }

  private stop(): void {
    this.drag = null;
    const was = this.source;
    this.source = this.aim = null;
    if (was !== null) this.draw();
    this.tell();
  }

  private drawBand(to: Point | null): void {
    const from = this.source === null ? undefined : this.at(this.source);
    const aim = this.aim === null ? undefined : this.at(this.aim);
    const end = aim ?? to;
    set(this.band, { d: from && end ? `M${from.x} ${from.y}L${end.x} ${end.y}` : "" });
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const element = event.target as SVGElement;
    const name = element.dataset.stateName;
    const pair = element.dataset.pair;
    const done =
      name !== undefined ? this.keyOnState(event, name) : pair !== undefined && this.keyOnPair(event, pair);
    if (!done) return;
    event.preventDefault();
    event.stopPropagation();
  }

  private keyOnState(event: KeyboardEvent, name: string): boolean {
    const direction = DIRECTIONS[event.key];
    if (this.source !== null) {
      if (event.key === "Escape") this.stop();
      else if ((event.key === "Enter" || event.key === " ") && this.aim !== null) this.finish(this.aim);
      else if (direction) {
        const from = this.at(this.aim ?? this.source)!;
        const others = this.states.filter((state) => state.name !== this.source);
        this.aim = towards(others, from, ...direction)?.name ?? this.aim;
        this.draw();
      } else return false;
      return true;
    }
    if (direction) {
      this.nudge(name, direction, event.shiftKey ? 5 * GRID : GRID);
      return true;
    }
    const actions: Record<string, () => void> = {
      Enter: () => {
        this.events.choose({ state: name });
        this.events.edit();
      },
      " ": () => this.events.choose({ state: name }),
      Delete: () => this.events.removeState(name),
      Backspace: () => this.events.removeState(name),
      c: () => this.begin(name),
      n: () => {
        const { x, y } = this.at(name)!;
        this.events.addState(freePlace(this.states, { x: x + 100, y }), name);
      },
    };
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    action?.();
    return action !== undefined;
  }

  private keyOnPair(event: KeyboardEvent, pair: string): boolean {
    if (event.key === "Enter" || event.key === " ") {
      this.events.choose({ pair });
      if (event.key === "Enter") this.events.edit();
    } else if (event.key === "Delete" || event.key === "Backspace") this.events.removeTransition(pair);
    else return false;
    return true;
  }

  private nudge(name: string, [dx, dy]: [number, number], by: number): void {
    const now = performance.now();
    // Arrow keys that follow one another are one step of undo.
    if (this.keyGesture.name !== name || now > this.keyGesture.until) {
      this.keyGesture = { name, until: 0, key: `keys-${++gestures}` };
    }
    this.keyGesture.until = now + 900;
    this.states = this.states.map((state) =>
      state.name === name ? { ...state, x: state.x + dx * by, y: state.y + dy * by } : state,
    );
    this.draw();
    this.sendPlaces(this.keyGesture.key);
  }

  /** All places, because those that were only worked out here stand nowhere else. */
  private sendPlaces(gesture: string): void {
    this.events.move(Object.fromEntries(this.states.map(({ name, x, y }) => [name, [x, y]])), gesture);
  }

  private tell(): void {
    this.hint.textContent =
      this.source === null
        ? "Double-click adds a state; drag from a handle to connect. Keys: arrows move, C connects, N adds, Enter edits, Delete removes."
        : `Connect ${this.source} with: click a state, or arrow keys and Enter. Esc cancels.`;
  }
}
