import type { Store } from "./store";

/**
 * The part of anywidget's model that the front end keeps to, so that a component also runs on a
 * static page behind a ten-line stand-in.
 */
export interface Model {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  on(event: string, callback: (...args: unknown[]) => void): void;
  off(event: string, callback?: (...args: unknown[]) => void): void;
  save_changes(): void;
  send(content: unknown): void;
}

/** Builds itself inside `el` and returns its clean-up. */
export type Component = (el: HTMLElement, model: Model, store: Store) => () => void;

/** The bytes of a `Bytes` trait, copied: the view may be misaligned for wider numbers. */
function bytesOf(model: Model, name: string): ArrayBuffer {
  const raw = model.get(name);
  if (raw instanceof ArrayBuffer) return raw.slice(0);
  if (ArrayBuffer.isView(raw)) {
    const copy = new Uint8Array(raw.byteLength);
    copy.set(new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength));
    return copy.buffer;
  }
  return new ArrayBuffer(0);
}

export function float32(model: Model, name: string): Float32Array<ArrayBuffer> {
  return new Float32Array(bytesOf(model, name));
}

export function int32(model: Model, name: string): Int32Array<ArrayBuffer> {
  return new Int32Array(bytesOf(model, name));
}

export function uint8(model: Model, name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytesOf(model, name));
}

/** Calls `callback` on a change of any of `names`; returns the way to stop. */
export function onChange(model: Model, names: readonly string[], callback: () => void): () => void {
  const events = names.map((name) => `change:${name}`);
  for (const event of events) model.on(event, callback);
  return () => {
    for (const event of events) model.off(event, callback);
  };
}

/** `callback` once after all traits of one message are set: rows and what they are called must agree. */
export function afterAll(callback: () => void): () => void {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    queueMicrotask(() => {
      waiting = false;
      callback();
    });
  };
}
