"""Lets autodoc read docstrings as Markdown: each is handed whole to MyST, its doctest examples fenced."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from docutils.utils import new_document
from myst_parser.mdit_to_docutils.sphinx_ import SphinxRenderer
from myst_parser.parsers.mdit import create_md_parser
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class Markdown(SphinxDirective):
    """Parses its content as Markdown."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return what the content became."""
        document = new_document(self.get_source_info()[0], self.state.document.settings)
        parser = create_md_parser(self.env.myst_config, SphinxRenderer)
        parser.options["document"] = document
        parser.render("\n".join(self.content))
        return document.children


def _as_markdown(_app: Sphinx, _what: str, _name: str, _object: Any, _options: Any, lines: list[str]) -> None:
    """Put the lines of a docstring under the directive above."""
    if any(line.strip() for line in lines):
        lines[:] = [".. markdown-docstring::", "", *(f"   {line}" for line in _fence_examples(lines)), ""]


def _fence_examples(lines: list[str]) -> list[str]:
    """Fence each doctest example that stands bare, since Markdown takes `>>>` for quotations."""
    fenced: list[str] = []
    in_fence = in_example = False
    for line in lines:
        if line.lstrip().startswith("```"):
            in_fence = not in_fence
        if line.startswith(">>>") and not in_fence and not in_example:
            fenced.append("```pycon")
            in_example = True
        if in_example and not line.strip():
            fenced.append("```")
            in_example = False
        fenced.append(line)
    return [*fenced, "```"] if in_example else fenced


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive and the hook with Sphinx."""
    app.add_directive("markdown-docstring", Markdown)
    app.connect("autodoc-process-docstring", _as_markdown)
    return {"parallel_read_safe": True}
