"""The site's own code: every command, key and kind of figure is on its pages, and its checks find what they are for."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import coercion_sim
from coercion_sim.cli.app import COMMANDS
from coercion_sim.experiments.plan.model import PlanTable
from coercion_sim.figures import KINDS
from coercion_sim.scenario import load_scenario

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / "docs" / "tools"

pytestmark = pytest.mark.skipif(not TOOLS.is_dir(), reason="documentation not beside the tests")


@pytest.fixture(scope="module")
def tool() -> Any:
    sys.path.insert(0, str(TOOLS))
    yield importlib.import_module
    sys.path.remove(str(TOOLS))


def test_every_command_and_option_is_on_the_page(tool: Callable[[str], Any]) -> None:
    page = tool("pages").commands()
    assert re.findall(r"^## (\S+)$", page, flags=re.M) == list(COMMANDS)
    assert "### world from-csv" in page
    assert "`--style FILE.mplstyle`" in page
    assert "```text\nexports      to a partner" in page  # lines that click keeps stay lines


def test_every_key_of_a_scenario_and_of_a_plan_is_on_the_page(tool: Callable[[str], Any]) -> None:
    keys = tool("pages").scenario_keys()
    economy = keys.partition("### `[economy]`")[2].partition("###")[0]
    assert set(re.findall(r"^\| `(\w+)`", economy, flags=re.M)) == set(
        type(load_scenario("korea-2017").economy).model_fields
    )
    assert "### `[policy.respond_as_allies]`" in keys
    top = tool("pages").plan_keys().partition("###")[2].partition("###")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", top, flags=re.M)
    assert [name for name, _ in rows] == list(PlanTable.model_fields)
    assert all(meaning.strip() for _, meaning in rows)


def test_every_public_name_and_what_it_returns_is_on_the_page(tool: Callable[[str], Any]) -> None:
    page = tool("pages").api()
    for name in coercion_sim.__all__:
        assert name == "__version__" or f":: coercion_sim.{name}\n" in page
    for returned in ("Results", "Answer", "Equilibrium", "Scenario"):
        assert re.search(rf"autoclass:: coercion_sim\S*\.{returned}\n", page)


def test_every_kind_of_figure_has_a_command(tool: Callable[[str], Any]) -> None:
    commands = tool("gallery").commands()
    assert list(commands) == list(KINDS)
    assert all(f"--kind {kind} " in command for kind, command in commands.items())


def test_a_bar_and_signs_of_markdown_stand_for_themselves(tool: Callable[[str], Any]) -> None:
    pages = tool("pages")
    assert pages._plain("a*b [x] `a_b` c_d") == r"a\*b \[x\] `a_b` c\_d"
    assert pages.table(["a"], [["x|y"], [""]]).splitlines()[2:] == [r"| x\|y |", "|   |"]


def test_the_first_page_gets_a_table_of_contents_from_its_links(tool: Callable[[str], Any]) -> None:
    one, two = "- [a](a.md): x\n- [b](../B.md#c)\n- [n](n.ipynb)\n", "- [a](a.md)\n- [d](d.md)\n"
    page = f"# T\n\n- [no](no.md)\n\n## One\n\n{one}\n## Two\n\n{two}"
    made = tool("pages").with_contents(page)
    assert re.findall(r":caption: (\w+)\n\n(.*?)\n```", made, flags=re.S) == [("One", "a\nn"), ("Two", "d")]


def page(*, text: str = "", head: str = "") -> str:
    sidebar = '<nav><a href="far.html">far</a></nav>'
    return f'<html><head>{head}</head><body>{sidebar}<div role="main">{text}</div></body></html>'


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site of four pages in a row, without a fault."""
    (tmp_path / "docs").mkdir()
    for name, text in {
        "index": '<h1 id="top"><br>x</h1><a href="one.html#a">1</a>', "one": '<p id="a"><a href="two.html">2</a></p>',
        "two": '<a href="#b">b</a><i id="b"></i><a href="https://x.org/">x</a>',
    }.items():  # fmt: skip
        (tmp_path / "docs" / f"{name}.html").write_text(page(text=text).replace("far", "index"), "utf-8")
    return tmp_path


def test_a_sound_site_has_no_fault(tool: Callable[[str], Any], site: Path) -> None:
    assert tool("checks").problems(site) == []
    assert tool("checks").problems(site, clicks=1) == ["docs/two.html: more than 1 clicks from docs/index.html"]


@pytest.mark.parametrize(
    ("text", "head", "fault"),
    [
        ('<a href="gone.html">x</a>', "", "dead link gone.html"),
        ('<a href="one.html#gone">x</a>', "", "dead link one.html#gone"),
        ('<a href="#gone">x</a>', "", "dead link #gone"),
        ('<img src="https://x.org/a.png">', "", "fetches https://x.org/a.png"),
        ('<img src="a.png">', "", "no such file a.png"),
        ("", '<script src="//cdn.org/a.js"></script>', "fetches //cdn.org/a.js"),
        ("", '<link rel="stylesheet" href="https://fonts.org/a.css">', "fetches https://fonts.org/a.css"),
    ],
)
def test_a_fault_is_named(tool: Callable[[str], Any], site: Path, text: str, head: str, fault: str) -> None:
    (site / "docs" / "two.html").write_text(page(text=text, head=head).replace("far", "index"), "utf-8")
    assert tool("checks").problems(site) == [f"docs/two.html: {fault}"]


def test_a_page_that_only_the_sidebar_leads_to_is_far(tool: Callable[[str], Any], site: Path) -> None:
    (site / "docs" / "two.html").write_text(page(), "utf-8")
    (site / "docs" / "far.html").write_text(page(), "utf-8")
    assert tool("checks").problems(site) == ["docs/far.html: more than 2 clicks from docs/index.html"]


def test_a_style_that_fetches_a_font_is_named(tool: Callable[[str], Any], site: Path) -> None:
    (site / "a.css").write_text("@font-face { src: url('https://fonts.org/a.woff2') }", "utf-8")
    assert tool("checks").problems(site) == ["a.css: fetches https://fonts.org/a.woff2"]
