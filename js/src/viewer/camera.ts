// A turntable camera without perspective, so that the scale bar holds everywhere in the picture.

import { type OrthographicCamera, Vector3 } from "three";
import { STRIDE } from "./frusta";
import type { Tree, Vec3 } from "./tree";

export interface Basis {
  right: Vec3;
  up: Vec3;
  /** From the tree to the eye. */
  toward: Vec3;
}

export interface ScreenPoint {
  /** CSS pixels from the left and the top. */
  x: number;
  y: number;
  /** um toward the eye. */
  depth: number;
}

const STEEPEST = (89 * Math.PI) / 180;
const MARGIN = 28;

export function dot(a: Vec3, b: Vec3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

export class Turntable {
  /** Radians about the vertical, and above the horizon. */
  azimuth = 0;
  elevation = 0;
  target: Vec3 = [0, 0, 0];
  /** CSS pixels per um. */
  scale = 1;
  width = 1;
  height = 1;
  /** The picture of a whole tree is at least this high, um. */
  least = 0;
  private reach = 1;
  private fitted = 1;
  /** From where it looked when it last showed the whole tree. */
  private home: { azimuth: number; elevation: number; target: Vec3; scale: number } | null = null;
  /** What stands over the picture at its top right, CSS pixels. */
  private readonly side = { width: 0, height: 0 };

  basis(): Basis {
    const [ca, sa] = [Math.cos(this.azimuth), Math.sin(this.azimuth)];
    const [ce, se] = [Math.cos(this.elevation), Math.sin(this.elevation)];
    return { right: [ca, 0, -sa], up: [-sa * se, ce, -ca * se], toward: [sa * ce, se, ca * ce] };
  }

  project(p: Vec3, basis = this.basis()): ScreenPoint {
    const d: Vec3 = [p[0] - this.target[0], p[1] - this.target[1], p[2] - this.target[2]];
    return {
      x: this.width / 2 + dot(d, basis.right) * this.scale,
      y: this.height / 2 - dot(d, basis.up) * this.scale,
      depth: dot(d, basis.toward),
    };
  }

  /** Drags the tree around by CSS pixels; half a turn for the picture's smaller side. */
  orbit(dx: number, dy: number): void {
    const perPixel = Math.PI / Math.max(200, Math.min(this.width, this.height));
    this.azimuth -= dx * perPixel;
    this.elevation = Math.min(STEEPEST, Math.max(-STEEPEST, this.elevation + dy * perPixel));
  }

  pan(dx: number, dy: number): void {
    const { right, up } = this.basis();
    const [x, y] = [-dx / this.scale, dy / this.scale];
    this.target = this.target.map((t, i) => t + x * right[i]! + y * up[i]!) as unknown as Vec3;
  }

  /** Zooms by `factor`, holding still what lies under the CSS pixel (`x`, `y`). */
  zoom(factor: number, x = this.width / 2, y = this.height / 2): void {
    const before = this.scale;
    this.scale = Math.min(this.fitted * 400, Math.max(this.fitted / 8, this.scale * factor));
    const grown = this.scale / before - 1;
    this.pan(-(x - this.width / 2) * grown, -(y - this.height / 2) * grown);
  }

  /** Looks at the whole tree from the front. */
  reset(tree: Tree): void {
    this.azimuth = 0;
    this.elevation = 0;
    this.fit(tree);
  }

  /** Centres and zooms so that the whole tree, as now seen, fills the picture. */
  fit(tree: Tree): void {
    this.reach = tree.radius;
    const { scale, target } = this.fitting(tree);
    this.scale = this.fitted = scale;
    this.target = target;
    this.home = { azimuth: this.azimuth, elevation: this.elevation, target, scale };
  }

  /** Looks at another tree from where it stands. */
  cover(tree: Tree): void {
    this.reach = tree.radius;
    this.home = null;
    this.fitted = this.fitting(tree).scale;
  }

  /** Takes another size, and shows as much of the tree as before. */
  resize(width: number, height: number, tree: Tree): void {
    if (this.isWhole) {
      [this.width, this.height] = [width, height];
      this.fit(tree);
      return;
    }
    const before = this.fitting(tree).scale;
    [this.width, this.height] = [width, height];
    const change = this.fitting(tree).scale / before;
    this.scale *= change;
    this.fitted *= change;
  }

  /** Keeps the top right free for something of this size; says whether the view moved for it. It never shrinks. */
  reserve(width: number, height: number, tree: Tree): boolean {
    const { side } = this;
    if (width <= side.width && height <= side.height) return false;
    side.width = Math.max(side.width, width);
    side.height = Math.max(side.height, height);
    const moved = this.isWhole;
    if (moved) this.fit(tree);
    return moved;
  }

  /** Whether nobody has moved it since it showed the whole tree. */
  private get isWhole(): boolean {
    const { home } = this;
    return (
      home !== null &&
      home.target === this.target &&
      home.scale === this.scale &&
      home.azimuth === this.azimuth &&
      home.elevation === this.elevation
    );
  }

  private fitting(tree: Tree): { scale: number; target: Vec3 } {
    const basis = this.basis();
    let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
    const f = tree.frusta;
    for (let o = 0; o < f.length; o += STRIDE / 2) {
      const p: Vec3 = [f[o]!, f[o + 1]!, f[o + 2]!];
      const [x, y, r] = [dot(p, basis.right), dot(p, basis.up), f[o + 3]!];
      left = Math.min(left, x - r);
      right = Math.max(right, x + r);
      bottom = Math.min(bottom, y - r);
      top = Math.max(top, y + r);
    }
    const [w, h] = [Math.max(right - left, 1e-3), Math.max(top - bottom, 1e-3)];
    const room = (size: number) => Math.max(size - 2 * MARGIN, size / 3);
    const filling = (width: number) =>
      Math.min(
        room(width) / w,
        room(this.height) / h,
        // A lone ball would fill the picture; leave it air.
        (0.6 * this.height) / Math.min(w, h),
        this.height / Math.max(this.least, 1e-9),
      );
    const { side } = this;
    let scale = filling(this.width);
    const [free, above] = [(this.width - w * scale) / 2, (this.height - h * scale) / 2];
    const beneath = free < side.width && above < side.height && side.width < this.width / 3;
    if (beneath) scale = filling(this.width - side.width);
    const aside = beneath ? side.width / 2 / scale : 0;
    const [x, y, z] = [(left + right) / 2 + aside, (bottom + top) / 2, dot(tree.centre, basis.toward)];
    const target = [0, 1, 2].map((i) => x * basis.right[i]! + y * basis.up[i]! + z * basis.toward[i]!);
    return { scale, target: target as unknown as Vec3 };
  }

  /** Sets three's camera to this view. */
  apply(camera: OrthographicCamera): void {
    const { up, toward } = this.basis();
    const distance = 4 * this.reach;
    const half = { x: this.width / 2 / this.scale, y: this.height / 2 / this.scale };
    camera.left = -half.x;
    camera.right = half.x;
    camera.top = half.y;
    camera.bottom = -half.y;
    camera.near = distance - 3 * this.reach;
    camera.far = distance + 3 * this.reach;
    const target = new Vector3(...this.target);
    camera.up.set(...up);
    camera.position.copy(target).addScaledVector(new Vector3(...toward), distance);
    camera.lookAt(target);
    camera.updateProjectionMatrix();
    camera.updateMatrixWorld();
  }
}
