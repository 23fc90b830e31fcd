"""Every scenario that is shipped: clean, explained, sourced; every policy bites."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import coercion_sim
import ways
from coercion_sim.analysis import cube, outcome_values
from coercion_sim.errors import InvalidInput
from coercion_sim.experiments import Results, available_cores, simulate
from coercion_sim.outcomes import TABLES
from coercion_sim.scenario import check_scenario, copy_scenario, list_scenarios, load_scenario, warnings_of
from support.constant_outcomes import may_be_constant

NAMES = list(list_scenarios())
DOCS = Path(__file__).parents[2] / "docs"
PAGES = {"australia-2020": "model.md", "china-disputes": "disputes.md"}
#: Where a scenario was made for policies; china-disputes is the game on its own, without pressure that is sure to come.
MADE = [name for name in NAMES if name != "china-disputes"]


@pytest.mark.usefixtures("shipped_world")
@pytest.mark.parametrize("name", NAMES)
def test_it_is_clean_and_asks_a_question(name: str) -> None:
    assert check_scenario(name) == []
    scenario = load_scenario(name)
    assert scenario.title
    assert scenario.question.endswith("?")
    assert scenario.policies[0] == "stand_alone"


@pytest.mark.usefixtures("shipped_world")
@pytest.mark.parametrize("name", NAMES)
def test_every_measure_says_where_it_is_from(name: str) -> None:
    for measure in load_scenario(name).measures:
        assert measure.source, measure.name


@pytest.mark.usefixtures("shipped_world")
@pytest.mark.parametrize("name", NAMES)
def test_it_has_a_page_with_sources_and_limits(name: str) -> None:
    page = (DOCS / PAGES.get(name, f"scenarios/{name}.md")).read_text(encoding="utf-8")
    assert name in page
    assert re.search(r"limit|What is approximate|cannot", page, re.IGNORECASE)
    assert name in (DOCS / "scenarios" / "README.md").read_text(encoding="utf-8")


@pytest.mark.usefixtures("shipped_world")
def test_all_ten_policies_are_tried_somewhere() -> None:
    tried = {part for name in NAMES for policy in load_scenario(name).policies for part in policy.split("+")}
    assert len(tried) == 10


#: Where states choose, of so few draws at one point of the economy: what depends on the economy alone, and what comes
#: of the few disputes that end in the run (not 0 in 6 to 8 of 48 draws of many-challengers).
STILL = ("vulnerability", "power", "integration_min", "success_rate")

ONE_ECONOMY = ["economy.elasticity_scale=1.0", "economy.factor_mobility=1.5", "economy.adjustment_rate=0.25"]


@pytest.fixture(scope="module", params=NAMES)
def played(request: pytest.FixtureRequest) -> Results:
    """A few replicates of every policy; where states choose more of them, at one point of the economy."""
    chosen = load_scenario(request.param).conduct == "strategic"
    few = {"replicates": 16, "overrides": ONE_ECONOMY} if chosen else {"replicates": 4}
    return simulate(request.param, workers=min(2, available_cores()), **few)


@pytest.mark.slow
@pytest.mark.usefixtures("shipped_world")
def test_every_outcome_is_a_number_and_varies_unless_marked(played: Results) -> None:
    scenario = load_scenario(played.manifest["scenario"]["name"])
    varies = scenario.conduct == "scripted"
    for name, by_policy in outcome_values(played).items():
        for policy, values in by_policy.items():
            assert np.isfinite(values).all(), (name, policy)
            if np.unique(values).size == 1 and (varies or name not in STILL):
                assert may_be_constant(name, scenario, policy), (name, policy, values[0])
    for table in ("states", "sectors", "quarters", "facts"):
        held = played.table(table)
        for column in TABLES[table]:
            if column.type == "float":
                assert np.isfinite(held.column(column.name).to_numpy()).all(), (table, column.name)


@pytest.mark.slow
@pytest.mark.usefixtures("shipped_world")
def test_no_run_fails_and_every_policy_bites_in_every_replicate(played: Results) -> None:
    """Some state's real income differs from stand_alone's in at least 95 % of replicates: here, in all of them."""
    if played.manifest["scenario"]["name"] not in MADE:
        pytest.skip("made for no policy: disputes need not arise")
    assert played.manifest["counts"]["failed"] == 0
    income = cube(played, "states", "real_income")
    alone = income.values[income.policies.index("stand_alone")]
    for p, policy in enumerate(income.policies):
        if policy != "stand_alone":
            apart = np.abs(income.values[p] - alone).max(axis=(1, 2))
            assert (apart > 1e-7).all(), (policy, apart)


@pytest.mark.slow
@pytest.mark.usefixtures("shipped_world")
def test_integration_starts_below_the_margin_and_raises_who_was_there(played: Results) -> None:
    scenario = load_scenario(played.manifest["scenario"]["name"])
    if "integrate_economies" not in scenario.policies:
        pytest.skip("does not integrate")
    margin = scenario.dotted("policy.integrate_economies.margin")
    index = cube(played, "states", "integration_index")
    bloc = [index.labels.index(s) for s in scenario.actors.bloc]
    alone = index.values[index.policies.index("stand_alone")][:, 0, bloc]
    end = index.values[index.policies.index("integrate_economies")][:, -1, bloc]
    below = alone < margin
    assert below.any(axis=1).all()
    assert (end[below] > alone[below]).all()


@pytest.mark.usefixtures("shipped_world")
@pytest.mark.parametrize("change", ["conduct=scripted", "dispute.decides.CHN=script"])
def test_a_scripted_coercer_without_a_script_is_warned_of(change: str) -> None:
    assert not [w for w in warnings_of(load_scenario("china-disputes")) if "presses" in w.message]
    (warning,) = [w for w in warnings_of(load_scenario("china-disputes", [change])) if "presses" in w.message]
    assert warning.severity == "warning"
    assert "CHN" in warning.message
    assert warning.key == ("conduct" if "conduct" in change else "dispute.decides")
    assert warnings_of(load_scenario("australia-2020")) == ()  # scripted too, and its script has measures


@pytest.mark.usefixtures("shipped_world")
def test_a_parameter_of_another_policy_is_named_as_such(tmp_path: Path) -> None:
    path = copy_scenario("australia-2020", tmp_path / "own.toml")
    path.write_text(path.read_text("utf-8") + "\n[policy.uncoordinated_derisking]\nretaliate_factor = 2.0\n", "utf-8")
    with pytest.raises(InvalidInput) as caught:
        load_scenario(path)
    (problem,) = caught.value.problems
    assert problem.key == "policy.uncoordinated_derisking.retaliate_factor"
    assert problem.suggestion is None
    assert "respond_as_allies" in problem.message
    assert problem.line == len(path.read_text("utf-8").splitlines())


@pytest.mark.usefixtures("shipped_world")
def test_a_scenario_is_read_straight_through() -> None:
    """Control returns to few files already left: `tests/ways.py` counts, and docs/architecture.md says how."""
    assert ways.reading(Path(coercion_sim.__file__).resolve().parent).returns() <= 10
