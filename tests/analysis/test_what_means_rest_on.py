"""What a comparison says of its means: draws, runs in which nothing happened, products that matter."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from coercion_sim.analysis import Comparison, compare_policies, material_sectors, units_of
from coercion_sim.analysis.compare.cube import units_of_draws
from coercion_sim.cli.comparison import comparison_text
from coercion_sim.experiments import Results
from support.sweeps import sweep

ALONE, LONG = "stand_alone", "respond_as_allies"
RANGES = {"economy": {"mobility": {"uniform": [1.0, 2.0]}, "rate": {"log_uniform": [1.0, 2.0]}}}


def drawn(content: dict, **columns: list[float]) -> Results:
    """Six replicates with these drawn numbers, dots of a path as underscores."""
    made = sweep([], {ALONE: lambda s, k: {"attempts": 1.0}}, 6)
    runs = made.table("runs")
    for name, values in columns.items():
        runs = runs.append_column(f"param.{name.replace('_', '.')}", pa.array(values, pa.float64()))
    design = {**made.manifest["design"], "uncertain": [n.replace("_", ".") for n in columns], "drawn": "Sobol'"}
    scenario = {**made.manifest["scenario"], "content": content}
    return Results({**made.manifest, "design": design, "scenario": scenario}, None, {**made._tables, "runs": runs})


@pytest.mark.parametrize(
    ("content", "columns", "units"),
    [
        (RANGES, {"economy_mobility": [1.1, 1.2, 1.3, 1.4, 1.5, 1.6]}, [0, 1, 2, 3, 4, 5]),
        (RANGES, {"economy_mobility": [1.1, 1.2, 1.3, 1.1, 1.2, 1.3]}, [0, 1, 2, 0, 1, 2]),
        (RANGES, {"economy_mobility": [1.1] * 6}, [0] * 6),
        # The second number ties the third replicate to the first, and the fifth to the second.
        (
            RANGES,
            {"economy_mobility": [1.1, 1.1, 1.3, 1.4, 1.5, 1.6], "economy_rate": [1, 2, 1, 4, 2, 6]},
            [0, 0, 0, 1, 0, 2],
        ),
        (
            {"economy": {"mobility": {"choice": [1.0, 2.0]}}},
            {"economy_mobility": [1, 2, 1, 2, 1, 2]},
            [0, 1, 2, 3, 4, 5],
        ),
        ({"economy": {"mobility": 1.0}}, {"economy_mobility": [1.0] * 6}, [0, 1, 2, 3, 4, 5]),
    ],
    ids=["own draws", "two replicates a draw", "one draw", "tied by two numbers", "a choice", "fixed"],
)  # fmt: skip
def test_replicates_with_a_drawn_number_in_common_are_one_unit(content: dict, columns: dict, units: list[int]) -> None:
    made = drawn(content, **columns)
    assert units_of(made, range(6)).tolist() == units
    assert units_of_draws(made).tolist() == units
    assert Comparison(made, "", ()).units == len(set(units))


def test_at_defaults_every_replicate_has_luck_of_its_own() -> None:
    made = drawn(RANGES, economy_mobility=[1.1] * 6)
    design = {**made.manifest["design"], "drawn": "defaults"}
    assert units_of(Results({**made.manifest, "design": design}, None, dict(made._tables)), range(6)).size == 6


def test_points_of_one_replicate_are_one_unit() -> None:
    from support.sweeps import block

    made = sweep([block("grid", [[0.0], [1.0]], ["x"])], {ALONE: lambda s, k: {"attempts": 1.0}}, 3)
    assert units_of_draws(made).tolist() == [0, 1, 2, 0, 1, 2]


def test_runs_in_which_nothing_happened_are_counted_by_policy() -> None:
    rules = {ALONE: lambda s, k: {"pressure_quarters": 4.0}, LONG: lambda s, k: {"pressure_quarters": 4.0 * (k < 2)}}
    made = Comparison(sweep([], rules, 7), ALONE, ())
    assert made.idle == {LONG: (5, 7)}
    assert made.idle_words == "Runs without any pressure: 5 of 7 under respond as allies; means are over all runs."
    assert Comparison(sweep([], {ALONE: rules[ALONE]}, 3), "", ()).idle_words == ""


def test_a_product_that_makes_next_to_nothing_of_the_trade_hit_has_no_diverted_share(
    make_results: Callable[..., Results],
) -> None:
    made = make_results(5)
    assert material_sectors(made) == ("coal", "wine", "beef")
    sectors = made.table("sectors")
    small = np.where(np.array(sectors.column("sector").to_pylist()) == "wine", 0.005, 1.0)
    lost = pa.array(sectors.column("lost_quantity").to_numpy() * small)
    at = sectors.column_names.index("lost_quantity")
    thin = Results(made.manifest, None, {**made._tables, "sectors": sectors.set_column(at, "lost_quantity", lost)})
    assert material_sectors(thin) == ("coal", "beef")
    text = comparison_text(compare_policies(thin), ())
    assert "\n  beef" in text
    assert "\n  wine" not in text


@pytest.mark.parametrize(("replicates", "said"), [(3, "No intervals: 3 draws"), (7, "over 7 draws")])
def test_the_text_says_what_its_intervals_rest_on(
    make_results: Callable[..., Results], replicates: int, said: str
) -> None:
    text = " ".join(comparison_text(compare_policies(make_results(replicates)), ()).split())
    assert said in text
    assert ("interval of the mean" in text) == (replicates >= 5)
