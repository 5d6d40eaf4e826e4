// The bundle with three.js: tools that show a tree.

import { cellBuilder } from "./cell_builder";
import { impedance } from "./impedance";
import { import3d } from "./import3d";
import { modelView } from "./model_view";
import { plots } from "./plots";
import { widget } from "./render";
import { morphologyViewer, mountViewer } from "./viewer";
import { workbench } from "./workbench/workbench";

export default widget({
  viewer: morphologyViewer,
  workbench: workbench(mountViewer),
  cell_builder: cellBuilder(mountViewer),
  import3d,
  model_view: modelView(mountViewer),
  impedance: impedance(mountViewer),
  plots: plots(mountViewer),
});
