// The picture: points, sections or both, what of them is shown, and the point that is chosen.

import { cssToRgb, hexToRgb, type Rgb, regionColours } from "../colormaps";
import { button, element } from "../dom";
import { float32, type Model, onChange } from "../model";
import type { Store } from "../store";
import { type Layer, type LayerHost, mountViewer } from "../viewer";
import type { Inks } from "../viewer/annotations";
import { dot } from "../viewer/camera";
import type { Vec3 } from "../viewer/tree";
import { Flight } from "./flight";
import type { Problem } from "./page";
import {
  FILTERS,
  OF_A_POINT,
  PLACE,
  type Points,
  placeOf,
  pointAt,
  readPoints,
  shownBy,
  surroundings,
} from "./points";
import { PointsDrawing } from "./points_drawing";

type Mode = "points" | "sections" | "both";

const MODES: readonly (readonly [Mode, string, string])[] = [
  ["points", "Points", "The points of the file and the lines to their parents"],
  ["sections", "Sections", "The sections made of the points"],
  ["both", "Both", "The points over the sections made of them"],
];

const MARKS = { error: "#d32f2f", warning: "#e69f00" } as const;
const NEAR = 9;

interface Kind {
  type: number;
  name: string;
}

export interface ViewEvents {
  /** A point was clicked; says whether it was taken for something else than choosing it. */
  clicked(sample: number): boolean;
  /** Escape was pressed in the picture; says whether something ended by it. */
  escaped(): boolean;
}

export class PointsView {
  readonly root: HTMLElement;
  private readonly stage = element("div", { class: "rb-import-stage" });
  private readonly filters: HTMLSelectElement;
  private readonly modes: HTMLButtonElement[];
  private readonly drawing = new PointsDrawing();
  private readonly stops: (() => void)[] = [];
  private host!: LayerHost;
  private flight!: Flight;
  private points: Points | null = null;
  private shown = new Uint8Array(0);
  private mode: Mode = "both";
  private dots = true;
  private diameters = false;
  private filter = "all";
  private problem: Problem | null = null;
  private known = -1;
  private told = "";

  constructor(
    private readonly model: Model,
    private readonly store: Store,
    private readonly events: ViewEvents,
  ) {
    this.modes = MODES.map(([mode, text, label]) => {
      const node = button(text, label, () => this.setMode(mode), "rb-button rb-small");
      node.dataset.mode = mode;
      return node;
    });
    this.filters = element("select", {
      class: "rb-select rb-small",
      "aria-label": "Which points are shown",
      "data-action": "filter",
      onchange: () => this.setFilter(this.filters.value),
    });
    const check = (text: string, on: boolean, act: (on: boolean) => void) => {
      const box = element("input", { type: "checkbox", checked: on, onchange: () => act(box.checked) });
      return element("label", { class: "rb-check" }, box, text);
    };
    const turn = button("45°", "Turn by 45 degrees about the y axis", () =>
      this.flight.to({ azimuth: this.host.view.azimuth + Math.PI / 4 }),
    );
    turn.classList.add("rb-small");
    turn.dataset.action = "turn";
    this.root = element(
      "div",
      { class: "rb-import-view" },
      element(
        "div",
        { class: "rb-import-tools", role: "toolbar", "aria-label": "What the picture shows" },
        element("span", { class: "rb-segmented", role: "group", "aria-label": "Show" }, ...this.modes),
        check("points", true, (on) => {
          this.dots = on;
          this.redraw();
        }),
        check("diameters", false, (on) => {
          this.diameters = on;
          this.redraw();
        }),
        this.filters,
        turn,
      ),
      this.stage,
    );
  }

  /** Starts to draw; call once the root is on the page. */
  mount(): void {
    const { model, store, stops } = this;
    let opened = Number.NaN;
    const close = mountViewer(this.stage, model, store, {
      fill: true,
      scrubber: "none",
      keepView: () => {
        const same = opened === Number(model.get("opened"));
        opened = Number(model.get("opened"));
        return same;
      },
      layer: (host) => {
        this.host = host;
        this.flight = new Flight(
          host.view,
          () => {
            this.tellCamera();
            host.invalidate();
          },
          (on) => {
            this.root.dataset.flying = String(on);
          },
        );
        for (const type of ["pointerdown", "wheel", "keydown"] as const)
          host.stage.addEventListener(type, () => this.flight.stop(), { capture: true, passive: true });
        return this.layer();
      },
    });
    stops.push(
      close,
      onChange(model, ["points", "point_facts", "kinds"], () => this.read()),
      onChange(model, ["contours", "contour_sizes"], () => this.readContours()),
      onChange(model, ["chosen"], () => this.chosenMoved()),
      onChange(model, ["problems"], () => this.host.invalidate()),
      store.subscribe("theme", () => this.read()),
    );
    this.read();
    this.readContours();
    this.setMode(this.mode);
  }

