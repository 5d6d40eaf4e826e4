// The one door between anywidget and the components: a widget's `component` trait names what to mount.

import type { Component, Model } from "./model";
import { createStore } from "./store";

interface RenderArguments {
  model: Model;
  el: HTMLElement;
}

export interface Widget {
  render(context: RenderArguments): () => void;
}

/** An anywidget front end that mounts one of `components`, each on a page-side store of its own. */
export function widget(components: Record<string, Component>): Widget {
  return {
    render({ model, el }) {
      const name = String(model.get("component"));
      const mount = components[name];
      if (!mount) throw new Error(`rheobase: this bundle has no component named "${name}"`);
      return mount(el, model, createStore());
    },
  };
}
