// How a neurite and a soma are drawn: one quad a piece, on which the shader solves the exact round cone.

import {
  BackSide,
  BufferAttribute,
  BufferGeometry,
  Color,
  DataTexture,
  GLSL3,
  InterleavedBuffer,
  InterleavedBufferAttribute,
  NearestFilter,
  RawShaderMaterial,
  RedFormat,
  RGBAFormat,
  Sphere,
  UnsignedByteType,
  Vector3,
} from "three";
import { STRIDE } from "./frusta";
import { sweptSurface } from "./soma";
import type { Tree } from "./tree";

const TEXTURE_WIDTH = 1024;

/** The uniforms that neurites, somata and their outlines share. */
export interface SharedUniforms {
  values: { value: DataTexture };
  table: { value: DataTexture };
  /** 255 for a highlighted segment, 0 for any other. */
  lit: { value: DataTexture };
  /** How far the others fade into the paper while some are highlighted, 0 to 1. */
  fade: { value: number };
  paper: { value: Color };
  ink: { value: Color };
  /** um per CSS pixel. */
  pixel: { value: number };
  /** um per device pixel. */
  grain: { value: number };
  reach: { value: number };
  [name: string]: { value: unknown };
}

export function sharedUniforms(): SharedUniforms {
  const table = new DataTexture(new Uint8Array(256 * 4), 256, 1, RGBAFormat, UnsignedByteType);
  table.minFilter = table.magFilter = NearestFilter;
  return {
    values: { value: valueTexture(1) },
    table: { value: table },
    lit: { value: valueTexture(1) },
    fade: { value: 0 },
    paper: { value: new Color(1, 1, 1) },
    ink: { value: new Color(0, 0, 0) },
    pixel: { value: 1 },
    grain: { value: 1 },
    reach: { value: 1 },
  };
}

/** One byte a segment, in rows of 1024. */
export function valueTexture(nSegments: number): DataTexture {
  const rows = Math.max(1, Math.ceil(nSegments / TEXTURE_WIDTH));
  const texture = new DataTexture(
    new Uint8Array(rows * TEXTURE_WIDTH),
    TEXTURE_WIDTH,
    rows,
    RedFormat,
    UnsignedByteType,
  );
  texture.minFilter = texture.magFilter = NearestFilter;
  texture.unpackAlignment = 1;
  return texture;
}

const COMMON = /* glsl */ `
precision highp float;
precision highp int;
uniform mat4 projectionMatrix;
uniform float pixel;
uniform float grain;
uniform float reach;
// A dark edge sets a neurite off from the paper and from what it crosses; on thin ones it is but a hint.
// What is highlighted has an edge that is seen at any width, and lies before all else.
float rimOf(float radius, float chosen) {
  return pixel * mix(mix(0.3, 0.9, smoothstep(1.0, 3.0, radius / pixel)), 1.4, chosen);
}
`;

const COLOUR_OF_SEGMENT = /* glsl */ `
uniform sampler2D values;
uniform sampler2D table;
uniform sampler2D lit;
ivec2 cellOf(float segment) {
  int i = int(segment + 0.5);
  return ivec2(i & ${TEXTURE_WIDTH - 1}, i / ${TEXTURE_WIDTH});
}
vec3 colourOf(float segment) {
  float byte = texelFetch(values, cellOf(segment), 0).r;
  return texelFetch(table, ivec2(int(byte * 255.0 + 0.5), 0), 0).rgb;
}
float chosenOf(float segment) { return texelFetch(lit, cellOf(segment), 0).r; }
`;

// A soft key light from the upper left, a fill from the eye, and a fade into the paper with depth. `thick` is the
// radius in CSS pixels: on a line two pixels wide shading would only be noise in the colour that is to be read.
const SHADING = /* glsl */ `
uniform vec3 paper;
uniform vec3 ink;
uniform float fade;
vec3 edgeOf(vec3 colour, float chosen) { return mix(mix(colour, ink, 0.5) * 0.78, mix(colour, ink, 0.8), chosen); }
vec3 faded(vec3 colour, float z, float chosen) {
  float deep = 0.42 * (1.0 - smoothstep(-1.0, 0.35, z / reach));
  return mix(colour, paper, mix(1.0 - (1.0 - deep) * (1.0 - fade), 0.5 * deep, chosen));
}
vec3 shaded(vec3 colour, vec3 n, float thick) {
  float key = 0.5 + 0.5 * dot(n, normalize(vec3(-0.45, 0.65, 0.62)));
  float light = 0.62 + 0.5 * key * key;
  float gleam = 0.10 * pow(max(dot(n, normalize(vec3(-0.25, 0.36, 0.9))), 0.0), 24.0);
  vec3 lit = colour * light + gleam;
  return mix(colour, lit, smoothstep(0.8, 3.5, thick));
}
`;

