"""The notebook's table is well-formed whatever it holds, and figures are drawn by the function that is installed."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coercion_sim.notebook import Plotted, html_table

cells = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=8)


class Cells(HTMLParser):
    """Reads a table back: its caption and the text of its rows; tags have to close in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[list[tuple[str, str]]] = []
        self.caption = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self.rows[-1].append((dict(attrs).get("scope", ""), ""))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1] == "caption":
            self.caption += data
        else:
            scope, text = self.rows[-1][-1]
            self.rows[-1][-1] = (scope, text + data)


@given(cells, st.lists(st.tuples(cells, cells, cells), max_size=4))
@example("<i>&amp;", [("<b>&lt;</b>", "</td>", "a < b & c")])
def test_any_text_comes_back_from_the_cells(caption: str, rows: list[tuple[str, str, str]]) -> None:
    parser = Cells()
    parser.feed(html_table(caption, ("a", "<b>", "c&d"), rows))
    parser.close()
    assert parser.open == []
    assert parser.caption == caption
    head, *body = parser.rows
    assert head == [("col", "a"), ("col", "<b>"), ("col", "c&d")]
    assert body == [[("row", first), ("", second), ("", third)] for first, second, third in rows]


def test_a_table_without_rows_has_its_header_alone() -> None:
    assert html_table("", ("x",), ()).count("<tr>") == 1


def test_plot_calls_the_installed_function_with_everything_given(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[Any, ...]] = []

    def draw(thing: Plotted, kind: str | None, outcome: str | None, **options: Any) -> str:
        calls.append((thing, kind, outcome, options))
        return "figure"

    monkeypatch.setattr(Plotted, "drawn_by", staticmethod(draw))

    class Mine(Plotted):
        pass

    mine = Mine()
    assert mine.plot() == mine.plot("paths", "burden", width=3.5, states=("AUS",)) == "figure"
    assert calls == [(mine, None, None, {}), (mine, "paths", "burden", {"width": 3.5, "states": ("AUS",)})]


def test_importing_the_package_installs_the_function() -> None:
    import coercion_sim  # noqa: F401

    assert callable(Plotted.drawn_by)
