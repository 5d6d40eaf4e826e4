// The bundle without three.js: tools that show no tree.

import { widget } from "./render";

export default widget({});
