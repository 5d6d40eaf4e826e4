// The viewer: a cell on the screen that can be turned, asked and clicked.

import { cssToRgb } from "../colormaps";
import { float32, int32, type Model, onChange } from "../model";
import type { Place, Store } from "../store";
import { annotate, BADGE, type Inks, type Mark, marksOf, type Pin } from "./annotations";
import { type ColourBy, type Colouring, colour, type Range, ValueSource } from "./colouring";
import type { SectionInfo } from "./frusta";
import { handleGestures } from "./gestures";
import { type Hand, type HandHost, HandTool } from "./hand";
import { handleKeys } from "./keys";
import type { Layer, LayerHost } from "./layer";
import { paintLegend, showLegend } from "./legend";
import { buildPanel, type Panel } from "./panel";
import { type Hit, pick } from "./pick";
import { Picture } from "./scene";
import { mountScrubber, type Scrubber } from "./scrubber";
import { buildTree, roundedX, segmentAt, type Tree } from "./tree";

/** The event that bubbles from a viewer when a place is clicked, or Enter pressed; its detail is a `Place`. */
export const PLACE_CLICKED = "rb-place";

export interface ViewerOptions {
  /** Fill the parent's height rather than stand `height` pixels tall. */
  fill?: boolean;
  /** Where the movie's time axis goes: under the picture, into another element, or nowhere. */
  scrubber?: HTMLElement | "below" | "none";
  /** What a tool draws besides the cell. */
  layer?: (host: LayerHost) => Layer;
  /** What a tool lets a hand do on the picture beyond turning it. */
  hand?: Hand;
  /** The trait with the names of the sections that are highlighted; `highlighted` by default. */
  highlights?: string;
  /** How many um high the picture of a small cell is at least, so that there is room to draw around it. */
  least?: number;
  /** Whether a changed tree is looked at from where the last one was; by default it is fitted into the picture. */
  keepView?: () => boolean;
}

export class Viewer {
  private readonly panel: Panel;
  private readonly picture: Picture;
  private readonly source: ValueSource;
  private readonly scrubber: Scrubber | null;
  private readonly layer: Layer | null;
  private readonly hand: HandTool | null;
  private cellShown = true;
  private readonly stops: (() => void)[] = [];
  private tree: Tree | null = null;
  private colouring: Colouring | null = null;
  private marks: Mark[] = [];
  private pins: Pin[] = [];
  private fitRange: Range | null = null;
  private inks: Inks = { paper: "#fff", ink: "#000", quiet: "#666", accent: "#1976d2", font: "sans-serif" };
  private frames = 0;
  private closed = false;

  constructor(
    el: HTMLElement,
    private readonly model: Model,
    private readonly store: Store,
    private readonly options: ViewerOptions = {},
  ) {
    this.panel = buildPanel(el, options.fill ? null : Number(model.get("height") ?? 420));
    this.source = new ValueSource(model);
    this.picture = new Picture(this.panel.stage, {
      // Only an element on the page has a computed style.
      sized: () => this.readInks(),
      drawn: () => this.afterFrame(),
      failed: (message) => this.showFailure(message),
    });
    this.picture.view.least = options.least ?? 0;
    this.layer = options.layer?.(this.host()) ?? null;
    this.picture.layer = this.layer;
    this.hand = options.hand ? new HandTool(options.hand, this.handHost()) : null;
    const scrubberHome = options.scrubber ?? "below";
    this.scrubber =
      scrubberHome === "none"
        ? null
        : mountScrubber(scrubberHome === "below" ? this.panel.root : scrubberHome, model, store);
    this.listenToPerson();
    this.listenToModel();
    this.readTree();
    this.readMarks();
    this.readSelection();
  }

  close(): void {
    this.closed = true;
    for (const stop of this.stops) stop();
    this.scrubber?.close();
    this.picture.close();
    this.panel.root.remove();
  }

  private host(): LayerHost {
    const { picture, panel } = this;
    return {
      view: picture.view,
      stage: panel.stage,
      invalidate: () => picture.invalidate(),
      showCell: (visible) => {
        this.cellShown = visible;
        picture.showCell(visible);
      },
      resetView: () => this.resetView(),
      say: (text) => panel.say(text),
    };
  }

  private handHost(): HandHost {
    const { picture, panel } = this;
    return {
      view: picture.view,
      tree: () => this.tree,
      hitAt: (x, y) => this.hitAt(x, y),
      placeOf: (hit) => this.placeOf(hit),
      showTip: (x, y, title, lines) => panel.showTip(x, y, title, lines),
      hideTip: () => this.hideTip(),
      annotate: () => this.annotate(),
    };
  }

