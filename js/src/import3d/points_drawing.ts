// How the traced points are drawn, over or instead of the cell: a dot a point, a line to its parent, a ring as wide as it is.

import {
  BufferAttribute,
  BufferGeometry,
  Color,
  GLSL3,
  Mesh,
  RawShaderMaterial,
  Scene,
  Sphere,
  Vector3,
} from "three";
import type { Rgb } from "../colormaps";
import type { Turntable } from "../viewer/camera";
import { PLACE, type Points } from "./points";

const SHARED = /* glsl */ `
precision highp float;
uniform mat4 projectionMatrix;
uniform mat4 modelViewMatrix;
uniform float pixel;
uniform float grain;
`;

const LINE_VERTEX = /* glsl */ `
${SHARED}
in vec3 from;
in vec3 to;
in vec3 tint;
uniform float width;
out float across;
flat out vec3 colour;
void main() {
  vec2 corner = vec2((gl_VertexID + 1 & 2) - 1, (gl_VertexID & 2) - 1);
  vec3 a = (modelViewMatrix * vec4(from, 1.0)).xyz;
  vec3 b = (modelViewMatrix * vec4(to, 1.0)).xyz;
  vec2 way = b.xy - a.xy;
  float len = length(way);
  vec2 dir = len > 1e-6 ? way / len : vec2(1.0, 0.0);
  float half_width = 0.5 * width * pixel + grain;
  across = corner.y * half_width;
  vec3 end = corner.x < 0.0 ? a : b;
  end.xy += vec2(-dir.y, dir.x) * across;
  colour = tint;
  gl_Position = projectionMatrix * vec4(end, 1.0);
}
`;

const LINE_FRAGMENT = /* glsl */ `
precision highp float;
uniform float pixel;
uniform float grain;
uniform float width;
uniform float strength;
uniform vec4 mono;
in float across;
flat in vec3 colour;
out vec4 result;
void main() {
  float cover = clamp(0.5 + (0.5 * width * pixel - abs(across)) / grain, 0.0, 1.0);
  result = vec4(mix(colour, mono.rgb, mono.a), strength * cover);
}
`;

const DOT_VERTEX = /* glsl */ `
${SHARED}
in vec3 centre;
in float radius;
in vec3 tint;
uniform float dots;
uniform float rings;
out vec2 at;
flat out float wide;
flat out vec3 colour;
void main() {
  vec2 corner = vec2((gl_VertexID + 1 & 2) - 1, (gl_VertexID & 2) - 1);
  wide = rings * radius;
  float reach = max(dots * pixel, wide) + 2.0 * pixel;
  vec3 p = (modelViewMatrix * vec4(centre, 1.0)).xyz;
  at = corner * reach;
  p.xy += at;
  colour = tint;
  gl_Position = projectionMatrix * vec4(p, 1.0);
}
`;

const DOT_FRAGMENT = /* glsl */ `
precision highp float;
uniform float pixel;
uniform float grain;
uniform float dots;
uniform vec4 mono;
in vec2 at;
flat in float wide;
flat in vec3 colour;
out vec4 result;
void main() {
  float r = length(at);
  vec3 drawn = mix(colour, mono.rgb, mono.a);
  float dot_cover = dots > 0.0 ? clamp(0.5 + (dots * pixel - r) / grain, 0.0, 1.0) : 0.0;
  // A ring narrower than the dot on it would only smear it.
  float ring = wide > 1.5 * max(dots, 1.0) * pixel ? clamp(0.5 + (0.6 * pixel - abs(r - wide)) / grain, 0.0, 1.0) : 0.0;
  float disc = ring > 0.0 || (wide > 1.5 * pixel && r < wide) ? 0.07 : 0.0;
  float cover = max(dot_cover, max(0.65 * ring, disc));
  if (cover <= 0.0) discard;
  result = vec4(drawn, cover);
}
`;

