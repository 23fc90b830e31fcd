"""The text of a comparison: levels, differences with intervals and stars, and the outcomes that are worth a line."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from coercion_sim.analysis import Comparison, Spread
from coercion_sim.analysis.compare.policy_effects import outcome_rows
from coercion_sim.cli.comparison import _how_to_read, answer_line, blocks, outcome_blocks
from coercion_sim.experiments import Results
from coercion_sim.outcomes import OUTCOMES, column
from coercion_sim.wording import capital
from support.sweeps import sweep

ALONE, LONG = "stand_alone", "respond_as_allies+integrate_economies"
POLICIES = {
    ALONE: lambda s, k: {"attempts": 4.0 + k, "power": 1.0 + 0.01 * k},
    LONG: lambda s, k: {"attempts": 1.0 + k % 2, "power": 1.0 + 0.01 * k},
}


def comparison(outcomes: tuple[str, ...] = ()) -> Comparison:
    made = sweep([], POLICIES, 5)
    made.manifest["report"] = {"outcomes": list(outcomes)} if outcomes else {}
    return Comparison(made, ALONE, (*outcome_rows(made), *outcome_rows(made, against=ALONE)))


def text(of: Comparison, width: int = 80) -> list[str]:
    with pytest.MonkeyPatch.context() as screen:
        screen.setenv("COLUMNS", str(width))
        return blocks(outcome_blocks(of), of)


def numbers(line: str) -> list[float]:
    return [float(word.strip("[],*")) for word in line.split()[1:]]


def test_a_block_has_level_difference_interval_and_star() -> None:
    lines = text(comparison())
    at = lines.index(capital(column("attempts").words))
    row = next(r for r in comparison().select("attempts", policy=LONG, against=ALONE))
    found = numbers(lines[at + 2])[3:]
    assert found[0] == pytest.approx(row.spread.mean, abs=0.1)
    assert found[1:] == [pytest.approx(x, abs=0.1) for x in (row.spread.mean_low, row.spread.mean_high)]
    assert lines[at + 2].endswith("*")
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(("runs", "shown"), [(1, ["target_loss_pv"]), (5, [])])
def test_policies_alike_leave_no_empty_table_and_one_run_keeps_its_numbers(runs: int, shown: list[str]) -> None:
    made = sweep([], dict.fromkeys((ALONE, LONG), lambda s, k: {"attempts": 0.0, "target_loss_pv": 1.5}), runs)
    of = Comparison(made, ALONE, (*outcome_rows(made), *outcome_rows(made, against=ALONE)))
    assert [block.levels[ALONE].outcome for block in outcome_blocks(of)] == shown
    assert bool(blocks(outcome_blocks(of), of)) == bool(shown)


def test_the_number_of_runs_behind_a_mean_stands_beside_it_where_it_is_not_all() -> None:
    some = {ALONE: POLICIES[ALONE], LONG: lambda s, k: {"attempts": float(k)} if k < 3 else {"attempts": math.nan}}
    made = sweep([], some, 5)
    of = Comparison(made, "", outcome_rows(made))
    lines = [line for line in text(of) if "[" in line]
    assert [", n 3" in line for line in lines[1:3]] == [False, True]
    assert "Means over 5 runs a policy" in _how_to_read(of, 5)


def test_the_command_that_answers_the_question_is_named_where_a_coercer_and_a_target_are() -> None:
    of = comparison()
    of.results.manifest["world"] = {"state_names": {"CHN": "China", "AUS": "Australia"}}
    assert answer_line(replace(of, results=_parties(of.results, "", "AUS")), "mine.toml") == ""
    line = answer_line(replace(of, results=_parties(of.results, "CHN", "AUS")), "my folder/mine.toml")
    assert line.startswith("Would China press Australia at all")
    assert line.endswith("coercion-sim answer 'my folder/mine.toml'")


def _parties(results: Results, coercer: str, target: str) -> Results:
    actors = {"coercer": coercer, "target": target}
    return replace(results, manifest={**results.manifest, "actors": actors})


def test_an_outcome_that_is_one_number_everywhere_is_left_out_unless_named() -> None:
    assert [block.heading for block in outcome_blocks(comparison())] == [capital(column("attempts").words)]
    named = outcome_blocks(comparison(("real_income", "burden_total")))  # one is no outcome of a run
    assert [next(iter(block.levels.values())).outcome for block in named] == ["burden_total"]


@pytest.mark.parametrize("outcome", [entry.name for entry in OUTCOMES])
def test_whatever_the_catalogue_holds_can_be_named(outcome: str) -> None:
    (block,) = outcome_blocks(comparison((outcome,)))
    assert set(block.levels) == {ALONE, LONG}
    assert column(outcome).words.lower() in block.heading.lower()


@pytest.mark.parametrize(
    ("gap", "wanted"), [(0.002, [0.002, 0.001, 0.003]), (2e-6, [0.000002, 0.000001, 0.000003]), (2e-9, [0.0])]
)
def test_a_small_difference_of_a_large_level_keeps_its_digits(gap: float, wanted: list[float]) -> None:
    made = comparison(("power",))
    apart = Spread(3, gap, gap, gap, gap, 0.5 * gap, 1.5 * gap)
    rows = [replace(r, spread=apart) if r.against else r for r in made.rows]
    line = text(Comparison(made.results, ALONE, tuple(rows)))[-1]
    assert numbers(line)[3:] == wanted


def test_rows_of_sectors_by_the_same_name_are_not_taken_for_the_runs_one_number() -> None:
    made = comparison(("diverted_share",))
    stray = [replace(r, item="coal", spread=Spread.of([77.0, 77.0])) for r in made.select("diverted_share")]
    assert text(Comparison(made.results, ALONE, (*made.rows, *stray))) == text(made)


@pytest.mark.parametrize("width", [80, 100, 10_000])
def test_policies_are_cut_to_fit_and_stay_distinct(width: int) -> None:
    lines = text(comparison(), width)
    labels = {line.split()[0] for line in lines[1:] if line.startswith("  ")}
    assert len(labels) == 2
    assert (LONG in labels) == (width > 90)


def test_one_policy_has_no_differences() -> None:
    made = sweep([], {ALONE: lambda s, k: {"attempts": float(k)}}, 3)
    made.manifest["report"] = {}
    alone = Comparison(made, "", outcome_rows(made))
    assert all(not block.differences for block in outcome_blocks(alone))
    assert "less" not in " ".join(text(alone))