  private listenToModel(): void {
    const { model, store, stops } = this;
    // One message may change several traits: answer once, when all of them are there.
    const on = (names: string[], callback: () => void) => {
      let waiting = false;
      const once = () => {
        if (waiting) return;
        waiting = true;
        queueMicrotask(() => {
          waiting = false;
          if (!this.closed) callback();
        });
      };
      stops.push(onChange(model, names, once));
    };
    on(["geometry", "segments", "sections"], () => this.readTree());
    on(["values"], () => {
      this.source.readValues();
      this.recolour();
    });
    on(["frames", "frame_times", "frame_range"], () => {
      this.source.readFrames(this.store.get("timeCursor"));
      this.recolour();
    });
    on(
      [
        "colour_by",
        "colour_map",
        "segment_diam",
        "segment_distance",
        "value_range",
        "value_label",
        "value_unit",
      ],
      () => {
        this.fitRange = null;
        this.recolour();
      },
    );
    on(["marks"], () => this.readMarks());
    on([this.highlightTrait], () => this.readHighlights());
    on(["selected"], () => this.readSelection());
    on(["height"], () => this.panel.setHeight(Number(model.get("height") ?? 420)));
    stops.push(
      store.subscribe("timeCursor", (time) => {
        if (this.source.seek(time) && this.colourBy() === "value") this.recolour();
      }),
      store.subscribe("selection", (place) => this.tellSelection(place)),
      store.subscribe("theme", () => {
        // The page's new variables take effect after its style sheets are swapped.
        this.readInks();
        window.setTimeout(() => this.readInks(), 400);
      }),
    );
  }

  private listenToPerson(): void {
    const { panel, picture, stops } = this;
    stops.push(
      handleGestures(panel.stage, {
        view: picture.view,
        moved: () => picture.invalidate(),
        hover: (x, y) => this.hover(x, y),
        leave: () => {
          this.hand?.leave();
          this.hideTip();
        },
        click: (x, y, event) => this.click(x, y, event),
        take: (x, y, event) => this.hand?.take(x, y, event) ?? null,
        grab: (x, y) => this.pinAt(x, y)?.mark.name ?? null,
        drop: (name, x, y) => this.drop(name, x, y),
      }),
      handleKeys(panel.stage, {
        orbit: (dx, dy) => this.turn(() => picture.view.orbit(dx, dy)),
        pan: (dx, dy) => this.turn(() => picture.view.pan(dx, dy)),
        zoom: (factor) => this.turn(() => picture.view.zoom(factor)),
        reset: () => this.resetView(),
        play: () => this.scrubber?.toggle(),
        step: (frames) => this.scrubber?.step(frames),
        walk: (segments) => this.walk(segments),
        enter: () => {
          const place = this.store.get("selection");
          if (place) this.options.hand?.choose([place.section], "only");
          this.tellClick();
        },
        clear: () => {
          if (this.hand?.cancel() || this.layer?.clear()) return;
          this.store.set("selection", null);
          this.options.hand?.choose([], "only");
        },
        save: () => void this.savePicture(),
        help: () => panel.toggleHelp(),
      }),
    );
    if (this.hand) {
      const double = (event: MouseEvent) => {
        if ((event.target as HTMLElement).closest("[data-viewer-control]")) return;
        const box = panel.stage.getBoundingClientRect();
        this.hand?.doubleClick(this.hitAt(event.clientX - box.left, event.clientY - box.top), event);
      };
      panel.stage.addEventListener("dblclick", double);
      stops.push(() => panel.stage.removeEventListener("dblclick", double));
    }
    panel.on({
      colourBy: (by) => {
        this.model.set("colour_by", by);
        this.model.save_changes();
      },
      reset: () => this.resetView(),
      save: () => void this.savePicture(),
      rescale: () => {
        this.fitRange = this.fitRange ? null : this.source.extent();
        this.recolour();
      },
      retry: () => picture.retry(),
    });
  }

  private turn(change: () => void): void {
    change();
    this.picture.invalidate();
  }

  private resetView(): void {
    if (this.tree) this.turn(() => this.picture.view.reset(this.tree as Tree));
  }

  private colourBy(): ColourBy {
    const by = this.model.get("colour_by");
    return by === "diameter" || by === "distance" || by === "value" ? by : "type";
  }

