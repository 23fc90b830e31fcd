"""What a notebook shows of results, comparisons and analyses, and the figures they draw when asked."""

from __future__ import annotations

import re
from html import unescape

import pytest
from matplotlib.figure import Figure

import coercion_sim as cs
from coercion_sim.analysis import Analysis, compare_policies
from coercion_sim.errors import InvalidInput
from coercion_sim.figures import NothingToShow
from support.figure_runs import ran, swept

LOSS = "target_loss_pv"


@pytest.fixture(scope="module")
def answer() -> Analysis:
    return cs.analyse(swept((("grid", (("economy.factor_mobility", (1.2, 1.5)),), 0),)), [LOSS])


def rows(html: str) -> dict[str, list[str]]:
    """Cells of the last table by the heading of their row."""
    table = html[html.rindex("<table>") :]
    found = {}
    for row in re.findall(r"<tr>(.*?)</tr>", table):
        first, *rest = (unescape(re.sub("<[^>]+>", "", cell)) for cell in re.findall(r"<t[hd].*?</t[hd]>", row))
        found[first] = rest
    return found


def test_results_show_size_source_and_medians() -> None:
    results = ran(strategic=False)
    html = results._repr_html_()
    assert "4 replicates x 3 policies: 12 runs; seed 11, world tiny_world" in html
    frame = results.frame("outcomes")
    unit, alone, *_ = rows(html)["Loss of the target (present value)"]
    assert unit == "% of GDP"
    median = frame[frame.policy == "stand_alone"][LOSS].median()
    assert float(alone.split(" ")[0]) == pytest.approx(median, rel=0.06)


def test_a_comparison_shows_differences_below_levels() -> None:
    comparison = compare_policies(ran(strategic=False))
    shown = rows(comparison._repr_html_())
    assert list(shown)[:3] == ["Outcome", *list(shown)[1:3]]
    assert "difference from stand alone" in shown
    assert repr(comparison).startswith("Comparison(Results(tiny: 4 replicates x 3 policies, 12 runs ok, 0 failed;")


def test_an_analysis_shows_means_and_differences(answer: Analysis) -> None:
    shown = rows(answer._repr_html_())
    level = next(r for r in answer.overall(answer.levels) if r.policy == "stand_alone")
    assert float(shown["Loss of the target (present value)"][1].split(" ")[0]) == pytest.approx(level.mean, rel=0.06)
    assert repr(answer) == f"Analysis({answer.name}: 2 points x 3 replicates x 2 policies; {LOSS})"


def test_titles_are_text_and_not_markup() -> None:
    results = ran(strategic=False)
    spoilt = {**results.manifest, "scenario": {**results.manifest["scenario"], "title": "<script>alert(1)</script>"}}
    html = type(results)(spoilt, results.folder)._repr_html_()
    assert "<script" not in html


def test_plot_draws_what_is_asked_and_a_notebook_shows_it() -> None:
    results = ran(strategic=False)
    figure = results.plot("paths", "burden", states="USA", width=3.5)
    assert isinstance(figure, Figure)
    assert figure.get_figwidth() == 3.5
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert isinstance(compare_policies(results).plot(), Figure)


def test_an_analysis_plots_its_own_kinds(answer: Analysis) -> None:
    assert isinstance(answer.plot(), Figure)
    with pytest.raises(NothingToShow):
        answer.plot("sensitivity")
    with pytest.raises(InvalidInput, match="did you mean contrasts"):
        answer.plot("contrast")


def test_only_asking_loads_what_draws() -> None:
    import subprocess
    import sys

    code = (
        "import sys, coercion_sim as cs; from coercion_sim.experiments import Results;"
        "assert 'matplotlib' not in sys.modules and 'coercion_sim.figures' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
