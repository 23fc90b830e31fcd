"""The shipped scenario australia-2020 says what the record says."""

from __future__ import annotations

import csv
import datetime
import os
from pathlib import Path

import pytest

from coercion_sim.scenario import Quarter, Scenario, list_scenarios, load_scenario
from coercion_sim.world import read_labels

#: Product of the record -> sectors it became; None where the model leaves it out or it was spared.
PRODUCTS = {
    "barley": "barley",
    "beef": "beef",
    "wine": "wine",
    "rock_lobster": "lobster",
    "timber logs": "logs",
    "coal": "coal",
    "copper ores and concentrates": "copper_ores",
    "cotton": "cotton",
}
LEFT_OUT = {"barley (CBH)", "sugar", "iron ore", "wool", "lng", "education and tourism"}

pytestmark = pytest.mark.usefixtures("shipped_world")


@pytest.fixture
def flagship() -> Scenario:
    return load_scenario("australia-2020")


def _quarter_of(day: datetime.date) -> Quarter:
    return Quarter(day.year, (day.month + 2) // 3)


def _record() -> list[dict[str, str]]:
    shared = Path(os.environ.get("COERCION_SIM_SHARED", Path(__file__).resolve().parents[3] / "shared"))
    path = shared / "data/world/china_measures_on_australia_2020.csv"
    if not path.is_file():
        pytest.skip(f"no shared data at {shared}")
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_each_product_s_ban_runs_from_the_quarter_of_its_start_to_the_one_before_its_end(flagship) -> None:
    rows = _record()
    spans: dict[str, tuple[datetime.date, datetime.date]] = {}
    for row in rows:
        if row["product"] in PRODUCTS:
            start, end = (datetime.date.fromisoformat(row[key]) for key in ("start", "end"))
            known = spans.get(PRODUCTS[row["product"]], (start, end))
            spans[PRODUCTS[row["product"]]] = (min(start, known[0]), max(end, known[1]))
    assert {row["product"] for row in rows} == PRODUCTS.keys() | LEFT_OUT
    written = {m.sectors: (m.from_, m.until) for m in flagship.measures}
    assert written == {
        (sector,): (str(_quarter_of(start)), str(_quarter_of(end) + -1)) for sector, (start, end) in spans.items()
    }


def test_every_measure_is_china_s_ban_on_australia_with_the_open_share_of_the_record_experiment(flagship) -> None:
    assert {(m.kind, m.by, m.on, m.purpose) for m in flagship.measures_as_data()} == {
        ("import_ban", "CHN", "AUS", "coercion")
    }
    assert {m.name: m.size for m in flagship.measures_as_data()} == {
        "barley": 0.0,
        "copper_ores": 0.0,
        "coal": 0.02,
        "logs": 0.02,
        "wine": 0.03,
        "lobster": 0.05,
        "cotton": 0.4,
        "beef": 0.65,
    }
    assert all(m.instrument and m.source for m in flagship.measures_as_data())


def test_the_run_is_five_years_from_2020_on_the_shipped_world(flagship) -> None:
    assert (flagship.quarter_label(0), flagship.quarter_label(flagship.quarters - 1)) == ("2020Q1", "2024Q4")
    assert (flagship.world, flagship.replicates) == ("pacific-2019", 50)
    assert flagship.policies == ("stand_alone", "respond_as_allies", "integrate_economies")


def test_what_is_uncertain_stays_inside_the_ranges_of_the_model(flagship) -> None:
    ranges = {u.path: (*u.values, u.default) for u in flagship.uncertain}
    assert ranges == {
        "economy.elasticity_scale": (0.7, 1.3, 1.0),
        "economy.factor_mobility": (1.05, 1.5, 1.5),
        "economy.adjustment_rate": (0.1, 0.5, 0.25),
        "economy.input_substitution": (0.2, 0.5, 0.3),
        "measures.beef.open": (0.5, 0.8, 0.65),
        "measures.cotton.open": (0.3, 0.5, 0.4),
        "measures.coal.open": (0.0, 0.05, 0.02),
    }


def test_allies_help_and_do_not_retaliate(flagship) -> None:
    assert flagship.dotted("policy.respond_as_allies.instruments") == ("statement", "absorb", "compensate")
    assert flagship.dotted("policy.integrate_economies.members") == ("AUS", "USA", "JPN", "KOR", "NZL")
    assert flagship.dotted("policy.integrate_economies.competitor") == "CHN"


def test_the_record_shown_names_its_source_and_only_products_hit(flagship) -> None:
    hit = {sector for m in flagship.measures for sector in m.sectors}
    shown = [record.sector for record in flagship.report.record]
    assert set(shown) == hit - {"beef"}
    assert len(shown) == len(set(shown))
    for record in flagship.report.record:
        assert record.basis
        assert record.source
        assert record.grade
        low, high = record.range or (record.diverted_share, record.diverted_share)
        assert low <= record.diverted_share <= high


def test_the_spared_products_are_in_the_world_and_not_hit(flagship) -> None:
    labels = read_labels(flagship.world)
    hit = {sector for m in flagship.measures for sector in m.sectors}
    assert {"iron_ore", "wool", "lng"} <= set(labels.sectors) - hit


@pytest.mark.parametrize("name", list_scenarios())
def test_every_shipped_scenario_loads_and_can_be_drawn(name: str) -> None:
    s = load_scenario(name)
    for u in (0.0, 0.5, 0.999999):
        assert s.with_values({x.path: x.at(u) for x in s.uncertain}).uncertain == ()
    for policy in s.policies:
        assert s.build_policy(policy) is not None