  dispose(): void {
    this.flight?.stop();
    for (const stop of this.stops) stop();
    this.drawing.release();
  }

  get chosen(): number {
    return Number(this.model.get("chosen"));
  }

  /** Chooses a point as a click does, or none with -1. */
  choose(sample: number): void {
    this.known = sample;
    if (sample === this.chosen) return;
    this.model.set("chosen", sample);
    this.model.save_changes();
    this.show();
  }

  /** Shows where a problem is, or with null none. */
  showProblem(problem: Problem | null): void {
    this.problem = problem;
    if (problem?.xyz) this.flyTo(problem.xyz, problem.sample ?? -1);
    else this.host.invalidate();
  }

  /** Brings a point into the middle of the picture, near enough to see what is around it. */
  fly(sample: number): void {
    if (this.points && sample >= 0 && sample < this.points.count)
      this.flyTo(placeOf(this.points, sample), sample);
  }

  private flyTo(place: readonly [number, number, number], sample: number): void {
    const { view } = this.host;
    const { points } = this;
    const around = points && sample >= 0 && sample < points.count ? surroundings(points, sample) : 60;
    const shorter = Math.min(view.width, view.height);
    const azimuth = this.isHidden(sample) ? view.azimuth + Math.PI / 3 : view.azimuth;
    if (shorter > 1) this.flight.to({ target: place, scale: shorter / around, azimuth });
    this.host.invalidate();
  }

  /** Whether the way from a point's parent leads toward the eye or away, so that its length is not seen. */
  private isHidden(sample: number): boolean {
    const { points } = this;
    const parent = points?.parent[sample] ?? -1;
    if (!points || parent < 0) return false;
    const [here, there] = [placeOf(points, sample), placeOf(points, parent)];
    const way = [0, 1, 2].map((i) => here[i]! - there[i]!) as unknown as Vec3;
    const long = Math.hypot(...way);
    return long > 0 && Math.abs(dot(way, this.host.view.basis().toward)) > 0.9 * long;
  }

  private setMode(mode: Mode): void {
    this.mode = mode;
    for (const node of this.modes) node.setAttribute("aria-pressed", String(node.dataset.mode === mode));
    this.root.dataset.mode = mode;
    this.host.showCell(mode !== "points");
    this.redraw();
  }

  private setFilter(filter: string): void {
    this.filter = filter;
    this.show();
  }

  private redraw(): void {
    this.drawing.set({
      visible: this.mode !== "sections",
      dots: this.dots,
      diameters: this.diameters,
      over: this.mode === "both",
    });
    this.host.invalidate();
  }

  private read(): void {
    const points = readPoints(this.model);
    if (!points) return;
    this.points = points;
    const kinds = (this.model.get("kinds") ?? []) as Kind[];
    const colours = regionColours(
      kinds.map(({ name }) => name),
      this.store.get("theme"),
    );
    const tints = new Map<number, Rgb>(
      kinds.map(({ type, name }) => [type, colours.get(name) ?? [140, 140, 140]]),
    );
    this.drawing.setPoints(points, (type) => tints.get(type) ?? [140, 140, 140]);
    this.listFilters(kinds);
    this.show();
  }

  private readContours(): void {
    const sizes = (this.model.get("contour_sizes") ?? []) as number[];
    const xyz = float32(this.model, "contours");
    if (xyz.length !== 3 * sizes.reduce((sum, size) => sum + size, 0)) return;
    this.drawing.setContours(xyz, sizes, hexToRgb("#e69f00"));
    this.host.invalidate();
  }

  private listFilters(kinds: Kind[]): void {
    const choices: [string, string][] = [
      ...FILTERS.map(([name, text]): [string, string] => [name, text]),
      ...kinds.map(({ type, name }): [string, string] => [`type ${type}`, `Only ${name}`]),
    ];
    const wanted = JSON.stringify(choices);
    if (wanted !== this.told) {
      this.told = wanted;
      this.filters.replaceChildren(...choices.map(([value, text]) => element("option", { value }, text)));
    }
    if (!choices.some(([value]) => value === this.filter)) this.filter = "all";
    this.filters.value = this.filter;
  }

  private chosenMoved(): void {
    const moved = this.chosen !== this.known;
    this.known = this.chosen;
    this.show();
    // Only what Python chose may lie out of sight.
    if (moved && this.chosen >= 0) this.fly(this.chosen);
  }

  private show(): void {
    const { points } = this;
    if (!points) return;
    for (const option of this.filters.options)
      option.disabled = OF_A_POINT.has(option.value) && this.chosen < 0;
    this.shown = shownBy(this.filter, points, this.chosen) as Uint8Array<ArrayBuffer>;
    this.drawing.show(this.shown);
    this.highlight(points);
    this.root.dataset.shown = String(this.shown.reduce((sum, each) => sum + each, 0));
    this.host.invalidate();
  }

