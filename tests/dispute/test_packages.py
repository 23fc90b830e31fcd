"""Packages of a coercer and the screen they pass, by hand on a small world; the long-run outlook of policies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coercion_sim.dispute import (
    Depth,
    Economy,
    Package,
    PackageSizes,
    PayoffQuestion,
    Screen,
    ScreenedGood,
    WorldOutlook,
    bare,
    integration_index,
    sized,
    solve_payoffs,
)
from coercion_sim.dispute.effects import TABLE_ERROR
from coercion_sim.economy import EconomyParameters, Measure, solve_equilibrium
from coercion_sim.errors import MeasureError
from support.small import SECTORS, STATES, small_world

WORLD, PLAIN = small_world(), EconomyParameters()
T, C = STATES.index("AUS"), STATES.index("CHN")


def screened(screen: Screen) -> dict[str, ScreenedGood]:
    """Goods of Australia in China's market, as the screen judges them."""
    question = PayoffQuestion("CHN", "AUS", screen=screen, names=("services",))
    return {g.good: g for g in solve_payoffs(WORLD, PLAIN, question).goods}


def listed(sizes: PackageSizes | None = None, screen: Screen | None = None, **more: object) -> dict[str, Package]:
    """Packages of China against Australia, none struck out for its cost."""
    question = PayoffQuestion(
        "CHN",
        "AUS",
        screen=screen or Screen("off"),
        sizes=sizes or PackageSizes(),
        **more,  # type: ignore[arg-type]
    )
    return {p.name: p for p in solve_payoffs(WORLD, PLAIN, question).packages}


# ------------------------------------------------------------------ the screen


def test_goods_are_judged_by_their_share_and_by_a_complete_ban() -> None:
    goods = screened(Screen("off"))
    assert list(goods) == ["coal", "wine", "parts"]  # services have no border
    for name, share in (("coal", 80 / 100), ("wine", 70 / 100), ("parts", 50 / 500)):
        ban = Measure("import_ban", "CHN", "AUS", (name,), 0.0)
        effect = solve_equilibrium(WORLD, (ban,), parameters=PLAIN).welfare_pct_gdp
        assert goods[name].supply_share == pytest.approx(share)
        assert goods[name].cost == pytest.approx(-effect[C], abs=TABLE_ERROR)
        assert goods[name].loss == pytest.approx(-effect[T], abs=TABLE_ERROR)
        assert goods[name].struck_by == ""


@pytest.mark.parametrize(
    ("mode", "struck"),
    [
        ("off", ["", "", ""]),
        ("share", ["supply share", "supply share", ""]),
        ("cost", ["", "own cost", "own cost"]),  # coal improves China's terms of trade
        ("both", ["supply share", "supply share", "own cost"]),
    ],
)
def test_each_rule_strikes_out_what_it_is_about(mode: str, struck: list[str]) -> None:
    assert [g.struck_by for g in screened(Screen(mode)).values()] == struck  # type: ignore[arg-type]


def test_a_limit_is_itself_allowed() -> None:
    assert screened(Screen("share", supply_share=0.7))["wine"].struck_by == ""
    assert screened(Screen("share", supply_share=0.7 - 1e-9))["wine"].struck_by == "supply share"


@pytest.mark.parametrize(("part", "judged"), [(1e-6, False), (0.95e-5, False), (1.05e-5, True)])
def test_goods_too_small_to_matter_are_not_judged(part: float, judged: bool) -> None:
    """Sold for less than a thousandth of a percent of the target's GDP."""
    flows = np.array(WORLD.flows)
    coal = SECTORS.index("coal"), T, C
    flows[coal] = 0.0
    flows[coal] = part * replace(WORLD, flows=flows).baseline.gdp[T]
    question = PayoffQuestion("CHN", "AUS", names=("services",))
    goods = solve_payoffs(replace(WORLD, flows=flows), PLAIN, question).goods
    assert [g.good for g in goods] == [*(["coal"] if judged else []), "wine", "parts"]


