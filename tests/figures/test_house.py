"""The look: policies are told apart three ways, the user's settings stay, files hold no time of day."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from coercion_sim.experiments import Results
from coercion_sim.figures import FORMATS, FULL_WIDTH, house, marks, picture, write_figures
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
