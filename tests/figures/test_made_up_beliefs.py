"""Beliefs at the end of disputes written by hand: order, dates, means and priors follow from the table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.errors import InvalidInput
from coercion_sim.experiments import Results
from coercion_sim.figures import COLUMN_WIDTH, NothingToShow, beliefs
from coercion_sim.figures.beliefs import MOST, _order, learned, priors
from support.figures import check_text, close, drawn, panels, words_of

#: policy, replicate, coercer, target, step, pressed, firm, resolved, ended, length, belief about target and coercer.
DISPUTES = (
    ("stand_alone", 0, "CHN", "AUS", 1, 1, 1, 1, "2020Q4", 2.0, 0.75, 0.5),
    ("stand_alone", 0, "CHN", "USA", 2, 1, 1, 0, "", None, 0.25, 0.625),
    ("stand_alone", 0, "CHN", "AUS", 6, 1, 1, 1, "", 5.0, 0.875, 0.75),
    ("stand_alone", 0, "CHN", "AUS", 7, 0, 1, 1, "", None, 0.5, 0.5),
    ("stand_alone", 1, "CHN", "AUS", 3, 1, 0, 1, "2021Q2", 2.0, 0.8, 0.3),
    ("respond_as_allies", 0, "CHN", "AUS", 1, 1, 1, 1, "2020Q3", 1.0, 0.6, 0.4),
)
NAMES = (
    "policy", "replicate", "coercer", "target", "step", "pressed", "firm", "resolved", "ended", "length",
    "belief_target", "belief_coercer",
)  # fmt: skip


def of(small: Results, rows: tuple[tuple[Any, ...], ...] = DISPUTES, **content: Any) -> Results:
    """The small results with these disputes."""
    columns: dict[str, list[Any]] = {name: [row[i] for row in rows] for i, name in enumerate(NAMES)}
    numbers = {"length": pa.float64(), "belief_target": pa.float64(), "belief_coercer": pa.float64()}
    types = {name: numbers.get(name, pa.int64()) for name in NAMES} | dict.fromkeys(
        ("policy", "coercer", "target", "ended"), pa.string()
    )
    table = pa.table({name: pa.array(columns[name], types[name]) for name in NAMES})
    table = table.append_column("point", pa.array([0] * len(rows), pa.int64()))
    scenario = {"name": "dispute", "content": {"conduct": "strategic", **content}}
    manifest = {**small.manifest, "scenario": scenario, "design": {**small.manifest["design"], "uncertain": []}}
    return replace(small, manifest=manifest, _tables={**small._tables, "disputes": table}, _cache={})


@pytest.fixture(scope="module")
def results(small: Results) -> Results:
    return of(small)


def test_disputes_are_counted_by_state_within_their_run(results: Results) -> None:
    data = learned(results, results.policies)
    assert data.order["target"].tolist() == [1, 1, 2, 1, 1]
    assert data.order["coercer"].tolist() == [1, 2, 3, 1, 1]
    assert data.true["target"].tolist() == [1, 0, 1, 1, 1]
    assert data.true["coercer"].tolist() == [1, 1, 1, 0, 1]


def test_a_dispute_is_dated_by_its_end_or_the_run_s_or_its_own_quarter(results: Results) -> None:
    """It ended in 2020Q4; nothing was imposed in step 2; still on at the end; ended in 2021Q2; ended in 2020Q3."""
    assert learned(results, results.policies).date.tolist() == [3, 2, 11, 5, 2]


def test_beliefs_are_those_of_the_type_and_policy_asked_for(results: Results) -> None:
    data = learned(results, results.policies)
    assert data.of("target", 1, "stand_alone").tolist() == [0.75, 0.875, 0.8]
    assert data.of("target", 0, "stand_alone").tolist() == [0.25]
    assert data.of("coercer", 0, "stand_alone").tolist() == [0.3]
    assert data.of("coercer", 1, "respond_as_allies").tolist() == [0.4]
    assert learned(results, ("respond_as_allies",)).belief["target"].tolist() == [0.6]


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from("ABC"), st.integers(0, 30)), min_size=1, max_size=40))
def test_the_order_counts_up_in_time_within_each_run_and_state(rows: list[tuple[int, str, int]]) -> None:
    run, states, step = (list(column) for column in zip(*rows, strict=True))
    order = _order(np.array(run), states, np.array(step))
    for key in {(r, s) for r, s, _ in rows}:
        mine = [i for i, (r, s, _) in enumerate(rows) if (r, s) == key]
        by_time = sorted(mine, key=lambda i: (step[i], i))
        assert [order[i] for i in by_time] == list(range(1, len(mine) + 1))


def test_priors_are_the_scenario_s_and_none_where_they_vary(small: Results) -> None:
    assert priors(of(small)) == {"target": 0.5, "coercer": 0.5}
    assert priors(of(small, dispute={"belief_target": 0.3})) == {"target": 0.3, "coercer": 0.5}
    varied = of(small)
    design = {**varied.manifest["design"], "blocks": [{"paths": ["dispute.belief_target"]}]}
    design["uncertain"] = ["dispute.belief_coercer"]
    assert priors(replace(varied, manifest=varied.manifest | {"design": design})) == {"target": None, "coercer": None}


@pytest.mark.parametrize(("over", "label"), [("order", "pressed so far"), ("date", "")])
def test_panels_are_the_true_types_with_the_prior_as_a_line(results: Results, over: str, label: str) -> None:
    figure = drawn(beliefs, results, over=over)
    every = panels(figure)
    heads = [ax.get_title(loc="left").replace("\n", " ")[3:] for ax in every]
    assert heads == [
        f"Where the {r} is {t}" for r, ts in (("target", ("resolved", "irresolute")), ("coercer", ("firm", "soft")))
        for t in ts
    ]  # fmt: skip
    for ax in every:
        assert [line for line in ax.lines if set(line.get_ydata()) == {0.5} and line.get_linewidth() == 0.8]
        assert label in ax.get_xlabel().replace("\n", " ")
    check_text(figure)


def test_key_numbers_are_means_of_the_baseline_and_the_caption_counts(results: Results) -> None:
    words = words_of(drawn(beliefs, results))
    target, irresolute, firm, soft = words.numbers.partition("alone")[2].split(";")
    assert close(target, np.mean([0.75, 0.875, 0.8]), *np.quantile([0.75, 0.875, 0.8], [0.05, 0.95]))
    assert close(irresolute.partition(",")[2], 0.25)
    assert close(soft.partition(",")[2], 0.3)
    assert close(firm.partition(",")[2], 0.625, *np.quantile([0.5, 0.625, 0.75], [0.05, 0.95]))
    assert "(1 to 4 a policy)" in words.caption
    assert "Dotted: the prior." in words.caption


def test_more_times_than_are_drawn_are_counted_in_the_caption(small: Results) -> None:
    rows = tuple(("stand_alone", 0, "CHN", "AUS", i, 1, 1, 1, "", None, 0.5, 0.5) for i in range(MOST + 3))
    figure = drawn(beliefs, of(small, rows), width=COLUMN_WIDTH)
    assert f"Left out: 6 beliefs after more than {MOST} times." in words_of(figure).caption
    assert len(panels(figure)[0].get_xticks()) == MOST


def test_without_pressure_nothing_is_learned_and_axes_are_checked(small: Results) -> None:
    calm = tuple((*row[:5], 0, *row[6:]) for row in DISPUTES)
    with pytest.raises(NothingToShow, match="no coercer pressed"):
        beliefs(of(small, calm))
    with pytest.raises(NothingToShow, match="no dispute arose"):
        beliefs(of(small, ()))
    with pytest.raises(NothingToShow, match="scripted"):
        beliefs(of(small, (), conduct="scripted"))
    with pytest.raises(InvalidInput, match="order, date"):
        beliefs(of(small), over="time")  # type: ignore[arg-type]
