export type { Layer, LayerHost } from "./layer";
export { mountScrubber, type Scrubber } from "./scrubber";
export { mountViewer, PLACE_CLICKED, type ViewerOptions } from "./viewer";

import type { Component } from "../model";
import { watchTheme } from "../store";
import { mountViewer } from "./viewer";

/** The viewer as a widget of its own. */
export const morphologyViewer: Component = (el, model, store) => {
  const stop = watchTheme(store);
  const close = mountViewer(el, model, store);
  return () => {
    close();
    stop();
  };
};
