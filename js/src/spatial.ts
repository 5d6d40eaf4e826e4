// The bundle with three.js: tools that show a tree.

import { widget } from "./render";
import { morphologyViewer } from "./viewer";

export default widget({ viewer: morphologyViewer });
