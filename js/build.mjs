// Bundles the browser components into the Python package: two ES modules (with and without three.js) and one sheet.
import { fileURLToPath } from "node:url";
import { build, context } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const options = {
  entryPoints: {
    spatial: here("src/spatial.ts"),
    plain: here("src/plain.ts"),
    rheobase: here("src/rheobase.css"),
  },
  outdir: here("../src/rheobase/widgets/static"),
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: !process.argv.includes("--watch"),
  legalComments: "none",
  // A page of ours carries these bundles inline; a stray AMD loader on it must not capture a dependency.
  define: { "define.amd": "false" },
  logLevel: "warning",
};

if (process.argv.includes("--watch")) {
  const watcher = await context(options);
  await watcher.watch();
} else {
  await build(options);
}