# ------------------------------------------------------------------ packages


def test_packages_hold_the_measures_they_are_called_after() -> None:
    sizes = PackageSizes(
        Depth(size=0.1), Depth(size=1.3), Depth(size=1.4), Depth(size=1.6), critical=0.05, grey_zone=0.4
    )
    found = listed(sizes)
    everything = ("coal", "wine", "parts")
    measures = {name: [(m.kind, m.sectors, m.size) for m in p.measures] for name, p in found.items()}
    ban, boycott = ("import_ban", everything, 0.1), ("import_barrier", ("services",), 1.4)
    patrols, rumours = ("military", (), 0.4), ("disinformation", (), 0.05)
    assert measures == {
        "narrow": [("import_ban", ("wine",), 0.1)],  # hurts Australia most
        "barriers": [("import_barrier", everything, 1.3)],
        "screened": [ban],
        "services": [boycott],
        "screened_services": [ban, boycott],
        "export_control": [("export_control", ("parts",), 1.6)],
        "grey_zone": [patrols],
        "disinformation": [rumours],
        "hybrid": [ban, patrols, rumours],
    }
    for package in found.values():
        assert {(m.by, m.on) for m in package.measures} == {("CHN", "AUS")}
        assert len({m.name for m in package.measures}) == len(package.measures)


def test_packages_state_the_share_they_leave() -> None:
    found = listed(PackageSizes(critical=0.05))
    left = {name: [(m.kind, m.left) for m in p.measures if m.left is not None] for name, p in found.items()}
    ban, boycott = ("import_ban", 0.03), ("import_barrier", 0.6)
    assert left == {
        "narrow": [ban], "barriers": [("import_barrier", 0.5)], "screened": [ban], "services": [boycott],
        "screened_services": [ban, boycott], "export_control": [("export_control", 0.4)], "grey_zone": [],
        "disinformation": [], "hybrid": [ban],
    }  # fmt: skip


@pytest.mark.parametrize("name", ["narrow", "barriers", "screened", "services", "screened_services", "export_control"])
def test_every_good_of_a_package_is_left_its_share(name: str) -> None:
    """Dominant goods (coal, wine) and small ones alike, by a solve that knows only the sizes."""
    package = listed(PackageSizes(critical=0.05), names=(name,))[name]
    assert package.measures
    flows = solve_equilibrium(WORLD, sized(WORLD, PLAIN, package.measures), parameters=PLAIN).flows
    for m in package.measures:
        i, n = (T, C) if m.kind.startswith("import") else (C, T)
        for j in WORLD.sector_indices(m.sectors):
            assert flows[j, i, n] / WORLD.flows[j, i, n] == pytest.approx(m.left, rel=1e-7)


def test_the_effect_of_a_package_is_that_of_its_sizes_and_answers_do_not_change_them() -> None:
    package = listed(names=("screened",))["screened"]
    alone = sized(WORLD, PLAIN, package.measures)
    help_ = Measure("import_subsidy", "USA", "AUS", ("coal", "wine"), 0.1, purpose="absorb")
    both = sized(WORLD, PLAIN, (*package.measures, help_))
    assert both == (*alone, help_)
    effects = Economy(WORLD, PLAIN).first_year_and_long_run((*package.measures, help_), package.measures)
    settled = solve_equilibrium(WORLD, both, parameters=PLAIN)
    np.testing.assert_allclose(effects[1], settled.welfare_pct_gdp, atol=TABLE_ERROR)
    coal = SECTORS.index("coal"), T, C
    assert abs(settled.flows[coal] / WORLD.flows[coal] / 0.03 - 1.0) > 0.01  # help draws sales away