  /** Sections without any point that is shown fade. */
  private highlight(points: Points): void {
    const sections = (this.model.get("sections") ?? []) as { name: string }[];
    const wanted = new Set<number>();
    if (this.filter !== "all")
      for (let i = 0; i < points.count; i++) if (this.shown[i]) wanted.add(points.section[i]!);
    const names = [...wanted].flatMap((index) => sections[index]?.name ?? []);
    const all = names.length === sections.length ? [] : names;
    if (JSON.stringify(all) !== JSON.stringify(this.model.get("highlighted")))
      this.model.set("highlighted", all);
  }

  private layer(): Layer {
    return {
      scene: this.drawing.scene,
      prepare: (view, ratio) => this.drawing.prepare(view, ratio),
      release: () => this.drawing.release(),
      annotate: (context, inks) => this.annotate(context, inks),
      hover: (x, y) => this.describe(this.at(x, y)),
      click: (x, y) => {
        const sample = this.at(x, y);
        if (sample < 0) return false;
        if (!this.events.clicked(sample)) this.choose(sample);
        return true;
      },
      clear: () => {
        if (!this.events.escaped()) this.choose(-1);
        return true;
      },
      walk: (count) => {
        const seen = [...this.shown.keys()].filter((sample) => this.shown[sample]);
        if (seen.length === 0) return false;
        const at = seen.indexOf(this.chosen);
        const next = seen[((at < 0 && count < 0 ? 0 : at) + count + seen.length) % seen.length]!;
        this.choose(next);
        this.host.say(this.describe(next)?.join(", ") ?? "");
        return true;
      },
    };
  }

  private at(x: number, y: number): number {
    if (!this.points) return -1;
    return pointAt(this.points, this.shown, this.host.view, x, y, NEAR);
  }

  private describe(sample: number): string[] | null {
    const { points } = this;
    if (!points || sample < 0 || sample >= points.count) return null;
    const [x, y, z] = placeOf(points, sample);
    const kinds = (this.model.get("kinds") ?? []) as Kind[];
    const name = kinds.find(({ type }) => type === points.type[sample])?.name ?? "point";
    const figures = [x, y, z].map((c) => Number(c.toFixed(2))).join(", ");
    const diam = Number(points.place[sample * PLACE + 3]!.toPrecision(3));
    return [`line ${points.line[sample]}`, name, `${figures} µm · ${diam} µm wide`];
  }

  private tellCamera(): void {
    const { target, scale, azimuth } = this.host.view;
    const [x, y, z] = target.map((c) => c.toFixed(2));
    this.root.dataset.camera = `${x} ${y} ${z} ${scale.toFixed(4)} ${azimuth.toFixed(4)}`;
  }

  private annotate(context: CanvasRenderingContext2D, inks: Inks): void {
    const { points, host } = this;
    if (!points) return;
    const { view } = host;
    this.drawing.setInk(cssToRgb(inks.ink));
    const basis = view.basis();
    this.tellCamera();
    const problems = (this.model.get("problems") ?? []) as Problem[];
    for (const problem of problems) {
      if (!problem.xyz || problem.group === "done" || problem.group === "note") continue;
      const at = view.project(problem.xyz, basis);
      const chosen = problem.key === this.problem?.key;
      marker(context, at.x, at.y, MARKS[problem.group], inks, chosen);
    }
    // One mark is enough where both are.
    if (this.chosen >= 0 && this.chosen < points.count && this.chosen !== this.problem?.sample) {
      const at = view.project(placeOf(points, this.chosen), basis);
      ring(context, at.x, at.y, inks);
    }
  }
}

/** A small triangle that stands on its place. */
function marker(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  colour: string,
  inks: Inks,
  chosen: boolean,
): void {
  const size = chosen ? 9 : 5;
  context.beginPath();
  context.moveTo(x, y - 3);
  context.lineTo(x - size * 0.7, y - 3 - size * 1.3);
  context.lineTo(x + size * 0.7, y - 3 - size * 1.3);
  context.closePath();
  context.lineJoin = "round";
  context.lineWidth = 3;
  context.strokeStyle = inks.paper;
  context.stroke();
  context.fillStyle = colour;
  context.fill();
  if (!chosen) return;
  context.lineWidth = 2;
  context.strokeStyle = colour;
  context.beginPath();
  context.arc(x, y, 12, 0, 2 * Math.PI);
  context.stroke();
}

function ring(context: CanvasRenderingContext2D, x: number, y: number, inks: Inks): void {
  for (const [width, style] of [
    [5, inks.paper],
    [2, inks.accent],
  ] as const) {
    context.lineWidth = width;
    context.strokeStyle = style;
    context.beginPath();
    context.arc(x, y, 7, 0, 2 * Math.PI);
    context.stroke();
  }
}
