// Page-side state that the components of one widget share and Python need not know.

export interface Place {
  section: string;
  x: number;
}

export interface State {
  selection: Place | null;
  timeCursor: number | null;
  theme: "light" | "dark";
}

export interface Store {
  get<K extends keyof State>(key: K): State[K];
  set<K extends keyof State>(key: K, value: State[K]): void;
  subscribe<K extends keyof State>(key: K, callback: (value: State[K]) => void): () => void;
}

export function createStore(): Store {
  const state: State = { selection: null, timeCursor: null, theme: "light" };
  const callbacks = new Map<keyof State, Set<(value: never) => void>>();
  return {
    get: (key) => state[key],
    set(key, value) {
      if (Object.is(state[key], value)) return;
      state[key] = value;
      for (const callback of callbacks.get(key) ?? []) callback(value as never);
    },
    subscribe(key, callback) {
      const known = callbacks.get(key) ?? new Set();
      callbacks.set(key, known);
      known.add(callback);
      return () => known.delete(callback);
    },
  };
}
