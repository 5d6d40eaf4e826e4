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

/**
 * Keeps JupyterLab's shortcuts off what has the focus in a widget: arrows belong to a slider, D D does not delete the
 * cell. Lumino asks for this mark on the focused element itself.
 */
function keepKeys(event: Event): void {
  (event.target as HTMLElement).dataset.lmSuppressShortcuts = "true";
}

/** An anywidget front end that mounts one of `components`, each on a page-side store of its own. */
export function widget(components: Record<string, Component>): Widget {
  return {
    render({ model, el }) {
      const name = String(model.get("component"));
      const mount = components[name];
      if (!mount) throw new Error(`rheobase: this bundle has no component named "${name}"`);
      el.addEventListener("focusin", keepKeys);
      const unmount = mount(el, model, createStore());
      return () => {
        el.removeEventListener("focusin", keepKeys);
        unmount();
      };
    },
  };
}
