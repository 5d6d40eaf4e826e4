// What lies under the pointer: an exact ray against every piece, on the CPU, with no read back from the GPU.

import { dot, type Turntable } from "./camera";
import { STRIDE } from "./frusta";
import type { Tree, Vec3 } from "./tree";

export interface Hit {
  segment: number;
  /** Index into `tree.sections`. */
  section: number;
  /** Along the section, 0 to 1. */
  x: number;
  point: Vec3;
  /** um toward the eye, of the surface that was hit. */
  depth: number;
}

/** How near to a neurite, in CSS pixels, the pointer need come. */
export const TOLERANCE = 4;

/**
 * The piece under the CSS pixel (`px`, `py`): the nearest surface that the ray enters; failing that, the piece whose
 * outline passes nearest, within `tolerance` pixels.
 */
export function pick(
  tree: Tree,
  camera: Turntable,
  px: number,
  py: number,
  tolerance = TOLERANCE,
): Hit | null {
  const { right, up, toward } = camera.basis();
  const { scale } = camera;
  const reach = tolerance / scale;
  const [tx, ty] = [dot(camera.target, right), dot(camera.target, up)];
  const rayX = (px - camera.width / 2) / scale + tx;
  const rayY = (camera.height / 2 - py) / scale + ty;
  const f = tree.frusta;
  let best = { k: -1, u: 0, depth: -Infinity };
  let near = { k: -1, u: 0, gap: reach, depth: 0 };
  for (let k = 0; k < tree.segment.length; k++) {
    const o = k * STRIDE;
    const [x0, y0, z0, ra] = [f[o]!, f[o + 1]!, f[o + 2]!, f[o + 3]!];
    const [x1, y1, z1, rb] = [f[o + 4]!, f[o + 5]!, f[o + 6]!, f[o + 7]!];
    const wide = Math.max(ra, rb) + reach;
    const ax = x0 * right[0] + y0 * right[1] + z0 * right[2] - rayX;
    const bx = x1 * right[0] + y1 * right[1] + z1 * right[2] - rayX;
    if ((ax > wide && bx > wide) || (ax < -wide && bx < -wide)) continue;
    const ay = x0 * up[0] + y0 * up[1] + z0 * up[2] - rayY;
    const by = x1 * up[0] + y1 * up[1] + z1 * up[2] - rayY;
    if ((ay > wide && by > wide) || (ay < -wide && by < -wide)) continue;
    const az = x0 * toward[0] + y0 * toward[1] + z0 * toward[2];
    const bz = x1 * toward[0] + y1 * toward[1] + z1 * toward[2];
    const a: Vec3 = [ax, ay, az];
    const b: Vec3 = [bx - ax, by - ay, bz - az];
    const hit = tree.body[k] ? enterFrustum(a, b, ra, rb) : enterRoundCone(a, b, ra, rb);
    if (hit) {
      if (hit.depth > best.depth) best = { k, u: hit.u, depth: hit.depth };
      continue;
    }
    if (best.k >= 0) continue;
    const miss = outlineGap(a, b, ra, rb);
    if (miss.gap < near.gap) near = { k, u: miss.u, gap: miss.gap, depth: az + miss.u * b[2] };
  }
  const { k, u, depth } = best.k >= 0 ? best : near;
  if (k < 0) return null;
  const o = k * STRIDE;
  const segment = tree.segment[k]!;
  const [from, to] = [tree.along[2 * k]!, tree.along[2 * k + 1]!];
  const point = [0, 1, 2].map((c) => f[o + c]! + u * (f[o + 4 + c]! - f[o + c]!)) as unknown as Vec3;
  return { segment, section: tree.sectionOf[segment]!, x: from + u * (to - from), point, depth };
}

interface Entry {
  u: number;
  depth: number;
}

/**
 * Where a ray along the view axis through the origin enters a round cone: the union of the balls of radius
 * `ra - u (ra - rb)` about `a + u b`. The ball that touches a surface point q is at
 * u = (b.q - g ra) / (b.b - g g), g = ra - rb, which makes the surface a quadric in the ray's depth.
 */
export function enterRoundCone(a: Vec3, b: Vec3, ra: number, rb: number): Entry | null {
  const g = ra - rb;
  const d2 = dot(b, b) - g * g;
  let end = ra >= rb ? 0 : 1;
  if (d2 > 1e-12) {
    const w = -(b[0] * a[0] + b[1] * a[1]) - g * ra;
    const A = 1 - (b[2] * b[2]) / d2;
    const B = (-w * b[2]) / d2;
    const C = a[0] * a[0] + a[1] * a[1] - ra * ra - (w * w) / d2;
    const D = B * B - A * C;
    if (D >= 0 && Math.abs(A) > 1e-9) {
      const t = (-B + Math.sqrt(D)) / A;
      const u = (w + b[2] * t) / d2;
      if (u >= 0 && u <= 1) return { u, depth: a[2] + t };
    }
    const first = enterBall(a, b, ra, rb, 0);
    const last = enterBall(a, b, ra, rb, 1);
    if (!first || !last) return first ?? last;
    end = first.depth > last.depth ? 0 : 1;
  }
  return enterBall(a, b, ra, rb, end);
}

function enterBall(a: Vec3, b: Vec3, ra: number, rb: number, end: number): Entry | null {
  const [x, y, r] = [a[0] + end * b[0], a[1] + end * b[1], end ? rb : ra];
  const under = r * r - x * x - y * y;
  return under < 0 ? null : { u: end, depth: a[2] + end * b[2] + Math.sqrt(under) };
}

/** Where the ray enters a flat-cut frustum, by its side or by one of its two faces. */
export function enterFrustum(a: Vec3, b: Vec3, ra: number, rb: number): Entry | null {
  const b2 = dot(b, b);
  if (b2 < 1e-12) return null;
  const g = ra - rb;
  const s0 = -(b[0] * a[0] + b[1] * a[1]) / b2;
  const k = b[2] / b2;
  const c2 = b2 + g * g;
  const A = 1 - c2 * k * k;
  const B = (ra * g - c2 * s0) * k;
  const C = a[0] * a[0] + a[1] * a[1] - ra * ra + 2 * ra * g * s0 - c2 * s0 * s0;
  const entries: Entry[] = [];
  const D = B * B - A * C;
  if (D >= 0 && Math.abs(A) > 1e-12) {
    for (const t of [(-B + Math.sqrt(D)) / A, (-B - Math.sqrt(D)) / A]) {
      const u = s0 + k * t;
      if (u >= 0 && u <= 1) entries.push({ u, depth: a[2] + t });
    }
  }
  for (const end of [0, 1]) {
    if (Math.abs(b[2]) < 1e-9) break;
    const t = (end - s0) / k;
    const away: Vec3 = [-a[0] - end * b[0], -a[1] - end * b[1], t - end * b[2]];
    const r = end ? rb : ra;
    if (dot(away, away) <= r * r) entries.push({ u: end, depth: a[2] + t });
  }
  return entries.reduce<Entry | null>((top, e) => (top && top.depth >= e.depth ? top : e), null);
}

/** How far the origin lies outside the outline of the piece as seen, and the nearest place on its axis. */
function outlineGap(a: Vec3, b: Vec3, ra: number, rb: number): { u: number; gap: number } {
  const b2 = b[0] * b[0] + b[1] * b[1];
  const u = b2 > 0 ? Math.min(1, Math.max(0, -(a[0] * b[0] + a[1] * b[1]) / b2)) : 0;
  return { u, gap: Math.hypot(a[0] + u * b[0], a[1] + u * b[1]) - (ra + u * (rb - ra)) };
}
