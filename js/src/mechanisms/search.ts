// Finding a mechanism by what a person remembers of it.

export interface Listed {
  name: string;
  kind: "density" | "point" | "artificial";
  title: string;
  ions: string[];
  /** The paper, or the title of the file. */
  source: string;
  /** "built in", or the name of a file. */
  origin: string;
  /** Names and meanings of its parameters. */
  words: string;
}

const KINDS = { density: "density mechanism", point: "point process", artificial: "artificial cell" };

export function kindInWords(kind: Listed["kind"]): string {
  return KINDS[kind];
}

/** The listed mechanisms that have every word of `query` somewhere, those named so first. */
export function find(listed: readonly Listed[], query: string): Listed[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const rank = (entry: Listed): number => {
    const name = entry.name.toLowerCase();
    const ions = entry.ions.map((ion) => ion.toLowerCase());
    const rest = `${entry.title} ${entry.source} ${entry.origin} ${entry.words} ${KINDS[entry.kind]}`
      .toLowerCase()
      .split(/\W+/);
    let worst = 0;
    for (const word of words) {
      const place = name === word ? 0 : name.startsWith(word) ? 1 : ions.includes(word) ? 2 : 3;
      if (place < 3) worst = Math.max(worst, place);
      else if (name.includes(word) || rest.some((each) => each.startsWith(word))) worst = Math.max(worst, 3);
      else return Number.POSITIVE_INFINITY;
    }
    return worst;
  };
  return listed
    .map((entry, index) => ({ entry, index, rank: rank(entry) }))
    .filter(({ rank }) => Number.isFinite(rank))
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ entry }) => entry);
}
