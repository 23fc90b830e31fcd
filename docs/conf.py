"""The site: every page of docs/, of the top of the repository and of the shipped worlds, as one Sphinx project.

The source folder is the repository (``sphinx-build -c docs . OUT``), so that a relative link to a `.md` file leads to
the same page on a code host and in the site. ``python docs/tools/build.py`` builds and checks it.
"""

import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "tools"), str(HERE.parent)]

import coercion_sim  # noqa: E402

project = "coercion_sim"
author = "The coercion_sim developers"
copyright = author  # noqa: A001
version = release = coercion_sim.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "docs/index"
include_patterns = [
    "docs/**", "README.md", "CONTRIBUTING.md", "ATTRIBUTION.md", "CHANGELOG.md", "benchmarks/README.md",
    "scenarios/worlds/*/README.md",
]  # fmt: skip
exclude_patterns = ["build", "results", ".*", "coercion_sim", "tests", "dist"]

myst_heading_anchors = 4
myst_links_external_new_tab = False
suppress_warnings = ["ref.python"]  # a word of a docstring that two classes have as an attribute
nb_execution_mode = "off"  # tests run the notebooks, and what they print is committed
smartquotes = False  # two hyphens begin an option
default_role = "code"
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True
maximum_signature_line_length = 100

html_theme = "furo"
html_title = "coercion_sim"
html_show_sourcelink = False
html_copy_source = False
html_static_path = ["tools/static"]
html_css_files = ["site.css"]
html_js_files = ["search.js"]
pygments_style, pygments_dark_style = "a11y-high-contrast-light", "a11y-high-contrast-dark"


def setup(app: Any) -> None:
    """Fill in the parts of pages that come from the code, and the contents of the site from its first page."""
    import pages
    from pygments.lexers.special import TextLexer

    app.add_lexer("csv", TextLexer)
    app.connect("source-read", pages.fill_in)
    app.connect("build-finished", pages.first_page)