const NEURITE_VERTEX = /* glsl */ `
${COMMON}
uniform mat4 modelViewMatrix;
${COLOUR_OF_SEGMENT}
in vec4 from;
in vec4 to;
in float segment;
out vec2 at;
flat out vec3 a;
flat out vec3 b;
flat out vec2 r;
flat out vec3 colour;
flat out float chosen;
void main() {
  vec2 corner = vec2((gl_VertexID + 1 & 2) - 1, (gl_VertexID & 2) - 1);
  a = (modelViewMatrix * vec4(from.xyz, 1.0)).xyz;
  b = (modelViewMatrix * vec4(to.xyz, 1.0)).xyz - a;
  r = max(vec2(from.w, to.w), vec2(pixel));
  colour = colourOf(segment);
  chosen = chosenOf(segment);
  float len = length(b.xy);
  vec2 dir = len > 1e-6 ? b.xy / len : vec2(1.0, 0.0);
  float pad = rimOf(max(r.x, r.y), chosen) + 0.6 * grain;
  float along = corner.x < 0.0 ? -(r.x + pad) : len + r.y + pad;
  float across = corner.y * (max(r.x, r.y) + pad);
  at = dir * along + vec2(-dir.y, dir.x) * across;
  gl_Position = projectionMatrix * vec4(a.xy + at, a.z, 1.0);
}
`;

// The ball of radius r.x - u g about a + u b that touches a surface point q is at u = (b.q - g r.x) / (b.b - g g);
// that turns the surface into a quadric in the ray's depth, solved in closed form (see pick.ts for the same on the CPU).
const NEURITE_FRAGMENT = /* glsl */ `
${COMMON}
${SHADING}
in vec2 at;
flat in vec3 a;
flat in vec3 b;
flat in vec2 r;
flat in vec3 colour;
flat in float chosen;
out vec4 result;

void main() {
  float g = r.x - r.y;
  float flat2 = dot(b.xy, b.xy);
  float inside = g > 0.0 ? 0.0 : 1.0;
  float u = inside;
  if (flat2 > g * g) {
    float len = sqrt(flat2);
    float s = dot(at, b.xy) / len;
    float t = abs(at.x * b.y - at.y * b.x) / len;
    u = clamp((s - t * g / sqrt(flat2 - g * g)) / len, 0.0, 1.0);
  }
  float radius = r.x - u * g;
  float gap = length(at - u * b.xy) - radius;
  float cover = clamp(0.5 + (rimOf(radius, chosen) - gap) / grain, 0.0, 1.0);
  if (cover <= 0.0) discard;

  float z = u * b.z;
  vec3 n = vec3(0.0, 0.0, 1.0);
  // A line this thin shows no surface: its axis will do, and most of a whole cell is drawn much faster.
  if (max(r.x, r.y) > 1.5 * pixel) {
    float d2 = dot(b, b) - g * g;
    bool onBody = false;
    if (d2 > 1e-9) {
      float w = dot(b.xy, at) - g * r.x;
      float A = 1.0 - b.z * b.z / d2;
      float B = -w * b.z / d2;
      float C = dot(at, at) - r.x * r.x - w * w / d2;
      float D = B * B - A * C;
      if (D >= 0.0 && abs(A) > 1e-7) {
        float t = (-B + sqrt(D)) / A;
        float v = (w + b.z * t) / d2;
        if (v >= 0.0 && v <= 1.0) {
          onBody = true;
          z = t;
          radius = r.x - v * g;
          n = (vec3(at, t) - v * b) / radius;
        }
      }
    }
    if (!onBody) {
      vec2 p = at;
      vec2 q = at - b.xy;
      float hp = r.x * r.x - dot(p, p);
      float hq = r.y * r.y - dot(q, q);
      float zp = hp >= 0.0 ? sqrt(hp) : -1e9;
      float zq = hq >= 0.0 ? b.z + sqrt(hq) : -1e9;
      if (max(zp, zq) > -1e8) {
        z = max(zp, zq);
        n = zp > zq ? vec3(p, zp) / r.x : vec3(q, zq - b.z) / r.y;
      }
    }
  }
  float outline = smoothstep(-0.5 * grain, 0.5 * grain, gap);
  // The outline lies behind the neurite, so that it never cuts across the piece that goes on from this one.
  float depth = a.z + z - outline * (2.0 * radius + 2.0 * pixel) + chosen * reach;
  vec3 lit = mix(shaded(colour, n, radius / pixel), edgeOf(colour, chosen), outline);
  result = vec4(faded(lit, a.z + z + FAR, chosen), cover);
  gl_FragDepth = 0.5 + 0.5 * (projectionMatrix[2][2] * depth + projectionMatrix[3][2]);
}
`;