@pytest.mark.parametrize(
    ("part", "gone"),
    [
        ("ban", {"narrow", "screened", "screened_services"}),
        ("barrier", {"barriers"}),
        ("services", {"services", "screened_services"}),
        ("control", {"export_control"}),
    ],
)
def test_a_package_that_leaves_all_trade_is_none(part: str, gone: set[str]) -> None:
    names = ("narrow", "barriers", "screened", "services", "screened_services", "export_control")
    sizes = replace(PackageSizes(critical=0.05), **{part: Depth(left=1.0)})
    assert set(names) - set(listed(sizes, names=names)) == gone


def test_a_ban_that_leaves_nothing_is_complete() -> None:
    total = listed(PackageSizes(Depth(left=0.0)), names=("screened",))["screened"]
    complete = listed(PackageSizes(Depth(size=0.0)), names=("screened",))["screened"]
    economy = Economy(WORLD, PLAIN)
    one, other = (economy.first_year_and_long_run(p.measures) for p in (total, complete))
    np.testing.assert_allclose(one, other, atol=1e-7)
    assert sized(WORLD, PLAIN, total.measures)[0].size == 0.0


def test_a_good_that_is_not_traded_is_no_obstacle() -> None:
    control = listed(PackageSizes(critical=0.0), names=("export_control",))["export_control"]
    assert control.goods == ("coal", "parts", "wine")  # China sells Australia parts alone
    sizes = {m.sectors[0]: m.size for m in sized(WORLD, PLAIN, control.measures)}
    assert sizes["coal"] == sizes["wine"] == 1.0
    assert sizes["parts"] > 1.1


def test_a_share_that_cannot_be_met_is_an_error_of_the_package_by_name() -> None:
    script = (
        Measure("import_tariff", "CHN", "AUS", ("wine",), 1.0),
        Measure("import_ban", "CHN", "AUS", ("wine",), left=0.9),
    )
    with pytest.raises(
        MeasureError, match=r"record 2: the other measures leave less than this; found left 0\.9 of wine"
    ):
        listed(names=("record",), record=script)


def test_the_record_is_listed_where_a_script_is_given_and_it_is_asked_for() -> None:
    script = (
        Measure("import_ban", "CHN", "AUS", ("coal",), 0.02, name="coal"),
        Measure("import_ban", "CHN", "AUS", ("wine",), left=0.1, name="wine"),
    )
    assert "record" not in listed()
    assert "record" not in listed(names=("narrow",), record=script)
    question = PayoffQuestion("CHN", "AUS", screen=Screen("off"), names=("record", "narrow"), record=script)
    table = solve_payoffs(WORLD, PLAIN, question)
    assert [p.name for p in table.packages] == ["record", "narrow"]
    assert bare(table.packages[0].measures) == bare(script)
    effect = Economy(WORLD, PLAIN).first_year_and_long_run(script)
    np.testing.assert_allclose(table.alone[:, 0], effect, atol=1e-12)
    flows = solve_equilibrium(WORLD, sized(WORLD, PLAIN, script), parameters=PLAIN).flows
    wine = SECTORS.index("wine"), T, C
    assert flows[wine] / WORLD.flows[wine] == pytest.approx(0.1, rel=1e-7)


def test_only_what_passes_the_screen_is_listed() -> None:
    found = listed(screen=Screen("share"))
    assert found["screened"].goods == found["narrow"].goods == ("parts",)
    none_passes = listed(screen=Screen("share", supply_share=0.0))
    assert {"narrow", "barriers", "screened", "screened_services"}.isdisjoint(none_passes)


def test_names_asked_for_alone_are_listed() -> None:
    assert set(listed(names=("services", "narrow"))) == {"services", "narrow"}


def test_pressure_without_a_size_is_no_package() -> None:
    found = listed(PackageSizes(grey_zone=0.0))
    assert "grey_zone" not in found
    assert "hybrid" not in found
    assert "disinformation" in found


