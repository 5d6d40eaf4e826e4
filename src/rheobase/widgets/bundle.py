"""The browser side as it was built from `js/` into this package."""

import os
from pathlib import Path

STATIC = Path(__file__).parent / "static"

_UNBUILT = """export default { render({ el }) {
  el.textContent = "The browser part of rheobase is not built. In its folder js/ run: npm ci && npm run build";
} };"""


def bundle(name: str) -> str | Path:
    """The text of a built file: `spatial.js`, `plain.js` or `rheobase.css`.

    Its path instead with `ANYWIDGET_HMR=1` in the environment, so that anywidget follows each rebuild; only then,
    because a path keeps every widget alive. A script that was never built becomes one that says so.
    """
    path = STATIC / name
    if not path.is_file():
        return _UNBUILT if path.suffix == ".js" else ""
    return path if os.environ.get("ANYWIDGET_HMR") == "1" else path.read_text(encoding="utf-8")