const BODY_VERTEX = /* glsl */ `
${COMMON}
uniform mat4 modelViewMatrix;
uniform float grow;
${COLOUR_OF_SEGMENT}
in vec3 position;
in vec3 normal;
in float segment;
out vec3 n;
out float z;
flat out vec3 colour;
flat out float chosen;
void main() {
  vec4 p = modelViewMatrix * vec4(position, 1.0);
  n = mat3(modelViewMatrix) * normal;
  vec2 side = n.xy;
  float size = length(side);
  chosen = chosenOf(segment);
  if (size > 1e-4) p.xy += side / size * grow * mix(1.0, 2.0, chosen) * pixel;
  z = p.z;
  colour = colourOf(segment);
  p.z += chosen * reach;
  gl_Position = projectionMatrix * p;
}
`;

const BODY_FRAGMENT = /* glsl */ `
${COMMON}
${SHADING}
uniform float grow;
in vec3 n;
in float z;
flat in vec3 colour;
flat in float chosen;
out vec4 result;
void main() {
  vec3 lit = grow > 0.0 ? edgeOf(colour, chosen) : shaded(colour, normalize(n), 100.0);
  result = vec4(faded(lit, z + FAR, chosen), 1.0);
}
`;

/** The camera stands this many reaches from the target; see `Turntable.apply`. */
const FAR = "4.0 * reach";

function shader(text: string): string {
  return text.replaceAll("FAR", FAR);
}

export function neuriteMaterial(uniforms: SharedUniforms): RawShaderMaterial {
  return new RawShaderMaterial({
    glslVersion: GLSL3,
    uniforms,
    vertexShader: NEURITE_VERTEX,
    fragmentShader: shader(NEURITE_FRAGMENT),
    alphaToCoverage: true,
  });
}

/** The surface of somata or, with `grow` pixels, the rim behind it. */
export function bodyMaterial(uniforms: SharedUniforms, grow: number): RawShaderMaterial {
  const material = new RawShaderMaterial({
    glslVersion: GLSL3,
    uniforms: { ...uniforms, grow: { value: grow } },
    vertexShader: BODY_VERTEX,
    fragmentShader: shader(BODY_FRAGMENT),
  });
  if (grow > 0) material.side = BackSide;
  return material;
}

/**
 * Four corners a piece, each carrying the whole piece. Not instanced: a software renderer starts a draw of its own for
 * every instance, which at 15,000 pieces costs most of the frame.
 */
export function neuriteGeometry(tree: Tree): BufferGeometry {
  const kept: number[] = [];
  for (let k = 0; k < tree.segment.length; k++) if (!tree.body[k]) kept.push(k);
  const pieces = new Float32Array(kept.length * 4 * STRIDE);
  const segment = new Float32Array(kept.length * 4);
  const index = new Uint32Array(kept.length * 6);
  for (const [i, k] of kept.entries()) {
    const piece = tree.frusta.subarray(k * STRIDE, (k + 1) * STRIDE);
    for (let corner = 0; corner < 4; corner++) pieces.set(piece, (4 * i + corner) * STRIDE);
    segment.fill(tree.segment[k]!, 4 * i, 4 * i + 4);
    index.set([4 * i, 4 * i + 1, 4 * i + 2, 4 * i, 4 * i + 2, 4 * i + 3], 6 * i);
  }
  const both = new InterleavedBuffer(pieces, STRIDE);
  const geometry = new BufferGeometry();
  geometry.setAttribute("from", new InterleavedBufferAttribute(both, 4, 0));
  geometry.setAttribute("to", new InterleavedBufferAttribute(both, 4, 4));
  geometry.setAttribute("segment", new BufferAttribute(segment, 1));
  geometry.setIndex(new BufferAttribute(index, 1));
  geometry.boundingSphere = new Sphere(new Vector3(...tree.centre), tree.radius);
  return geometry;
}

export function bodyGeometry(tree: Tree): BufferGeometry {
  const runs: number[][] = [];
  let last = -1;
  for (let k = 0; k < tree.segment.length; k++) {
    if (!tree.body[k]) continue;
    const section = tree.sectionOf[tree.segment[k]!]!;
    if (section !== last) runs.push([]);
    last = section;
    runs.at(-1)!.push(k);
  }
  const surface = sweptSurface(tree.frusta, tree.segment, runs);
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(surface.position, 3));
  geometry.setAttribute("normal", new BufferAttribute(surface.normal, 3));
  geometry.setAttribute("segment", new BufferAttribute(surface.segment, 1));
  geometry.setIndex(new BufferAttribute(surface.index, 1));
  geometry.boundingSphere = new Sphere(new Vector3(...tree.centre), tree.radius);
  return geometry;
}
