/** What the components of one page share and the kernel need not know at once. */
export interface Place {
  section: string;
  x: number;
}

export type Theme = "light" | "dark";

export interface PageState {
  /** Where the person clicked last on the tree. */
  selection: Place | null;
  /** The moment that every view shows, ms. */
  timeCursor: number | null;
  /** Whether the movie is playing. */
  playing: boolean;
  theme: Theme;
}

export interface Store {
  get<K extends keyof PageState>(key: K): PageState[K];
  set<K extends keyof PageState>(key: K, value: PageState[K]): void;
  subscribe<K extends keyof PageState>(key: K, callback: (value: PageState[K]) => void): () => void;
}

function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  return JSON.stringify(a) === JSON.stringify(b);
}

export function createStore(): Store {
  const state: PageState = { selection: null, timeCursor: null, playing: false, theme: pageTheme() };
  const listeners = new Map<keyof PageState, Set<(value: never) => void>>();
  return {
    get: (key) => state[key],
    set(key, value) {
      if (same(state[key], value)) return;
      state[key] = value;
      for (const listener of [...(listeners.get(key) ?? [])]) listener(value as never);
    },
    subscribe(key, callback) {
      const group = listeners.get(key) ?? new Set();
      group.add(callback);
      listeners.set(key, group);
      return () => group.delete(callback);
    },
  };
}

/** JupyterLab says on the body whether its theme is light; elsewhere the system's preference counts. */
export function pageTheme(): Theme {
  const light = document.body.dataset.jpThemeLight;
  if (light !== undefined) return light === "false" ? "dark" : "light";
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** Keeps `store.theme` at the page's theme; returns the way to stop. */
export function watchTheme(store: Store): () => void {
  const update = () => store.set("theme", pageTheme());
  const observer = new MutationObserver(update);
  observer.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  const query = matchMedia("(prefers-color-scheme: dark)");
  query.addEventListener("change", update);
  update();
  return () => {
    observer.disconnect();
    query.removeEventListener("change", update);
  };
}
