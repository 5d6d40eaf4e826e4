// The picture: one WebGL canvas that draws only when something changed and gives its context back when unseen.

import {
  LinearSRGBColorSpace,
  Mesh,
  OrthographicCamera,
  type RawShaderMaterial,
  Scene,
  WebGLRenderer,
} from "three";
import type { Rgb } from "../colormaps";
import { Turntable } from "./camera";
import { claimContext, forgetContext } from "./contexts";
import type { Layer } from "./layer";
import {
  bodyGeometry,
  bodyMaterial,
  neuriteGeometry,
  neuriteMaterial,
  sharedUniforms,
  valueTexture,
} from "./materials";
import type { Tree } from "./tree";

/** How long a viewer stays off-screen before it gives its context back, ms. */
const PATIENCE = 800;

/** Contexts lost within a minute before the viewer stops asking for another. */
const LOSSES = 4;

export interface PictureEvents {
  /** The stage is on the page with a size, for the first time or another. */
  sized(): void;
  /** After each frame. */
  drawn(): void;
  /** The browser gives no context; `message` says what the person can do. Null when drawing again. */
  failed(message: string | null): void;
}

export class Picture {
  readonly view = new Turntable();
  tree: Tree | null = null;
  /** What a tool draws over the cell. */
  layer: Layer | null = null;
  /** The last frame, shown while there is no context. */
  private readonly still = document.createElement("canvas");
  private readonly scene = new Scene();
  private readonly camera = new OrthographicCamera();
  private readonly uniforms = sharedUniforms();
  private readonly materials = {
    neurite: neuriteMaterial(this.uniforms),
    rim: bodyMaterial(this.uniforms, 0.8),
    body: bodyMaterial(this.uniforms, 0),
  };
  private renderer: WebGLRenderer | null = null;
  private frame = 0;
  private visible = true;
  private closed = false;
  private parting = 0;
  private losses: number[] = [];
  private readonly seen: IntersectionObserver;
  private readonly sized: ResizeObserver;

  constructor(
    private readonly stage: HTMLElement,
    private readonly events: PictureEvents,
  ) {
    this.still.className = "rb-viewer-still";
    this.still.hidden = true;
    stage.prepend(this.still);
    this.seen = new IntersectionObserver((entries) => {
      this.visible = entries.at(-1)?.isIntersecting ?? true;
      window.clearTimeout(this.parting);
      if (this.visible) this.invalidate();
      else this.parting = window.setTimeout(() => this.release(), PATIENCE);
    });
    this.seen.observe(stage);
    this.sized = new ResizeObserver(() => this.resize());
    this.sized.observe(stage);
  }

  /** Draws another tree, from where the last one was seen with `keepView`. */
  setTree(tree: Tree, keepView = false): void {
    const first = this.tree === null;
    this.tree = tree;
    this.clearScene();
    for (const each of [this.uniforms.values, this.uniforms.lit]) {
      each.value.dispose();
      each.value = valueTexture(tree.nSegments);
    }
    this.uniforms.fade.value = 0;
    this.uniforms.reach.value = tree.radius;
    const bodies = bodyGeometry(tree);
    for (const [geometry, material] of [
      [neuriteGeometry(tree), this.materials.neurite],
      [bodies, this.materials.rim],
      [bodies, this.materials.body],
    ] as const) {
      const mesh = new Mesh(geometry, material as RawShaderMaterial);
      mesh.frustumCulled = false;
      this.scene.add(mesh);
    }
    if (first) this.view.reset(tree);
    else if (keepView) this.view.cover(tree);
    else this.view.fit(tree);
    this.invalidate();
  }

  showCell(visible: boolean): void {
    this.scene.visible = visible;
    this.invalidate();
  }

  /** One byte a segment, each looked up in `table` (256 x RGBA). */
  setColours(bytes: Uint8Array, table: Uint8Array): void {
    const { values, table: lookup } = this.uniforms;
    const data = values.value.image.data as Uint8Array;
    data.set(bytes.subarray(0, data.length));
    values.value.needsUpdate = true;
    (lookup.value.image.data as Uint8Array).set(table);
    lookup.value.needsUpdate = true;
    this.invalidate();
  }

  /** Highlights segments, 255 for each of them and 0 for any other, and lets the others stand back; null ends it. */
  setHighlights(bytes: Uint8Array | null): void {
    const { lit, fade } = this.uniforms;
    const data = lit.value.image.data as Uint8Array;
    data.fill(0);
    if (bytes) data.set(bytes.subarray(0, data.length));
    fade.value = bytes ? 0.55 : 0;
    lit.value.needsUpdate = true;
    this.invalidate();
  }

  setGround(paper: Rgb, ink: Rgb): void {
    this.uniforms.paper.value.setRGB(paper[0] / 255, paper[1] / 255, paper[2] / 255);
    this.uniforms.ink.value.setRGB(ink[0] / 255, ink[1] / 255, ink[2] / 255);
    this.invalidate();
  }

