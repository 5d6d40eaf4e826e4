// Where the parts of a kinetic scheme are drawn: nodes, the pair of arrows between two of them, and a first layout.

export interface Point {
  x: number;
  y: number;
}

export interface Node extends Point {
  name: string;
}

export interface Edge {
  source: string;
  target: string;
}

/** Of a state, in units of the canvas. */
export const RADIUS = 24;
/** The smallest canvas; it grows with what lies on it. */
export const CANVAS = { width: 480, height: 260 };
/** Free room around the outermost states. */
const MARGIN = 44;
/** Positions snap to it. */
export const GRID = 10;
/** How far each of the two arrows lies from the line between the centres. */
const APART = 4;
const HEAD = 8;

export function snap({ x, y }: Point): Point {
  return { x: Math.round(x / GRID) * GRID, y: Math.round(y / GRID) * GRID };
}

/** `[left, top, width, height]` of the view that holds all nodes and at least the plain canvas. */
export function viewOf(nodes: readonly Point[]): [number, number, number, number] {
  const left = Math.min(0, ...nodes.map(({ x }) => x - MARGIN));
  const top = Math.min(0, ...nodes.map(({ y }) => y - MARGIN));
  const right = Math.max(CANVAS.width, ...nodes.map(({ x }) => x + MARGIN));
  const bottom = Math.max(CANVAS.height, ...nodes.map(({ y }) => y + MARGIN));
  return [left, top, right - left, bottom - top];
}

/** Where the arrows between two states run: the forward one and the backward one, and where their name stands. */
export interface Arrows {
  forward: string;
  backward: string;
  /** The line between the rims, for a wide invisible target. */
  line: [Point, Point];
  label: Point;
  /** Degrees by which the name is turned so that it is never upside down. */
  turn: number;
}

export function arrowsBetween(from: Point, to: Point): Arrows {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(dx, dy) || 1;
  const [ux, uy] = [dx / length, dy / length];
  // To the left of the way from source to target, which is above a line that runs to the right.
  const [nx, ny] = [uy, -ux];
  const rim = Math.min(RADIUS + 4, length / 2 - 1);
  const at = (along: number, aside: number): Point => ({
    x: from.x + ux * along + nx * aside,
    y: from.y + uy * along + ny * aside,
  });
  const barbed = (start: number, end: number, aside: number): string => {
    const back = end > start ? -HEAD : HEAD;
    return `M${point(at(start, aside))}L${point(at(end, aside))}L${point(at(end + back, aside * 2.4))}`;
  };
  const turn = (Math.atan2(dy, dx) * 180) / Math.PI;
  const upright = turn > 90 ? turn - 180 : turn <= -90 ? turn + 180 : turn;
  const above = upright === turn ? 1 : -1;
  return {
    forward: barbed(rim, length - rim, APART),
    backward: barbed(length - rim, rim, -APART),
    line: [at(rim, 0), at(length - rim, 0)],
    label: at(length / 2, above * (APART + 9)),
    turn: upright,
  };
}

function point({ x, y }: Point): string {
  return `${Number(x.toFixed(2))} ${Number(y.toFixed(2))}`;
}

/** The node under a point, the nearest one where several are. */
export function nodeAt<T extends Node>(nodes: readonly T[], { x, y }: Point, reach = RADIUS): T | null {
  let best: T | null = null;
  let nearest = reach;
  for (const node of nodes) {
    const distance = Math.hypot(node.x - x, node.y - y);
    if (distance <= nearest) [best, nearest] = [node, distance];
  }
  return best;
}

/** Where the next state goes: at `wish` if that is free, else on the next free place to its right or below. */
export function freePlace(nodes: readonly Point[], wish: Point): Point {
  const taken = ({ x, y }: Point) => nodes.some((node) => Math.hypot(node.x - x, node.y - y) < 3 * RADIUS);
  for (let row = 0; row < 40; row++) {
    for (let column = 0; column < 6; column++) {
      const place = snap({ x: wish.x + column * 100, y: wish.y + row * 80 });
      if (!taken(place)) return place;
    }
  }
  return snap(wish);
}

/** The states as placed; where none was placed, in columns by their distance from the first. */
export function arranged<T extends Node>(nodes: readonly T[], edges: readonly Edge[]): T[] {
  const first = nodes[0];
  if (nodes.length < 2 || !first || nodes.some(({ x, y }) => x !== first.x || y !== first.y)) {
    return first && nodes.length === 1 && first.x === 0 && first.y === 0
      ? [{ ...first, x: CANVAS.width / 2, y: CANVAS.height / 2 }]
      : [...nodes];
  }
  const columns = distances(nodes, edges);
  const count = Math.max(...columns) + 1;
  const rows = Array.from({ length: count }, (_, column) => columns.filter((each) => each === column).length);
  const placed = new Array<number>(count).fill(0);
  const gapX = count > 1 ? Math.min(140, (CANVAS.width - 2 * MARGIN) / (count - 1)) : 0;
  const left = (CANVAS.width - gapX * (count - 1)) / 2;
  return nodes.map((node, index) => {
    const column = columns[index]!;
    const row = placed[column]!++;
    const y = CANVAS.height / 2 + (row - (rows[column]! - 1) / 2) * 90;
    return { ...node, ...snap({ x: left + column * gapX, y }) };
  });
}

/** How many transitions lead from the first node to each; what is not connected stands in a column of its own. */
function distances(nodes: readonly Node[], edges: readonly Edge[]): number[] {
  const found = new Map<string, number>([[nodes[0]!.name, 0]]);
  const queue = [nodes[0]!.name];
  while (queue.length > 0) {
    const name = queue.shift()!;
    for (const { source, target } of edges) {
      const other = source === name ? target : target === name ? source : null;
      if (other === null || found.has(other)) continue;
      found.set(other, found.get(name)! + 1);
      queue.push(other);
    }
  }
  const beyond = Math.max(...found.values()) + 1;
  return nodes.map(({ name }) => found.get(name) ?? beyond);
}

/** The nearest node in the direction of an arrow key, for walking the scheme without a mouse. */
export function towards<T extends Node>(nodes: readonly T[], from: T, dx: number, dy: number): T | null {
  let best: T | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const node of nodes) {
    if (node.name === from.name) continue;
    const along = (node.x - from.x) * dx + (node.y - from.y) * dy;
    const aside = Math.abs((node.x - from.x) * dy - (node.y - from.y) * dx);
    if (along <= 0) continue;
    const cost = along + 2 * aside;
    if (cost < least) [best, least] = [node, cost];
  }
  return best;
}
