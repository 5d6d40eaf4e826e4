// The bundle with three.js: tools that show a tree.

import { widget } from "./render";

export default widget({});