  private readTree(): void {
    const { model } = this;
    const sections = (model.get("sections") ?? []) as SectionInfo[];
    const segment = int32(model, "segments");
    const frusta = float32(model, "geometry");
    // Half a change may be here; wait until the traits are of one cell.
    const known = sections.reduce((n, section) => Math.max(n, section.first + section.nseg), 0);
    if (frusta.length !== 8 * segment.length || segment.some((s) => s < 0 || s >= known)) return;
    this.panel.showEmpty(segment.length === 0);
    if (segment.length === 0) return;
    this.tree = buildTree(frusta, segment, sections);
    this.picture.setTree(this.tree, this.options.keepView?.() ?? false);
    this.panel.root.dataset.segments = String(this.tree.nSegments);
    this.readHighlights();
    this.recolour();
  }

  private get highlightTrait(): string {
    return this.options.highlights ?? "highlighted";
  }

  private readHighlights(): void {
    const { tree } = this;
    if (!tree) return;
    const names = new Set((this.model.get(this.highlightTrait) ?? []) as string[]);
    const bytes = new Uint8Array(tree.nSegments);
    let found = 0;
    for (const { name, first, nseg } of tree.sections) {
      if (!names.has(name)) continue;
      found += 1;
      bytes.fill(255, first, first + nseg);
    }
    this.picture.setHighlights(found > 0 ? bytes : null);
    this.panel.root.dataset.highlighted = String(found);
  }

  private readMarks(): void {
    this.marks = marksOf(this.model.get("marks"));
    this.annotate();
    this.countChange();
  }

  private readSelection(): void {
    const raw = this.model.get("selected") as Partial<Place> | null | undefined;
    const place =
      raw && typeof raw.section === "string" && typeof raw.x === "number"
        ? { section: raw.section, x: raw.x }
        : null;
    this.store.set("selection", place);
    this.annotate();
  }

  private tellSelection(place: Place | null): void {
    const known = this.model.get("selected") as Place | null;
    if (known?.section !== place?.section || known?.x !== place?.x) {
      this.model.set("selected", place);
      this.model.save_changes();
    }
    this.panel.say(place ? `Selected ${nameOf(place)}` : "Nothing selected");
    this.annotate();
    this.countChange();
  }

  private readInks(): void {
    const style = getComputedStyle(this.panel.stage);
    const read = (property: string) => style.getPropertyValue(property).trim();
    this.inks = {
      paper: style.backgroundColor,
      ink: style.color,
      quiet: read("--rb-quiet") || style.color,
      accent: read("--rb-accent") || "#1976d2",
      font: style.fontFamily,
    };
    this.picture.setGround(cssToRgb(style.backgroundColor), cssToRgb(style.color));
    this.recolour();
    this.annotate();
  }

  private recolour(): void {
    if (!this.tree) return;
    const by = this.colourBy() === "value" && !this.source.present ? "type" : this.colourBy();
    const range = by === "value" ? this.fitRange : null;
    this.colouring = colour(by, this.tree, this.model, this.source, this.store.get("theme"), range);
    this.picture.setColours(this.colouring.bytes, this.colouring.table);
    const label = String(this.model.get("value_label") ?? "") || "value";
    this.panel.showColours(by, this.source.present ? label : null, this.fitRange !== null);
    showLegend(this.panel.legend, this.colouring.legend);
    const [width, height] = this.panel.sideSize();
    if (this.picture.view.reserve(width, height, this.tree)) this.picture.invalidate();
  }

  private afterFrame(): void {
    this.annotate();
    this.countChange();
  }

  /** Tests wait on this number: it grows with every picture. */
  private countChange(): void {
    this.frames += 1;
    this.panel.root.dataset.revision = String(this.frames);
  }

  private annotate(): void {
    if (!this.tree) return;
    const { view } = this.picture;
    const context = this.panel.prepareOverlay(view.width, view.height);
    if (!context) return;
    this.pins = annotate(
      context,
      this.tree,
      view,
      this.marks,
      this.store.get("selection"),
      this.inks,
      this.panel.sideBox(),
    );
    this.layer?.annotate(context, this.inks);
    this.hand?.annotate(context, this.inks);
  }

  private pinAt(x: number, y: number): Pin | null {
    return this.pins.find((pin) => Math.hypot(pin.x - x, pin.y - y) <= BADGE + 2) ?? null;
  }

  private hitAt(x: number, y: number): Hit | null {
    return this.tree && this.cellShown ? pick(this.tree, this.picture.view, x, y) : null;
  }

  private placeOf(hit: Hit): Place {
    const tree = this.tree as Tree;
    return {
      section: (tree.sections[hit.section] as SectionInfo).name,
      x: roundedX(tree, hit.section, hit.x),
    };
  }

