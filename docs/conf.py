"""Configuration of the documentation."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version as installed_version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

os.environ["PLOTLY_RENDERER"] = "notebook_connected"  # figures as HTML, for pages that no kernel stands behind

project = "Rheobase"
author = "The Rheobase developers"
copyright = f"2026, {author}"  # noqa: A001 - Sphinx's name
release = version = installed_version("rheobase")

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.mathjax", "markdown_docstrings"]
exclude_patterns = ["_build"]
nitpicky = False

myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "auto"  # code cells in the guide are run, so that what it shows is what happens
nb_execution_raise_on_error = True
nb_execution_timeout = 300

autodoc_class_signature = "mixed"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
add_module_names = False

html_theme = "pydata_sphinx_theme"
html_title = "Rheobase"
html_static_path = ["_static"]
html_theme_options = {
    "navigation_with_keys": True,
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
}
