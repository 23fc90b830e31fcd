"""One policy in every draw: its games, the payoffs behind them, and the numbers an answer takes from the solutions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from coercion_sim.analysis.answer.robustness import STAKES
from coercion_sim.analysis.deterrence.dyad import Dyad, Question
from coercion_sim.arrays import Array, quotient
from coercion_sim.dispute import (
    BEHAVIOUR_RANGES,
    DisputeGame,
    DisputeSolution,
    PayoffTable,
    ally_payoffs,
    bound_profile,
    effect_store,
    effects_kept,
    expected_flow,
    imposed_by_type,
    mean_endings,
    payoff_store,
    solve_disputes,
    spread,
)
from coercion_sim.economy import Measure
from coercion_sim.wording import MATERIAL_PCT_GDP

#: Quarters after imposition in which a concession counts as success.
FOLLOWED = 40
#: Draws in which coalitions are tried: every game is solved once more for each ally.
FEW_DRAWS = 4
#: Columns of `Answer.values`, with their units. Losses and burdens follow one rule: flows of every quarter in force,
#: discounted by ``[dispute] discount`` from imposition on.
COLUMNS = {
    "pressed": "share of disputes",
    "pays": "share of disputes whose coercer gains by pressing",
    "conceded": "share of those pressed",
    "backed_down": "share of those pressed",
    "imposed": "share of those pressed",
    "success": "share of those imposed",
    "gets_its_way": "share of disputes",
    "loss": "% of the target's GDP, a dispute pressed, discounted",
    "loss_usd": "US$ billion, a dispute pressed, discounted",
    "burden_usd": "US$ billion of all allies, a dispute pressed, discounted",
    "first_year_alone": "% of the target's GDP a year, measures in force, nobody answering",
    "first_year": "% of the target's GDP a year, measures in force, allies answering",
    "kept": "share of the promise delivered once measures are imposed",
    "standing": "% of the target's GDP a year, by measures the policy has in force before any dispute",
    "standing_usd": "US$ billion a year, of target, allies and states that cut trade, by these measures",
}
#: What a column is a share of, or a mean over; the chance of it weighs the draws. Of all disputes where absent.
GIVEN = dict.fromkeys(("conceded", "backed_down", "imposed", "loss", "loss_usd", "burden_usd"), ("pressed",)) | (
    dict.fromkeys(("success", "first_year_alone", "first_year", "kept"), ("pressed", "imposed"))
)


@dataclass(frozen=True, eq=False)
class Cell:
    """One policy in one draw.

    Attributes
    ----------
    game, table
        The dispute and the payoffs behind it.
    standing : (states,)
        Long-run effect of the measures the policy has in force before any dispute, % of GDP a year.
    cutters
        States that cut trade with the coercer by these measures.
    script
        Effect of the scenario's own coercive measures on the target, % of GDP a year: first year, long run.
    numbers
        Behavioural number -> its value; the stakes are those of the dispute, before types.
    """

    game: DisputeGame
    table: PayoffTable
    standing: Array
    cutters: tuple[str, ...]
    script: tuple[float, float]
    numbers: dict[str, float]

    def gdp(self, state: str) -> float:
        """US$ million a year."""
        return float(self.table.gdp[self.table.of(state)])


def cell_of(dyad: Dyad, written: Sequence[Measure]) -> Cell:
    """Open the dispute of a dyad; `written` are the scenario's own coercive measures.

    Raises
    ------
    NothingToPressWith
        Where the coercer has nothing to press with.
    """
    d = dyad.diplomacy
    game, table = dyad.open()
    effects, world = effect_store(), d.world
    standing = effects.long_run(world, d.parameters, d.standing) if d.standing else np.zeros(len(world.states))
    script = [m for m in written if (m.by, m.on) == (dyad.coercer, dyad.target)]
    effect = effects.first_year_and_long_run(world, d.parameters, script) if script else np.full((2, 1), math.nan)
    t = world.state_index(dyad.target) if script else 0
    cutters = tuple(dict.fromkeys(m.by for m in d.standing if m.purpose == "derisk" and m.on == dyad.coercer))
    stakes = {name: math.sqrt(math.prod(getattr(game, name))) for name in STAKES}
    numbers = {name: float(getattr(d.settings, name)) for name in BEHAVIOUR_RANGES} | stakes
    return Cell(game, table, standing, cutters, (float(effect[0, t]), float(effect[1, t])), numbers)


def values_of(cell: Cell, solved: DisputeSolution, burden: float) -> list[float]:
    """One row of `Answer.values`; `burden` is that of all allies (`burdens_of`)."""
    game, table = cell.game, cell.table
    ends, gdp = mean_endings(solved, FOLLOWED, bound=True), cell.gdp(table.target) / 1e5
    loss = quotient(-expected_flow(solved, game.target_effect), ends.press, math.nan)
    at = [table.of(state) for state in dict.fromkeys((table.target, *table.allies, *cell.cutters))]
    standing = float((cell.standing[at] * table.gdp[at]).sum()) / 1e5
    alone, answered = _first_year(solved)
    kept = ally_payoffs(solved).kept[game.pledge > 0.0]
    return [
        ends.press, float(game.types_coercer @ (solved.press_value > 0.0)),
        quotient(ends.conceded_to_demand, ends.press, math.nan), quotient(ends.backed_down, ends.press, math.nan),
        quotient(ends.imposed, ends.press, math.nan), quotient(ends.conceded, ends.imposed, math.nan), ends.objective,
        loss, loss * gdp, burden, alone, answered,
        float(kept.mean()) if len(kept) else math.nan, float(cell.standing[at[0]]), standing,
    ]  # fmt: skip


def _first_year(solved: DisputeSolution) -> tuple[float, float]:
    """First-year loss of the target a year once measures are in force, nobody answering, and allies that mean it."""
    weight = imposed_by_type(solved).sum(axis=(0, 1))
    if weight.sum() <= 0.0:
        return math.nan, math.nan
    weight = weight / weight.sum()
    effect = -solved.game.target_effect[0].reshape(len(weight), -1)
    answered = (effect * bound_profile(solved).reshape(effect.shape)).sum(axis=1)
    return float(weight @ effect[:, 0]), float(weight @ answered)


def burdens_of(cell: Cell, solved: DisputeSolution) -> dict[str, float]:
    """Expected cost of each ally's own answers, US$ billion, a dispute pressed, discounted as the target's loss is.

    Exposure to reprisals is left out.
    """
    table, press = cell.table, float(cell.game.types_coercer @ solved.press)
    cost = spread(table).ally_cost
    per_dispute = (
        expected_flow(solved, own) * cell.gdp(ally) / 1e5 for ally, own in zip(table.allies, cost, strict=True)
    )
    return {ally: quotient(usd, press, math.nan) for ally, usd in zip(table.allies, per_dispute, strict=True)}


@dataclass(frozen=True)
class Leaver:
    """What an ally would gain by promising nothing while the others keep their promises.

    Attributes
    ----------
    gains, gains_materially
        Shares of the draws in which it gains anything, and `wording.MATERIAL_PCT_GDP` or more.
    gain
        Mean over draws, % of its own GDP, a dispute.
    draws
        Draws in which the dispute with and the one without its promise were solved; all NaN for 0.
    """

    gains: float
    gains_materially: float
    gain: float
    draws: int


def without_promises(game: DisputeGame) -> dict[str, DisputeGame]:
    """Ally that promised -> the game in which it promises nothing and the others keep their promises."""
    games = {}
    for i in np.flatnonzero(game.pledge > 0.0):
        pledge = game.pledge.copy()
        pledge[i] = 0.0
        games[game.allies[i]] = replace(game, pledge=pledge)
    return games


def gains_by_leaving(solved: DisputeSolution, without: Mapping[str, DisputeSolution]) -> dict[str, float]:
    """What each ally gains by promising nothing, % of its own GDP; `without`: `without_promises`, solved.

    Allies whose dispute has no equilibrium then are left out.
    """
    if not solved.solved:
        return {}
    stays = dict(zip(solved.game.allies, ally_payoffs(solved).payoff, strict=True))
    leaves = {
        ally: dict(zip(left.game.allies, ally_payoffs(left).payoff, strict=True))[ally]
        for ally, left in without.items()
        if left.solved
    }
    return {ally: float(own - stays[ally]) for ally, own in leaves.items()}


def leavers(promised: Sequence[str], gains: Sequence[Mapping[str, float]]) -> dict[str, Leaver]:
    """Summarise, for each ally, its gains from leaving; `gains` holds one mapping for each draw."""
    return {ally: _leaver(np.array([own[ally] for own in gains if ally in own])) for ally in promised}


def _leaver(gain: Array) -> Leaver:
    """Summarise gains by draw, (D,)."""
    if not len(gain):
        return Leaver(math.nan, math.nan, math.nan, 0)
    material = gain >= MATERIAL_PCT_GDP
    return Leaver(float((gain > 0.0).mean()), float(material.mean()), float(gain.mean()), len(gain))


def effects_of(question: Question, draw: int) -> AbstractContextManager[None]:
    """Keep the effects solved for a policy in one draw for later commands (`effects_kept`)."""
    content = f"{question.world.digest} {question.policy} {question.design.of_replicate(draw)!r}"
    return effects_kept(payoff_store().folder, content)


def open_cells(question: Question, script: Sequence[Measure], draws: Iterable[int]) -> list[Cell]:
    """Open the dispute of a policy in some draws."""
    cells = []
    for draw in draws:
        with effects_of(question, draw):
            cells.append(cell_of(question.dyad(draw), script))
    return cells


@dataclass(frozen=True, eq=False)
class Row:
    """What an answer takes from one policy's dispute in one draw, solved; NaN and empty where no equilibrium was found.

    Attributes
    ----------
    values : (len(COLUMNS),)
        See `COLUMNS`.
    burdens
        Ally -> US$ billion, a dispute pressed.
    gains
        See `gains_by_leaving`; empty but in the first `FEW_DRAWS` draws.
    """

    solved: bool
    values: list[float]
    burdens: dict[str, float]
    gains: dict[str, float]


def solved_rows(cells: Sequence[Cell], tried: Sequence[bool]) -> list[Row]:
    """Solve disputes side by side; `tried` are those in which every ally may leave."""
    leaving = [without_promises(cell.game) if at else {} for cell, at in zip(cells, tried, strict=True)]
    solutions = iter(solve_disputes([cell.game for cell in cells] + [g for own in leaving for g in own.values()]))
    stay = list(islice(solutions, len(cells)))
    without = [{ally: next(solutions) for ally in own} for own in leaving]
    return [_row(*each) for each in zip(cells, stay, without, strict=True)]


def _row(cell: Cell, solved: DisputeSolution, without: Mapping[str, DisputeSolution]) -> Row:
    if not solved.solved:
        return Row(False, [math.nan] * len(COLUMNS), {}, {})
    burdens = burdens_of(cell, solved)
    return Row(True, values_of(cell, solved, sum(burdens.values())), burdens, gains_by_leaving(solved, without))


def leaves_of(cells: Sequence[Cell], rows: Sequence[Row]) -> dict[str, Leaver]:
    """Gains from leaving of every ally that promised under one policy, from its disputes and their rows by draw."""
    few = range(min(FEW_DRAWS, len(cells)))
    promised = dict.fromkeys(ally for d in few if rows[d].solved for ally in without_promises(cells[d].game))
    return leavers(tuple(promised), [rows[d].gains for d in few])