def test_a_package_knows_its_goods_and_means() -> None:
    ban = Measure("import_ban", "CHN", "AUS", ("wine", "coal"), 0.0)
    patrols = Measure("military", "CHN", "AUS", (), 0.3)
    assert Package("both", (ban, patrols)).goods == ("coal", "wine")
    assert [Package("p", ms).on_trade for ms in ((ban,), (patrols,), (ban, patrols))] == [True, False, True]
    assert [Package("p", ms).non_economic for ms in ((ban,), (patrols,), (ban, patrols))] == [False, True, True]


# ------------------------------------------------------------------ outlook


def test_the_integration_index_runs_from_minus_one_to_one_and_ignores_the_unit() -> None:
    members = tuple(s for s in STATES if s != "CHN")
    index = integration_index(WORLD, WORLD.flows, members, "CHN")
    np.testing.assert_allclose(integration_index(WORLD, 7.0 * WORLD.flows, members, "CHN"), index)
    assert np.abs(index).max() <= 1.0
    assert index[C] == pytest.approx(1.0)  # all of China's trade is with the others
    assert (integration_index(WORLD, WORLD.flows * np.eye(5), members, "CHN") == 0.0).all()


def test_the_outlook_answers_from_the_equilibrium() -> None:
    outlook = WorldOutlook(WORLD, PLAIN)
    ban = (Measure("import_ban", "CHN", "AUS", ("wine",), 0.0),)
    settled = solve_equilibrium(WORLD, ban, parameters=PLAIN)
    np.testing.assert_allclose(outlook.effect(ban), settled.welfare_pct_gdp, atol=TABLE_ERROR)
    j = SECTORS.index("wine")
    left = settled.flows[j, T, C] / WORLD.flows[j, T, C]
    assert outlook.trade_after(ban, "AUS", "CHN", ("wine",)) == pytest.approx(left, abs=1e-9)
    assert outlook.at_start is outlook
    assert WorldOutlook(WORLD, PLAIN, before=outlook).at_start is outlook


def test_a_state_turned_on_loses_by_a_ban_within_the_share_rule_and_a_boycott() -> None:
    sizes = PackageSizes(Depth(size=0.1), services=Depth(size=1.5))
    ban = Measure("import_ban", "CHN", "AUS", ("parts",), 0.1)  # coal and wine are above the share rule
    boycott = Measure("import_barrier", "CHN", "AUS", ("services",), 1.5)
    wanted = -solve_equilibrium(WORLD, (ban, boycott), parameters=PLAIN).welfare_pct_gdp[T]
    outlook = WorldOutlook(WORLD, PLAIN, sizes=sizes)
    assert outlook.loss_if_turned("CHN", "AUS") == pytest.approx(wanted, abs=TABLE_ERROR)
    open_to_all = WorldOutlook(WORLD, PLAIN, Screen(supply_share=1.0), sizes)
    assert open_to_all.loss_if_turned("CHN", "AUS") > wanted
    assert outlook.loss_if_turned("IRN", "AUS") == 0.0


def test_the_loss_of_a_state_turned_on_has_no_unit_of_money() -> None:
    """In millions of millions too, where a whole market is less than 1."""
    small = replace(WORLD, flows=WORLD.flows * 1e-6)
    assert small.flows.sum() < 1.0
    loss, same = (WorldOutlook(world, PLAIN).loss_if_turned("CHN", "AUS") for world in (WORLD, small))
    assert loss > 1e-3
    assert same == pytest.approx(loss, abs=TABLE_ERROR)


def test_cheaper_trade_among_members_raises_their_integration() -> None:
    outlook, members = WorldOutlook(WORLD, PLAIN), ("AUS", "JPN", "USA")
    before = outlook.long_run_integration(members, "CHN", 0.0, ("goods",))
    index = integration_index(WORLD, WORLD.flows, members, "CHN")
    assert before == pytest.approx({m: index[STATES.index(m)] for m in members}, abs=1e-6)
    small, large = (outlook.long_run_integration(members, "CHN", cut, ("goods",)) for cut in (0.05, 0.1))
    assert all(before[m] < small[m] < large[m] for m in members)
