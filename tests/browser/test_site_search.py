"""The search of the site, opened from a folder: it finds pages, and nothing is fetched in vain."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.browser import severe

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
#: Two pages with the theme and the scripts of the site.
CONF = """
import sys
sys.path[:0] = [{docs!r}]
import conf as site
extensions, html_theme, html_js_files = ["myst_nb"], site.html_theme, site.html_js_files
html_static_path = [{static!r}]
"""


def built(folder: Path) -> Path:
    """A small site, built as the whole one is."""
    source = folder / "source"
    source.mkdir()
    docs = ROOT / "docs"
    (source / "conf.py").write_text(CONF.format(docs=str(docs), static=str(docs / "tools" / "static")))
    (source / "index.md").write_text("# Start\n\n```{toctree}\nburdens\n```\n")
    (source / "burdens.md").write_text("# Sharing\n\nWho bears the burden of a ban on barley.\n")
    from sphinx.cmd.build import build_main

    assert build_main(["-q", str(source), str(folder / "site")]) == 0
    return folder / "site"


def test_a_word_is_found_without_a_server_and_without_an_error(chromium: Chrome, tmp_path: Path) -> None:
    pytest.importorskip("myst_nb", reason="the extra `docs` is not installed")
    from selenium.webdriver.support.ui import WebDriverWait

    chromium.get((built(tmp_path) / "index.html").as_uri())
    box = chromium.find_element("css selector", "input[name=q]")
    box.send_keys("barley")
    box.submit()
    found = WebDriverWait(chromium, 60).until(lambda c: c.find_elements("css selector", "#search-results li a"))
    assert [link.text for link in found] == ["Sharing"]
    found[0].click()
    WebDriverWait(chromium, 60).until(lambda c: c.title.startswith("Sharing"))
    assert severe(chromium) == []
