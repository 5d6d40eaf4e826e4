// A model without a kernel: traits in a record, events as Backbone's.

import type { Model } from "../src/model";

export interface FakeModel extends Model {
  saved: Record<string, unknown>[];
}

export function fakeModel(traits: Record<string, unknown>): FakeModel {
  const listeners = new Map<string, Set<(...args: unknown[]) => void>>();
  let pending: Record<string, unknown> = {};
  return {
    saved: [],
    get: (name) => traits[name],
    set(name, value) {
      traits[name] = value;
      pending[name] = value;
      for (const listener of listeners.get(`change:${name}`) ?? []) listener();
    },
    on(event, callback) {
      const group = listeners.get(event) ?? new Set();
      group.add(callback);
      listeners.set(event, group);
    },
    off(event, callback) {
      if (callback) listeners.get(event)?.delete(callback);
    },
    save_changes() {
      this.saved.push(pending);
      pending = {};
    },
    send() {},
  };
}

/** What a `Bytes` trait looks like in the browser: a view that starts where wider numbers may not. */
export function wire(values: Float32Array | Int32Array | Uint8Array): DataView {
  const shifted = new Uint8Array(values.byteLength + 1);
  shifted.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), 1);
  return new DataView(shifted.buffer, 1);
}