const uniforms = () => ({
  pixel: { value: 1 },
  grain: { value: 1 },
  width: { value: 1.5 },
  strength: { value: 0.8 },
  dots: { value: 2 },
  rings: { value: 0 },
  mono: { value: [0, 0, 0, 0] },
});

/** Four corners a quad, in two triangles, of those that `shown` asks for. */
function quads(geometry: BufferGeometry, wanted: readonly number[]): void {
  const index = new Uint32Array(6 * wanted.length);
  for (const [i, quad] of wanted.entries()) {
    const c = 4 * quad;
    index.set([c, c + 1, c + 2, c, c + 2, c + 3], 6 * i);
  }
  geometry.setIndex(new BufferAttribute(index, 1));
}

/** `values` of each item, `size` numbers, four times over. */
function fourfold(values: Float32Array | Uint8Array, size: number): Float32Array | Uint8Array {
  const out =
    values instanceof Uint8Array ? new Uint8Array(4 * values.length) : new Float32Array(4 * values.length);
  for (let i = 0; i < values.length / size; i++)
    for (let corner = 0; corner < 4; corner++)
      out.set(values.subarray(i * size, (i + 1) * size), (4 * i + corner) * size);
  return out;
}

export interface Drawing {
  /** Dots and lines, or nothing of the points. */
  visible: boolean;
  dots: boolean;
  diameters: boolean;
  /** Over the sections made of them, points are drawn in ink, or they would have the colours beneath them. */
  over: boolean;
}

/** The three.js side of the points. */
export class PointsDrawing {
  readonly scene = new Scene();
  private readonly uniforms = uniforms();
  private readonly materials = {
    line: this.material(LINE_VERTEX, LINE_FRAGMENT),
    dot: this.material(DOT_VERTEX, DOT_FRAGMENT),
  };
  private readonly lines = this.mesh(this.materials.line, 0);
  private readonly contours = this.mesh(this.materials.line, 1);
  private readonly dots = this.mesh(this.materials.dot, 2);
  private points: Points | null = null;
  private ink: Rgb = [0, 0, 0];
  private over = false;
  private dotted = true;
  /** How far most points are from their parents, um. */
  private spacing = 1;

  setPoints(points: Points, colourOf: (type: number) => Rgb): void {
    this.points = points;
    const { count, place, parent, type } = points;
    const [from, to, centre, radius] = [3, 3, 3, 1].map((size) => new Float32Array(size * count)) as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const tint = new Uint8Array(3 * count);
    for (let i = 0; i < count; i++) {
      const here = place.subarray(i * PLACE, i * PLACE + 3);
      const above = parent[i]! < 0 ? i : parent[i]!;
      from.set(here, 3 * i);
      to.set(place.subarray(above * PLACE, above * PLACE + 3), 3 * i);
      centre.set(here, 3 * i);
      radius[i] = place[i * PLACE + 3]! / 2;
      tint.set(colourOf(type[i]!), 3 * i);
    }
    this.spacing = spacingOf(points);
    const tints = new BufferAttribute(fourfold(tint, 3), 3, true);
    this.replace(this.lines, { from: [from, 3], to: [to, 3] }, tints);
    this.replace(this.dots, { centre: [centre, 3], radius: [radius, 1] }, tints);
    this.show(new Uint8Array(count).fill(1));
  }

  /** Closed outlines, each of `sizes` points (x, y, z). */
  setContours(xyz: Float32Array, sizes: readonly number[], colour: Rgb): void {
    const [from, to]: [number[], number[]] = [[], []];
    let first = 0;
    for (const size of sizes) {
      for (let i = 0; i < size; i++) {
        const [a, b] = [3 * (first + i), 3 * (first + ((i + 1) % size))];
        from.push(...xyz.subarray(a, a + 3));
        to.push(...xyz.subarray(b, b + 3));
      }
      first += size;
    }
    const count = from.length / 3;
    const tint = new Uint8Array(3 * count);
    for (let i = 0; i < count; i++) tint.set(colour, 3 * i);
    this.replace(
      this.contours,
      { from: [new Float32Array(from), 3], to: [new Float32Array(to), 3] },
      new BufferAttribute(fourfold(tint, 3), 3, true),
    );
    quads(this.contours.geometry, [...Array(count).keys()]);
  }

