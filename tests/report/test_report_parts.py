"""Parts of a report by themselves: facts, tables, sentences, setting and provenance, against the results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from coercion_sim.analysis import Analysis, analyse
from coercion_sim.errors import InvalidInput, ResultsError
from coercion_sim.experiments import Results
from coercion_sim.outcomes import column
from coercion_sim.report import Limit, limits
from coercion_sim.report.background import grades
from coercion_sim.report.contents import Facts, Page, Picture, Section, Table, gather, limit_section, one_number, quoted
from coercion_sim.report.page import MOST_OUTCOMES, drawings, page_of, pictures, render
from coercion_sim.report.sentences import findings, uncertain
from coercion_sim.report.sweep import INDEX, design_section, index_text, outcome_tables, question_sections
from coercion_sim.report.sweep import findings as sweep_findings
from coercion_sim.report.sweep import uncertain as sweep_uncertain
from coercion_sim.report.tables import dictionary_table, label
from support.figures import close
from support.sweeps import block, morris, saltelli, sweep

Maker = Callable[..., Results]
LOSS, BURDEN = "target_loss_pv", "burden_total"
PATHS = ("economy.factor_mobility", "economy.adjustment_rate")


@pytest.fixture(scope="module")
def results(make_results: Maker) -> Results:
    return make_results(9)


@pytest.fixture(scope="module")
def facts(results: Results) -> Facts:
    return gather(results)


def _rule(gain: float) -> Callable[[dict, int], dict[str, float]]:
    return lambda s, k: {LOSS: (1.0 + s[PATHS[0]] + 0.2 * s[PATHS[1]] + 0.1 * k) * (1.0 - gain)}


POLICIES = {"stand_alone": _rule(0.0), "respond_as_allies": _rule(0.4)}


@pytest.fixture(scope="module")
def swept() -> Facts:
    return gather(sweep([saltelli(32, PATHS)], POLICIES, 3), (LOSS,), failing=f"{LOSS}>1.6")


def compared(facts: Facts) -> Any:
    assert facts.comparison is not None
    return facts.comparison


def test_facts_of_one_point_are_compared_and_of_a_sweep_analysed(facts: Facts, swept: Facts) -> None:
    assert (facts.comparison is None, facts.analysis is None) == (False, True)
    assert (swept.comparison is None, swept.analysis is None) == (True, False)
    assert facts.allies == ("USA", "NZL")
    assert swept.allies == ()
    assert not facts.strategic
    assert facts.content == {}
    assert facts.source == {}
    assert facts.manifest is facts.results.manifest
    assert facts.name("AUS") == "Australia"


def test_actors_outside_the_world_have_their_names(facts: Facts) -> None:
    outside = {"actors": {"outside": [{"code": "LTU", "name": "Lithuania"}]}}
    manifest = {**facts.manifest, "scenario": {"name": "dispute", "content": outside}}
    assert replace(facts, results=replace(facts.results, manifest=manifest)).name("LTU") == "Lithuania"


def test_results_a_report_would_misrepresent_are_refused(make_results: Maker) -> None:
    with pytest.raises(ResultsError, match="every run failed"):
        gather(make_results(1, ("stand_alone",), failed=[("stand_alone", 0)]))
    with pytest.raises(InvalidInput) as caught:
        gather(make_results(1), ("target_los",))
    assert caught.value.problems[0].suggestion == LOSS


def test_failures_are_read_in_the_order_of_the_table(make_results: Maker) -> None:
    failed = gather(make_results(3, failed=[("respond_as_allies", 2), ("stand_alone", 1)])).failures
    assert [(f.policy, f.replicate, f.error) for f in failed] == [
        ("stand_alone", 1, "no equilibrium"), ("respond_as_allies", 2, "no equilibrium"),
    ]  # fmt: skip


def test_outcomes_of_a_sweep_that_are_one_number_are_left_out() -> None:
    rules = {p: lambda s, k, g=g: {LOSS: s["x"] * g, BURDEN: 1.0} for p, g in (("stand_alone", 1.0), ("silos", 0.5))}
    facts = gather(sweep([block("grid", [[1.0], [2.0]], ["x"])], rules, 3))
    assert facts.analysis is not None
    assert LOSS in facts.outcomes
    assert BURDEN in facts.same
    assert not one_number(facts.analysis, LOSS)
    assert {row.outcome for row in facts.analysis.regret} <= set(facts.outcomes)


def test_definitions_are_those_of_the_catalogue(facts: Facts) -> None:
    rows = {row[1]: row for row in dictionary_table(facts).rows}
    assert rows[LOSS] == (label(LOSS), LOSS, column(LOSS).definition)


def test_findings_of_a_comparison_name_policies_states_and_sizes(facts: Facts, results: Results) -> None:
    text = " ".join(findings(facts, compared(facts)))
    for policy in ("respond_as_allies", "integrate_economies"):
        assert quoted(policy) in text
    frame = results.frame("states").query("state == 'AUS' and policy == 'stand_alone'")
    mean = -frame.groupby("replicate").real_income.mean()
    size = text.partition("is lower by ")[2].partition(" %")[0]
    assert close(size, mean.mean(), *np.quantile(mean, [0.05, 0.95]))


@pytest.mark.parametrize(("replicates", "sentences"), [(1, 2), (9, 3), (25, 2)])
def test_few_draws_are_named_as_few(make_results: Maker, replicates: int, sentences: int) -> None:
    facts = gather(make_results(replicates))
    lines = uncertain(facts, compared(facts))
    assert any(line.startswith("9 draws are few") for line in lines) == (replicates == 9)
    assert any(line.startswith("One draw") for line in lines) == (replicates == 1)


def test_grades_are_letters_or_the_confidence_stated() -> None:
    assert grades("customs (A); a sixth (C)") == "A, C"
    assert grades("GTA, confidence high") == "confidence high"[len("confidence ") :]
    assert grades("Brussels") == ""


def test_limits_have_anchors() -> None:
    assert all(isinstance(limit, Limit) for limit in limits())
    assert [part.key for part in limit_section().parts] == [f"limit-{limit.key}" for limit in limits()]


def answer_of(facts: Facts) -> Analysis:
    assert facts.analysis is not None
    return facts.analysis


def test_tables_of_a_sweep_are_rows_of_its_analysis(swept: Facts) -> None:
    answer = answer_of(swept)
    quantiles, means, gaps = outcome_tables(answer)
    level = next(r for r in answer.overall(answer.levels) if r.policy == "respond_as_allies")
    assert close(means.rows[0][3], level.mean, level.low, level.high)
    (gap,) = answer.overall(answer.contrasts)
    assert close(gaps.rows[0][2].rstrip("*"), gap.mean, gap.low, gap.high)
    assert quantiles.head[2:] == ("stand alone", "respond as allies")
    (design,) = design_section(answer).tables
    assert [row[0] for row in design.rows] == list(PATHS)


def test_questions_of_a_sweep_have_a_section_each(swept: Facts) -> None:
    sensitivity, regret, discovery = question_sections(swept, answer_of(swept))
    totals = next(t for t in sensitivity.tables if "Total Sobol" in t.caption)
    rows = {row[0]: row for row in totals.rows}
    top = next(
        r for r in answer_of(swept).indices
        if (r.index, r.parameter, r.policy, r.against) == ("ST", PATHS[0], "stand_alone", "") and r.status == "ok"
    )  # fmt: skip
    assert rows[PATHS[0]][1] == index_text(top)
    assert [row[1] for row in regret.tables[0].rows] == ["stand alone", "respond as allies"]
    assert discovery.tables[0].caption.endswith(answer_of(swept).fails.text)  # type: ignore[union-attr]
    without = question_sections(swept, replace(answer_of(swept), fails=None))[2]
    assert "--fails" in without.commands[0]


def test_sentences_of_a_sweep_hold_its_rows(swept: Facts) -> None:
    text = " ".join(sweep_findings(answer_of(swept)))
    (gap,) = answer_of(swept).overall(answer_of(swept).contrasts)
    assert close(text.partition("changes it by ")[2].partition("]")[0], gap.mean, gap.low, gap.high)
    assert "economy: factor mobility" in text
    unclear = replace(answer_of(swept), contrasts=(replace(gap, high=0.5),))
    assert any(LOSS in t or "loss of the target" in t for t in sweep_uncertain(swept, unclear))
    assert not any("No difference" in t for t in sweep_uncertain(swept, answer_of(swept)))


def test_indices_of_morris_keep_their_size() -> None:
    answer = analyse(sweep([morris(6, PATHS)], POLICIES, 3), (LOSS,))
    row = next(r for r in answer.indices if r.index == INDEX["morris"][0])
    wide = replace(row, low=0.5 * row.value, high=2.0 * row.value)
    assert close(index_text(wide), wide.value, wide.low, wide.high)
    assert close(index_text(replace(wide, method="sobol", value=0.5, low=0.25, high=0.75)), 0.5, 0.25, 0.75)


def test_drawings_are_the_kinds_of_the_results(facts: Facts, swept: Facts) -> None:
    names = [name for name, _ in drawings(facts)]
    assert names[: 2 * MOST_OUTCOMES] == [
        f"{kind}-{outcome}" for kind in ("distributions", "differences") for outcome in (LOSS, "coercer_cost_pv")
    ]
    assert {"losses_by_state", "diverted_trade", "time_path", "burdens"} <= set(names)
    of_sweep = [name for name, _ in drawings(swept)]
    assert {f"sensitivity-{LOSS}", f"contrasts-{LOSS}", "regret", "boxes"} <= set(of_sweep)


def test_pictures_have_two_widths_and_their_words(facts: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    one = [pair for pair in drawings(facts) if pair[0] == "burdens"]
    monkeypatch.setattr("coercion_sim.report.page.drawings", lambda facts: iter(one))
    (made,) = pictures(facts)
    assert made.label == "Burdens"
    assert made.wide != made.narrow
    assert made.wide.startswith("data:image/svg+xml;base64,")
    assert "n = 9 replicates" in made.alt
    monkeypatch.setattr("coercion_sim.report.page.MOST_BYTES", 10)
    (dots,) = pictures(facts)
    assert dots.wide.startswith("data:image/png;base64,")


def test_a_page_is_rendered_with_everything_escaped() -> None:
    table = Table("A <caption>", ("Head", "Number"), (("row", "0.5 [0.4, 0.6]"),), note="50 %")
    picture = Picture("Label", "alt <b>", "data:image/png;base64,AA", "data:image/png;base64,BB")
    inner = Section("inner", "Inner", ("Words.",), points=("A point.",), commands=("a < b",))
    html = render(
        Page("T<i>", "Q?", "Made.", (Section("s", "S", tables=(table,), pictures=(picture,), parts=(inner,)),))
    )
    for piece in ("T&lt;i&gt;", "A &lt;caption&gt;", "alt &lt;b&gt;", "a &lt; b", "50\u00a0%", "0.5 [0.4,\u00a00.6]"):
        assert piece in html
    assert "<i>" not in html


def test_the_page_has_the_sections_in_order(facts: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coercion_sim.report.page.drawings", lambda facts: iter(()))
    keys = [section.key for section in page_of(facts).sections]
    assert keys == ["found", "scenario", "policies", "figures", "outcomes", "bearing", "failed", "limits", "provenance"]
