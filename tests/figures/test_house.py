"""The look: policies are told apart three ways, the user's settings stay, files hold no time of day."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from coercion_sim.errors import InvalidInput
from coercion_sim.experiments import Results
from coercion_sim.figures import FORMATS, FULL_WIDTH, house, marks, picture, read_style, write_figures
from coercion_sim.figures.style.frame import text_width
from coercion_sim.figures.style.house import Mark, marks_of, new_figure


def test_policies_differ_in_grey_and_by_marker_and_line() -> None:
    first = list(marks(["a", "b", "c"]).values())
    grey = [float(np.dot(to_rgb(mark.colour), (0.299, 0.587, 0.114))) for mark in first]
    assert min(abs(a - b) for a, b in combinations(grey, 2)) > 0.15
    seven = list(marks("abcdefg").values())
    for part in ("colour", "marker", "line"):
        assert len({getattr(mark, part) for mark in seven}) == 7
    assert all(isinstance(mark, Mark) for mark in seven)
    assert marks("abcdefgh")["h"] == seven[0]


def test_a_policy_keeps_its_mark_where_others_are_left_out(small: Results) -> None:
    some = small.only(policies=["integrate_economies"])
    assert marks_of(some) == {"integrate_economies": marks_of(small)["integrate_economies"]}


def test_the_style_holds_inside_and_the_users_settings_hold_again_after() -> None:
    with mpl.rc_context({"font.size": 23.0, "axes.grid": False}):
        before = dict(mpl.rcParams)
        with house():
            assert mpl.rcParams["font.size"] == 7.0
            assert mpl.rcParams["axes.grid"]
            assert mpl.rcParams["svg.hashsalt"] == "coercion-sim"
        assert dict(mpl.rcParams) == before


def test_settings_are_restored_after_an_error() -> None:
    before = dict(mpl.rcParams)
    with pytest.raises(ZeroDivisionError), house():
        _ = 1 / 0
    assert dict(mpl.rcParams) == before


def test_a_notebook_gets_a_picture_in_the_house_style() -> None:
    data = new_figure(2.0)._repr_png_()
    assert data.startswith(b"\x89PNG")
    width = int.from_bytes(data[16:20], "big")
    assert width == 240  # 2 inches at 120 dots


@pytest.mark.parametrize("form", FORMATS)
def test_pictures_are_the_same_bytes_and_hold_no_date(form: str) -> None:
    with house():
        first, again = (picture(new_figure(2.0), form) for _ in range(2))
    assert first == again
    assert b"CreationDate" not in first
    assert b"<dc:date>" not in first


def test_global_settings_and_pyplot_are_left_alone(small: Results, tmp_path: Path) -> None:
    import matplotlib.pyplot as plt

    with mpl.rc_context({"font.size": 23.0, "axes.grid": False, "savefig.dpi": 31}):
        before, opened = dict(mpl.rcParams), plt.get_fignums()
        plain = write_figures(small, tmp_path / "a", kinds=["diverted_trade"]).paths[0].read_bytes()
        assert dict(mpl.rcParams) == before
        assert plt.get_fignums() == opened
    assert write_figures(small, tmp_path / "b", kinds=["diverted_trade"]).paths[0].read_bytes() == plain
    assert FULL_WIDTH == 7.0


JOURNAL = (
    "font.family: serif\nfont.size: 14\nxtick.labelsize: 9\naxes.prop_cycle: cycler('color', ['000000', 'ff0000'])\n"
)


def test_a_journals_style_lies_over_the_house_style(tmp_path: Path) -> None:
    (tmp_path / "journal.mplstyle").write_text(JOURNAL, "utf-8")
    with house():
        plain = text_width("Australia", 6.5)
    with house(read_style(tmp_path / "journal.mplstyle")):
        assert mpl.rcParams["font.family"] == ["serif"]
        assert (mpl.rcParams["axes.labelsize"], mpl.rcParams["xtick.labelsize"]) == (14.0, 9.0)  # scaled; as it sets it
        assert not mpl.rcParams["axes.spines.top"]  # the house's, which it does not set
        assert [to_rgb(mark.colour) for mark in marks("abc").values()] == [(0, 0, 0), (1, 0, 0), (0, 0, 0)]
        assert len({mark.marker for mark in marks("abc").values()}) == 3
        assert text_width("Australia", 6.5) > 1.8 * plain
    assert marks("ab")["b"].colour != "#ff0000"


def test_figures_are_written_in_a_journals_style(small: Results, tmp_path: Path) -> None:
    (tmp_path / "journal.mplstyle").write_text("font.family: serif\nfont.serif: DejaVu Serif\nfont.size: 9\n", "utf-8")
    (house_style,) = write_figures(small, tmp_path / "a", ["pdf"], kinds=["diverted_trade"]).paths
    style = tmp_path / "journal.mplstyle"
    (journal,) = write_figures(small, tmp_path / "b", ["pdf"], kinds=["diverted_trade"], style=style).paths
    assert b"DejaVuSerif" in journal.read_bytes()
    assert b"DejaVuSerif" not in house_style.read_bytes()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("font.sise: 9\n", "font.sise"),
        ("font.size: large and red\n", "font.size"),
        ("text.usetex: True\n", "not TeX"),
        (None, "cannot be read"),
    ],
)
def test_a_style_that_cannot_be_used_is_refused(tmp_path: Path, text: str | None, words: str) -> None:
    if text is not None:
        (tmp_path / "x.mplstyle").write_text(text, "utf-8")
    with pytest.raises(InvalidInput, match=words):
        read_style(tmp_path / "x.mplstyle")
