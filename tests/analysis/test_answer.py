"""The answer to a scenario's question: exact games, paired differences, robustness, one screen."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import coercion_sim as cs
from coercion_sim.analysis import Answer, first_screen, policy_rows, record_likelihood, usd
from coercion_sim.analysis.answer import answer as answer_module
from coercion_sim.analysis.answer import cells
from coercion_sim.analysis.answer.answer import _same_economies, answer
from coercion_sim.analysis.answer.cells import COLUMNS, Cell, open_cells
from coercion_sim.analysis.deterrence.dyad import Question, ask
from coercion_sim.cli.answer import WIDTH, answer_text
from coercion_sim.cli.app import run
from coercion_sim.dispute import (
    DisputeGame,
    DisputeSolution,
    effect_store,
    effects,
    mean_endings,
    payoff_store,
    solve_dispute,
    solve_disputes,
)
from coercion_sim.economy import solve_equilibrium
from coercion_sim.errors import GameError, InvalidInput, NothingToPressWith

POLICIES = ("stand_alone", "respond_as_allies")
Columns = tuple[tuple[float, ...], ...]


def made(names: tuple[str, ...] = POLICIES, numbers: dict[str, np.ndarray] | None = None, **columns: Columns) -> Answer:
    """An answer with these columns, a row for each policy; the others are NaN."""
    draws = len(next(iter(columns.values()))[0])
    values = np.full((len(names), draws, len(COLUMNS)), math.nan)
    values[:, :, list(COLUMNS).index("imposed")] = 0.4
    for name, rows in columns.items():
        values[:, :, list(COLUMNS).index(name)] = rows
    return Answer(
        scenario="made", title="A dispute", question="", coercer="CHN", target="AUS", policies=names,
        allies=dict.fromkeys(names, ("USA", "JPN")),
        names={"CHN": "China", "AUS": "Australia", "USA": "United States"}, draws=draws, unsolved=0, values=values,
        ally_usd={policy: {"USA": 0.65, "JPN": 0.16, "CAN": 0.01} for policy in names},
        leaves={}, cuts={}, record=(-0.19, -0.1), gdp_usd=1400.0, behaviour="posterior", numbers=numbers or {},
    )  # fmt: skip


@pytest.fixture(scope="module")
def found() -> Answer:
    return cs.answer("australia-2020", POLICIES, draws=3, overrides=("dispute.most_allies=1",))


def test_columns_are_those_of_the_solved_games(found: Answer) -> None:
    for policy in POLICIES:
        question = ask("australia-2020", policy, draws=3, overrides=("dispute.most_allies=1",))
        for draw in range(3):
            dyad = question.dyad(draw)
            dispute = dyad.diplomacy.open_dispute(dyad.coercer, dyad.target, 0)
            assert dispute is not None
            wanted = mean_endings(solve_dispute(dispute.game), 40, bound=True)
            assert found.column("pressed", policy)[draw] == pytest.approx(wanted.press, abs=1e-6)
            assert found.column("gets_its_way", policy)[draw] == pytest.approx(wanted.objective, abs=1e-6)
            # Discounted, a little less than the sum of the same flows; the interest is 3 % a year.
            assert 0.9 < found.column("loss", policy)[draw] * wanted.press / wanted.target_loss < 1.0


def test_shares_and_money_add_up(found: Answer) -> None:
    for policy in POLICIES:
        parts = sum(found.column(n, policy) for n in ("conceded", "backed_down", "imposed"))
        np.testing.assert_allclose(parts, 1.0, rtol=0, atol=1e-9)
        means = sum(found.mean(n, policy).value for n in ("conceded", "backed_down", "imposed"))
        assert means == pytest.approx(1.0, abs=1e-9)
        usd = found.column("loss", policy) / 100.0 * found.gdp_usd
        np.testing.assert_allclose(found.column("loss_usd", policy), usd, rtol=1e-9)
        assert sum(found.ally_usd[policy].values()) == pytest.approx(found.mean("burden_usd", policy).value)
    assert found.mean("first_year", POLICIES[1]).value < found.mean("first_year_alone", POLICIES[1]).value


def test_help_promised_deters_and_costs(found: Answer) -> None:
    alone, answered = found.column("pressed", POLICIES[0]), found.column("pressed", POLICIES[1])
    assert (answered < alone + 1e-4).all()  # where China hardly ever presses, help changes nothing
    assert answered.mean() < alone.mean() - 0.005
    assert found.mean("burden_usd", POLICIES[1]).value > 10 * found.mean("burden_usd", POLICIES[0]).value


def test_differences_are_paired_by_draw_and_have_intervals_from_five_draws_on(found: Answer) -> None:
    gap = found.column("pressed", POLICIES[1]) - found.column("pressed", POLICIES[0])
    mean = found.mean("pressed", POLICIES[1])
    assert mean.difference == pytest.approx(gap.mean())
    assert math.isnan(mean.difference_low)
    assert math.isnan(found.mean("pressed", POLICIES[0]).difference)
    five = made(pressed=((0.30, 0.25, 0.35, 0.28, 0.32), (0.20, 0.21, 0.19, 0.22, 0.18)))
    gaps = np.array([-0.10, -0.04, -0.16, -0.06, -0.14])
    half = 2.776445 * gaps.std(ddof=1) / math.sqrt(5)  # Student's t with 4 degrees of freedom
    mean = five.mean("pressed", POLICIES[1])
    assert (mean.difference_low, mean.difference_high) == pytest.approx((-0.1 - half, -0.1 + half), abs=1e-6)


def test_shares_of_those_pressed_count_a_draw_by_how_often_it_is_pressed() -> None:
    pressed = ((0.5, 0.1, 0.3, 0.2, 0.4), (0.1, 0.5, 0.2, 0.3, 0.3))
    conceded = ((0.3, 0.0, 0.1, 0.2, 0.2), (0.1, 0.2, 0.1, 0.0, 0.3))
    success = ((0.5, math.nan, 0.2, 0.1, 0.3), (0.1, 0.2, 0.3, 0.4, 0.5))
    a = made(pressed=pressed, conceded=conceded, success=success)
    first, second = (a.mean("conceded", policy) for policy in POLICIES)
    assert first.value == pytest.approx(0.30 / 1.5)  # 15 + 0 + 3 + 4 + 8 in a hundred disputes of each draw
    assert second.value == pytest.approx(0.22 / 1.4)
    w, x = np.array(pressed), np.array(conceded)
    off = w * (x - [[first.value], [second.value]]) / w.mean(axis=1)[:, None]
    half = 2.776445 * (off[1] - off[0]).std(ddof=1) / math.sqrt(5)  # Student's t with 4 degrees of freedom
    assert second.difference == pytest.approx(second.value - first.value)
    assert (second.difference_low, second.difference_high) == pytest.approx(
        (second.difference - half, second.difference + half), abs=1e-6
    )
    # Imposed .4 of those pressed in every draw; a draw without success has none imposed.
    assert a.mean("success", POLICIES[0]).value == pytest.approx((0.25 + 0.06 + 0.02 + 0.12) / 1.4)


def test_rates_of_those_pressed_are_those_beside_the_record(found: Answer) -> None:
    record = record_likelihood("australia-2020", POLICIES[0], draws=3, overrides=("dispute.most_allies=1",))
    rates = {row["name"]: row["value"] for row in record.records() if row["kind"] == "rate"}
    for column, rate in (
        ("conceded", "conceded_to_demand"),
        ("backed_down", "backed_down"),
        ("imposed", "carried_out"),
    ):
        assert found.mean(column, POLICIES[0]).value == pytest.approx(rates[rate], abs=1e-6)


def test_losses_are_those_of_allies_that_mean_it_as_burdens_are(found: Answer) -> None:
    question = ask("australia-2020", POLICIES[1], draws=1, overrides=("dispute.most_allies=1",))
    game = question.dyad(0).open()[0]
    solved = solve_dispute(game)
    weight = np.zeros(len(game.packages))
    for c, p_c in enumerate(game.types_coercer):
        for s, p_s in enumerate(game.types_target):
            weight += p_c * p_s * solved.press[c] * solved.package[c] * (1 - solved.concede[s]) * solved.impose[c]
    answered = (-game.target_effect[0] * solved.pledged[0]).sum(axis=1)  # one ally, which knows its own pledge
    assert found.column("first_year", POLICIES[1])[0] == pytest.approx(weight @ answered / weight.sum(), abs=1e-6)
    alone = -game.target_effect[0][:, 0]
    assert found.column("first_year_alone", POLICIES[1])[0] == pytest.approx(weight @ alone / weight.sum(), abs=1e-6)


def test_the_script_is_measured_beside_the_game(found: Answer) -> None:
    first, later = found.record
    assert -1.0 < first < 0.0
    assert -1.0 < later < 0.0


def test_frame_has_every_policy_and_column(found: Answer) -> None:
    frame = found.frame()
    assert len(frame) == len(POLICIES) * len(COLUMNS)
    assert set(frame.columns) >= {"policy", "outcome", "unit", "value", "low", "high", "difference"}


def test_robustness_rests_on_the_draws_of_the_answer(found: Answer) -> None:
    """Behaviour of each draw is that of its game, and the counts are those of the columns."""
    question = ask("australia-2020", POLICIES[0], draws=3, overrides=("dispute.most_allies=1",))
    games = [question.dyad(draw).open()[0] for draw in range(3)]
    np.testing.assert_array_equal(found.numbers["rationality"], [g.parameters.rationality for g in games])
    np.testing.assert_allclose(found.numbers["stake_target"], [np.sqrt(np.prod(g.stake_target)) for g in games])
    assert {"rationality", "belief_target", "stake_coercer"} <= set(found.robustness.varied)
    gap = found.column("pressed", POLICIES[0]) - found.column("pressed", POLICIES[1])
    assert [(p.more, p.less, p.same) for p in found.robustness.pairs] == [(*POLICIES, int((gap > 0.002).sum()))]
    assert found.as_dict()["robustness"]["same"] == found.robustness.same


def test_workers_change_nothing(found: Answer) -> None:
    """Policies on two processes: the same numbers to the last bit."""
    shared = cs.answer("australia-2020", POLICIES, draws=3, overrides=("dispute.most_allies=1",), workers=2)
    np.testing.assert_array_equal(shared.values, found.values)
    assert shared.robustness == found.robustness
    assert (shared.ally_usd, shared.leaves, shared.record) == (found.ally_usd, found.leaves, found.record)


def test_a_later_answer_finds_the_effects_it_needs_and_has_the_same_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A policy that sizes its cuts draw by draw, with nothing in memory: no equilibrium behind an effect is solved."""
    monkeypatch.setenv("COERCION_SIM_CACHE", str(tmp_path))
    solved: list[object] = []

    def counted(*rest: Any, **named: Any) -> Any:
        solved.append(rest)
        return solve_equilibrium(*rest, **named)

    monkeypatch.setattr(effects, "solve_equilibrium", counted)
    answers = []
    for _ in range(2):
        for store in (payoff_store, effect_store):
            store.cache_clear()
        before = len(solved)
        answers.append(cs.answer("australia-2020", ("stand_alone", "choose_sides"), draws=1))
        answers.append(len(solved) - before)
    for store in (payoff_store, effect_store):
        store.cache_clear()
    cold, many, warm, none = answers
    np.testing.assert_array_equal(warm.values, cold.values)
    assert (warm.ally_usd, warm.cuts, warm.record) == (cold.ally_usd, cold.cuts, cold.record)
    assert many > 20
    assert none == 0