  /** Asks for one frame; any number of calls before it make one. */
  invalidate(): void {
    if (this.frame || this.closed) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      if (this.visible) this.draw();
    });
  }

  /** The picture at `ratio` device pixels per CSS pixel, on a canvas of its own. */
  image(ratio: number): HTMLCanvasElement {
    const copy = document.createElement("canvas");
    const renderer = this.acquire();
    if (!renderer) return copy;
    renderer.setPixelRatio(ratio);
    renderer.setSize(this.view.width, this.view.height, false);
    this.render(renderer, ratio);
    copy.width = renderer.domElement.width;
    copy.height = renderer.domElement.height;
    copy.getContext("2d")?.drawImage(renderer.domElement, 0, 0);
    this.fitRenderer(renderer);
    this.render(renderer, pixelRatio());
    return copy;
  }

  /** Keeps the last picture and gives the context back; the next frame takes a new one. */
  release(): void {
    const { renderer } = this;
    if (!renderer) return;
    this.render(renderer, pixelRatio());
    this.still.width = renderer.domElement.width;
    this.still.height = renderer.domElement.height;
    this.still.getContext("2d")?.drawImage(renderer.domElement, 0, 0);
    this.still.hidden = false;
    this.drop();
  }

  close(): void {
    this.closed = true;
    cancelAnimationFrame(this.frame);
    window.clearTimeout(this.parting);
    this.seen.disconnect();
    this.sized.disconnect();
    this.drop();
    this.clearScene();
  }

  private resize(): void {
    const { clientWidth, clientHeight } = this.stage;
    if (!clientWidth || !clientHeight) return;
    const { view } = this;
    const unsized = view.width <= 1;
    if (this.tree && !unsized) view.resize(clientWidth, clientHeight, this.tree);
    [view.width, view.height] = [clientWidth, clientHeight];
    if (this.tree && unsized) view.fit(this.tree);
    this.events.sized();
    if (this.renderer) this.fitRenderer(this.renderer);
    // At once, not in the next frame: a resized canvas is blank.
    if (this.renderer && this.visible) this.draw();
    else this.invalidate();
  }

  private fitRenderer(renderer: WebGLRenderer): void {
    renderer.setPixelRatio(pixelRatio());
    renderer.setSize(this.view.width, this.view.height, false);
  }

  private draw(): void {
    if (!this.tree || this.view.width <= 1) return;
    const renderer = this.acquire();
    if (!renderer) return;
    this.render(renderer, pixelRatio());
    this.still.hidden = true;
    this.events.drawn();
  }

  private render(renderer: WebGLRenderer, ratio: number): void {
    this.view.apply(this.camera);
    this.uniforms.pixel.value = 1 / this.view.scale;
    this.uniforms.grain.value = 1 / (this.view.scale * ratio);
    renderer.setClearColor(this.uniforms.paper.value, 1);
    renderer.autoClear = true;
    renderer.render(this.scene, this.camera);
    if (!this.layer) return;
    this.layer.prepare(this.view, ratio);
    renderer.autoClear = false;
    renderer.render(this.layer.scene, this.camera);
  }

  private acquire(): WebGLRenderer | null {
    claimContext(this);
    if (this.renderer) return this.renderer;
    const canvas = document.createElement("canvas");
    canvas.className = "rb-viewer-canvas";
    try {
      this.renderer = new WebGLRenderer({ canvas, antialias: true, alpha: false });
    } catch {
      forgetContext(this);
      this.events.failed(
        "This browser offers no WebGL 2, which the 3-D view draws with. Turn on graphics acceleration in the " +
          "browser's settings, or try another browser.",
      );
      return null;
    }
    // Colours are final as they are: the tables hold what the screen should show.
    this.renderer.outputColorSpace = LinearSRGBColorSpace;
    canvas.addEventListener("webglcontextlost", this.lost);
    this.stage.prepend(canvas);
    this.fitRenderer(this.renderer);
    this.events.failed(null);
    return this.renderer;
  }

  private readonly lost = (event: Event) => {
    event.preventDefault();
    this.drop();
    const now = performance.now();
    this.losses = [...this.losses.filter((at) => now - at < 60_000), now];
    if (this.losses.length < LOSSES) this.invalidate();
    else
      this.events.failed(
        "The browser keeps taking back this picture's graphics memory. Close other 3-D pages, then draw again.",
      );
  };

  /** Starts again after `failed`. */
  retry(): void {
    this.losses = [];
    this.invalidate();
  }

  private drop(): void {
    forgetContext(this);
    const { renderer } = this;
    this.renderer = null;
    if (!renderer) return;
    renderer.domElement.removeEventListener("webglcontextlost", this.lost);
    // Disposing everything lets go of this renderer; all of it is sent again to the next one.
    for (const mesh of this.scene.children) if (mesh instanceof Mesh) mesh.geometry.dispose();
    for (const material of Object.values(this.materials)) material.dispose();
    this.layer?.release();
    for (const { value } of [this.uniforms.values, this.uniforms.table, this.uniforms.lit]) {
      value.dispose();
      value.needsUpdate = true;
    }
    renderer.dispose();
    renderer.forceContextLoss();
    renderer.domElement.remove();
  }

  private clearScene(): void {
    for (const mesh of [...this.scene.children]) {
      if (mesh instanceof Mesh) mesh.geometry.dispose();
      this.scene.remove(mesh);
    }
  }
}

function pixelRatio(): number {
  return Math.min(2, window.devicePixelRatio || 1);
}