  /** Draws only the points whose number is 1. */
  show(shown: Uint8Array): void {
    if (!this.points) return;
    const dots: number[] = [];
    const lines: number[] = [];
    for (let i = 0; i < shown.length; i++) {
      if (!shown[i]) continue;
      dots.push(i);
      if (this.points.parent[i]! >= 0) lines.push(i);
    }
    quads(this.lines.geometry, lines);
    quads(this.dots.geometry, dots);
  }

  set(drawing: Drawing): void {
    this.lines.visible = this.contours.visible = drawing.visible;
    this.dots.visible = drawing.visible && (drawing.dots || drawing.diameters);
    this.dotted = drawing.dots;
    this.uniforms.rings.value = drawing.diameters ? 1 : 0;
    this.uniforms.width.value = drawing.over ? 1 : 1.5;
    this.over = drawing.over;
    this.setInk(this.ink);
  }

  setInk(ink: Rgb): void {
    this.ink = ink;
    const { r, g, b } = new Color().setRGB(ink[0] / 255, ink[1] / 255, ink[2] / 255);
    this.uniforms.mono.value = [r, g, b, this.over ? 0.85 : 0];
  }

  prepare(view: Turntable, ratio: number): void {
    this.uniforms.pixel.value = 1 / view.scale;
    this.uniforms.grain.value = 1 / (view.scale * ratio);
    // Seen from afar, dots that run into one another would hide what they lie on, and so would their lines.
    const apart = this.spacing * view.scale;
    const size = Math.min(2.2, 0.3 * apart);
    this.uniforms.dots.value = this.dotted && size > 0.8 ? size : 0;
    this.uniforms.strength.value = this.over ? Math.min(0.8, Math.max(0.3, apart / 10)) : 0.85;
  }

  release(): void {
    for (const mesh of [this.lines, this.dots, this.contours]) mesh.geometry.dispose();
    for (const material of Object.values(this.materials)) material.dispose();
  }

  private replace(mesh: Mesh, numbers: Record<string, [Float32Array, number]>, tints: BufferAttribute): void {
    mesh.geometry.dispose();
    const geometry = new BufferGeometry();
    for (const [name, [values, size]] of Object.entries(numbers))
      geometry.setAttribute(name, new BufferAttribute(fourfold(values, size), size));
    geometry.setAttribute("tint", tints);
    geometry.boundingSphere = new Sphere(new Vector3(), Infinity);
    mesh.geometry = geometry;
  }

  private material(vertexShader: string, fragmentShader: string): RawShaderMaterial {
    return new RawShaderMaterial({
      glslVersion: GLSL3,
      uniforms: this.uniforms,
      vertexShader,
      fragmentShader,
      transparent: true,
      // Points lie inside the cell that is made of them.
      depthTest: false,
      depthWrite: false,
    });
  }

  private mesh(material: RawShaderMaterial, order: number): Mesh {
    const mesh = new Mesh(new BufferGeometry(), material);
    mesh.frustumCulled = false;
    mesh.renderOrder = order;
    this.scene.add(mesh);
    return mesh;
  }
}

/** The median way from a point to its parent, um. */
function spacingOf({ count, place, parent }: Points): number {
  const ways = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const above = parent[i]! < 0 ? i : parent[i]!;
    const [a, b] = [i * PLACE, above * PLACE];
    ways[i] = Math.hypot(place[a]! - place[b]!, place[a + 1]! - place[b + 1]!, place[a + 2]! - place[b + 2]!);
  }
  return ways.sort()[count >> 1] || 1;
}