def test_draws_solved_in_parts_stand_in_their_places(found: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three draws in two parts, the first and the third together; progress counts the games of each part."""
    monkeypatch.setattr(answer_module, "TOGETHER", 2)
    seen: list[tuple[int, int, int]] = []
    parted = cs.answer(
        "australia-2020", POLICIES, draws=3, overrides=("dispute.most_allies=1",), progress=lambda *n: seen.append(n)
    )
    np.testing.assert_allclose(parted.values, found.values, rtol=0, atol=1e-9, equal_nan=True)
    assert parted.leaves.keys() == found.leaves.keys()
    assert seen == [(4, 6, 0), (6, 6, 0)]


def test_policies_that_leave_the_world_as_it_is_are_solved_together() -> None:
    policies = ("integrate_economies", *POLICIES, "respond_as_allies+integrate_economies")
    groups = _same_economies({p: ask("australia-2020", p, overrides=("dispute.most_allies=0",)) for p in policies})
    assert groups == [(policies[0], policies[-1]), POLICIES]


def test_first_screen_fits_and_says_once_why_no_interval_stands(found: Answer) -> None:
    text = answer_text(found)
    lines = text.splitlines()
    assert len(lines) <= 25
    assert max(map(len, lines)) <= WIDTH
    assert lines[0].startswith("China's pressure on Australia")
    assert any(line.startswith("stand alone") for line in lines)
    assert "[" not in text
    assert lines[0].endswith("3 draws, exact, no intervals below 5")
    assert text.count("no interval") == 1


def test_pressed_is_said_as_a_share_of_disputes_under_each_policy() -> None:
    a = made(pressed=((0.30, 0.25, 0.35, 0.28, 0.32), (0.20, 0.21, 0.19, 0.22, 0.18)))
    said = first_screen(a)["Deterrence"].replace("−", "-")
    assert said == (
        "China presses in 30 % of disputes under stand alone (26-34 over draws), in 20 % under respond as allies:"
        " -10 points [-16, -4]."
    )
    as_often = made(pressed=((0.30,) * 5, (0.301,) * 5))
    assert first_screen(as_often)["Deterrence"].endswith("under respond as allies: as often.")
    unclear = made(pressed=((0.30,) * 5, (0.25, 0.35, 0.20, 0.40, 0.30)))
    assert "0 points [" in first_screen(unclear)["Deterrence"]


@pytest.mark.parametrize(
    ("alone", "answered", "says"),
    [
        (0.3912, 0.29, "imposed here 0.39 % alone, 0.29 % when allies answer"),
        (0.0312, 0.0264, "imposed here 0.031 % alone, 0.026 % when allies answer"),
        (0.3912, 0.39, "imposed here 0.39 %, and no ally makes any of it good"),
        (0.3912, 0.004, "0.39 % alone, about nothing when allies answer"),
        (0.0049, 0.004, "imposed here about nothing, alone or with allies"),
        (math.nan, math.nan, "none is imposed here"),
    ],
)
def test_vulnerability_stands_alone_and_when_allies_answer(alone: float, answered: float, says: str) -> None:
    a = made(pressed=((0.3,), (0.2,)), first_year_alone=((alone,),) * 2, first_year=((answered,),) * 2)
    assert says in first_screen(a)["Relief"]
    assert first_screen(a)["Relief"].startswith("Measures on record cost Australia 0.19 % of GDP a year; ")
    nobody_helps = first_screen(replace(a, policies=a.policies[:1]))["Relief"]
    assert "allies" not in nobody_helps
    assert "ally" not in nobody_helps
    without = first_screen(replace(a, record=(math.nan, math.nan)))["Relief"]
    assert without.startswith(("In % of GDP a year, measures imposed cost Australia ", "No measure is imposed."))


def test_what_is_below_the_floor_is_about_nothing_and_no_zero_has_a_sign() -> None:
    names = ("stand_alone", "integrate_economies", "choose_sides")
    a = made(
        names, pressed=((0.3,),) * 3, loss=((0.2,), (0.1999,), (0.004,)), standing=((0.0,), (-0.003,), (0.0,)),
        loss_usd=((2.8,), (2.79,), (0.05,)), burden_usd=((0.0,), (0.06,), (0.08,)), standing_usd=((0.0,),) * 3,
    )  # fmt: skip
    said = first_screen(a)
    assert said["Integration"] == "By itself about nothing; as a shield, pressed as often, loss if pressed as large."
    assert said["Us or them"] == "Nobody would cut trade with China: no trade is cut; pressed as often."
    assert [row[-3:] for row in policy_rows(a)] == [["0.20", "2.8", "0"], ["0.20", "2.8", "~0"], ["~0", "~0", "0.08"]]
    assert "-0 " not in answer_text(a)
    assert "−0 " not in " ".join(said.values())


def test_those_who_cut_trade_are_named_and_their_bill_is_added_up() -> None:
    names = ("stand_alone", "choose_sides")
    a = made(names, pressed=((0.3,),) * 2, standing_usd=((0.0,), (-28.4,)))
    a = replace(a, cuts={"choose_sides": {"USA": 1.0, "JPN": 0.4, "KOR": 0.7}})
    assert first_screen(a)["Us or them"] == (
        "The United States and KOR (70 % of draws) would cut trade with China; pressed as often; cost US$ 28 bn a year."
    )


def test_payers_are_named_while_they_matter() -> None:
    a = made(pressed=((0.3,), (0.2,)))
    assert first_screen(a)["Who pays"] == "US$ bn if pressed: United States 0.65, JPN 0.16."
    spread = replace(a, ally_usd={"respond_as_allies": {"USA": 0.06, "JPN": 0.05}})
    assert first_screen(spread)["Who pays"] == "US$ bn if pressed: all allies 0.11."
    assert [usd(replace(a, gdp_usd=1.0), x) for x in (0.004, 0.04, 0.4, 4.04, 40.4)] == [
        "0.004", "0.04", "0.40", "4.0", "40",
    ]  # fmt: skip
    nobody = replace(a, ally_usd={"respond_as_allies": {"USA": 0.0, "JPN": 0.0}})
    assert first_screen(nobody)["Who pays"] == "Allies pay about nothing."
    small = replace(a, ally_usd={"respond_as_allies": {"USA": 0.02, "JPN": 0.01}})
    assert first_screen(small)["Who pays"] == "Allies pay about nothing."


def test_no_equilibrium_in_any_draw_names_the_number_of_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    def unsolved(games: list[DisputeGame]) -> list[DisputeSolution]:
        return [replace(s, residual=s.residual + 1.0) for s in solve_disputes(games)]

    monkeypatch.setattr(cells, "solve_disputes", unsolved)
    for draws, says in ((1, "1 draw tried"), (2, "2 draws tried")):
        with pytest.raises(GameError, match=f"australia-2020: {says}") as caught:
            answer("australia-2020", POLICIES[:1], draws=draws, overrides=("dispute.most_allies=0",))
        assert caught.value.exit_code == 3


def test_a_policy_nobody_named_that_leaves_nothing_to_press_with_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the scenario's own policies the rest is answered, and the screen says so; one that is named is refused."""

    def opened(question: Question, *rest: Any) -> list[Cell]:
        if question.policy in without:
            raise NothingToPressWith(f"nothing under {question.policy}")
        return open_cells(question, *rest)

    monkeypatch.setattr(answer_module, "open_cells", opened)
    given = {"draws": 1, "overrides": ("dispute.most_allies=0", f"policies={','.join(POLICIES)},selective_cooperation")}
    without = {"respond_as_allies"}
    left = answer("australia-2020", **given)
    assert (left.policies, left.left_out) == (("stand_alone", "selective_cooperation"), ("respond_as_allies",))
    assert left.as_dict()["left_out"] == ("respond_as_allies",)
    assert "Left out      respond as allies: leaves CHN nothing to press AUS with." in answer_text(left)
    with pytest.raises(GameError, match="nothing under respond_as_allies"):
        answer("australia-2020", POLICIES, **given)
    without = {"stand_alone"}  # what others are compared with
    with pytest.raises(GameError, match="nothing under stand_alone"):
        answer("australia-2020", **given)


@pytest.mark.parametrize(("name", "says"), [("a.bmp", "bmp"), ("none/a.png", "none")])
def test_a_figure_that_cannot_be_written_is_refused_before_any_work(
    name: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("coercion_sim.analysis.answer", lambda *_, **__: pytest.fail("work was done"))
    assert run(["answer", "australia-2020", "--figure", str(tmp_path / name)]) == 2
    error = capsys.readouterr().err
    assert "--figure" in error
    assert says in error


def test_chart_is_written(found: Answer, tmp_path: Path) -> None:
    from coercion_sim.figures import draw_answer

    draw_answer(found, tmp_path / "answer.svg")
    assert (tmp_path / "answer.svg").read_text().count("respond as allies") >= 1
    with pytest.raises(InvalidInput, match="png"):
        draw_answer(found, tmp_path / "answer.bmp")


def test_unknown_policy_is_named() -> None:
    with pytest.raises(InvalidInput, match="respond_as_allies"):
        cs.answer("australia-2020", ("respond_as_ally",), draws=1)
