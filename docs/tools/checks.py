"""Checks of the built site: no dead link or anchor, nothing from the internet, every page two clicks from the first."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

#: Elements that fetch what they name, and the attribute that names it; a link (`a`) is followed by the reader alone.
_FETCHES = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src", "object": "data"}
_EMPTY = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
#: Pages that Sphinx makes for itself.
_OWN = {"search.html", "genindex.html", "py-modindex.html"}


class Page(HTMLParser):
    """Anchors of a page, its links (those of its text apart), and what it fetches."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.in_text: list[str] = []
        self.fetched: list[str] = []
        self._inside = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note anchors, links and fetched files of an element."""
        given = dict(attrs)
        self.anchors |= {value for name in ("id", "name") if (value := given.get(name))}
        if self._inside and tag not in _EMPTY:
            self._inside += 1
        elif given.get("role") == "main":
            self._inside = 1
        link = given.get("href")
        if tag == "a" and link:
            self.links.append(link)
            if self._inside:
                self.in_text.append(link)
        fetched = given.get(_FETCHES.get(tag, ""))
        if fetched and given.get("rel") not in ("canonical", "next", "prev", "index", "search", "author"):
            self.fetched.append(fetched)

    def handle_endtag(self, tag: str) -> None:
        """Count the way out of the text."""
        if self._inside and tag not in _EMPTY:
            self._inside -= 1


def problems(site: Path, first: str = "docs/index.html", clicks: int = 2) -> list[str]:
    """Every fault of the site in a folder, one a line."""
    site = site.resolve()
    pages = {
        path: Page(path.read_text("utf-8")) for path in sorted(site.rglob("*.html")) if "_static" not in path.parts
    }
    faults = []
    for path, page in pages.items():
        name = path.relative_to(site).as_posix()
        faults += [f"{name}: dead link {link}" for link in dict.fromkeys(page.links) if _dead(link, path, pages)]
        faults += [f"{name}: fetches {url}" for url in dict.fromkeys(page.fetched) if _outside(url)]
        faults += [
            f"{name}: no such file {url}"
            for url in dict.fromkeys(page.fetched)
            if not _outside(url) and _dead(url, path, {})
        ]
    for style in site.rglob("*.css"):
        urls = re.findall(r"(?:url\(|@import )['\"]?((?:https?:)?//[^'\")\s]+)", style.read_text("utf-8"))
        faults += [f"{style.relative_to(site).as_posix()}: fetches {url}" for url in urls]
    near = reached(site / first, pages, clicks)
    far = [path.relative_to(site).as_posix() for path in pages if path not in near]
    return faults + [
        f"{name}: more than {clicks} clicks from {first}" for name in far if name not in {*_OWN, "index.html"}
    ]


def reached(first: Path, pages: dict[Path, Page], clicks: int) -> set[Path]:
    """Pages that so many clicks in the text of pages lead to."""
    near, edge = {first}, {first}
    for _ in range(clicks):
        edge = {to for path in edge for link in pages[path].in_text if (to := _target(link, path)) in pages} - near
        near |= edge
    return near


def _outside(url: str) -> bool:
    return url.startswith("//") or urlsplit(url).scheme in ("http", "https")


def _target(link: str, path: Path) -> Path | None:
    """File of a link inside the site; None for one that leads out of it."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    return (path.parent / unquote(parts.path)).resolve() if parts.path else path


def _dead(link: str, path: Path, pages: dict[Path, Page]) -> bool:
    """Whether a link inside the site leads to no file, or to no such anchor of a page."""
    target = _target(link, path)
    if target is None:
        return False
    anchor = unquote(urlsplit(link).fragment)
    return not target.is_file() or bool(anchor and target in pages and anchor not in pages[target].anchors)