  private hover(x: number, y: number): void {
    if (this.hand?.hover(x, y)) return;
    const pin = this.pinAt(x, y);
    const own = pin ? null : (this.layer?.hover(x, y) ?? null);
    const hit = own ? null : this.hitAt(x, y);
    if (own) this.panel.showTip(x, y, own[0] ?? "", own.slice(1));
    else if (pin) {
      const { mark } = pin;
      this.panel.showTip(x, y, `${mark.letter}  ${mark.name}`, [nameOf(mark), "drag to move"]);
    } else if (hit && this.colouring)
      this.panel.showTip(x, y, nameOf(this.placeOf(hit)), this.linesAbout(hit.segment));
    else this.hideTip();
  }

  private linesAbout(segment: number): string[] {
    const diam = float32(this.model, "segment_diam")[segment];
    const distance = float32(this.model, "segment_distance")[segment];
    const by = this.colourBy();
    const lines = [this.colouring?.describe(segment) ?? ""];
    const size: string[] = [];
    if (diam !== undefined && by !== "diameter") size.push(`${diam.toPrecision(3)} \u00b5m wide`);
    if (distance !== undefined && by !== "distance")
      size.push(`${distance.toFixed(0)} \u00b5m along the tree`);
    if (size.length > 0) lines.push(size.join(" \u00b7 "));
    return lines;
  }

  private hideTip(): void {
    this.panel.hideTip();
  }

  private click(x: number, y: number, event: MouseEvent): void {
    if (this.layer?.click(x, y)) return;
    const hit = this.hitAt(x, y);
    this.hand?.click(hit, event);
    if (!hit) return;
    this.store.set("selection", this.placeOf(hit));
    this.tellClick();
  }

  /** Says that the person asks for something to happen at the selected place, be it the same as before. */
  private tellClick(): void {
    const detail = this.store.get("selection");
    if (detail)
      this.panel.root.dispatchEvent(new CustomEvent<Place>(PLACE_CLICKED, { bubbles: true, detail }));
  }

  private drop(name: string, x: number, y: number): void {
    const hit = this.hitAt(x, y);
    if (!hit) {
      this.panel.say("Drop an electrode on the cell to move it");
      return;
    }
    this.model.set("mark_moved", { name, ...this.placeOf(hit) });
    this.model.save_changes();
  }

  /** Selects the segment that lies `count` further in the cell's order. */
  private walk(count: number): void {
    if (!this.tree || this.layer?.walk(count)) return;
    const { tree } = this;
    const selected = this.store.get("selection");
    const from = selected ? segmentAt(tree, selected.section, selected.x) : -count;
    const next = (from + count + tree.nSegments) % tree.nSegments;
    const section = tree.sections[tree.sectionOf[next] as number] as SectionInfo;
    const x = (next - section.first + 0.5) / section.nseg;
    this.store.set("selection", {
      section: section.name,
      x: roundedX(tree, tree.sectionOf[next] as number, x),
    });
    this.panel.say(`${section.name}(${x.toFixed(2)}), ${this.linesAbout(next).join(", ")}`);
  }

  private showFailure(message: string | null): void {
    this.panel.showFailure(message);
    this.panel.root.dataset.state = message ? "error" : "idle";
  }

  /** The picture as shown, twice as fine, with electrodes, legend and scale bar. */
  async savePicture(): Promise<void> {
    if (!this.tree || !this.colouring) return;
    const ratio = 2;
    const canvas = this.picture.image(ratio);
    const context = canvas.getContext("2d");
    if (!context) return;
    context.scale(ratio, ratio);
    const { view } = this.picture;
    const selected = this.store.get("selection");
    annotate(context, this.tree, view, this.marks, selected, this.inks, this.panel.sideBox());
    this.layer?.annotate(context, this.inks);
    paintLegend(context, this.colouring.legend, view.width, this.inks);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
    if (!blob) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${String(this.model.get("title") || "cell").replace(/[^\w.-]+/g, "_")}.png`;
    link.click();
    window.setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    this.panel.say(`Saved ${link.download}`);
  }
}

function nameOf({ section, x }: Place): string {
  return `${section}(${x})`;
}

/** Mounts a viewer in `el`; returns its clean-up. */
export function mountViewer(
  el: HTMLElement,
  model: Model,
  store: Store,
  options: ViewerOptions = {},
): () => void {
  const viewer = new Viewer(el, model, store, options);
  return () => viewer.close();
}
