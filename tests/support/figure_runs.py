"""Real results small enough for a test of a figure: a tiny world whose states choose, and a sweep of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from coercion_sim.experiments import Results, open_results, simulate, sweep
from fakes.tiny import SCENARIO, write_tiny
from support.stores import payoff_tables_in_memory

#: Cheap pressure, threats dear to drop, targets that mind yielding: every move is seen in few disputes.
GAME = """
[dispute]
coercers = ["CHN"]
targets = ["AUS", "JPN"]
packages = ["narrow", "screened"]
rate = 0.5
cost_once = 0.0
cost_year = 0.0
stake_target = 1.0
stake_coercer = 0.2
audience_back_down = 3.0
screen = "share"
screen_supply_share = 0.5
"""
#: A bloc, and a policy that ties it together.
BLOC = """
[policy.integrate_economies]
members = ["AUS", "USA", "JPN"]
margin = 0.3
phase = 4
"""
THREE = 'policies = ["stand_alone", "respond_as_allies", "integrate_economies"]'


def text(*, strategic: bool, bloc: bool = True, quarters: int = 12) -> str:
    """The tiny scenario with a bloc, its pressure scripted or chosen."""
    given = SCENARIO.replace("quarters = 4", f"quarters = {quarters}")
    if strategic:
        given = given.replace("seed = 11", 'seed = 11\nconduct = "strategic"') + GAME
    if bloc:
        given = given.replace('target = "AUS"', 'target = "AUS"\nbloc = ["AUS", "USA", "JPN"]') + BLOC
        given = given.replace('policies = ["stand_alone", "respond_as_allies"]', THREE)
    return given


@cache
def ran(*, strategic: bool, bloc: bool = True, quarters: int = 6, replicates: int = 4) -> Results:
    """Results in a folder, opened as a user opens them; the same object for every test that asks for the same."""
    folder = Path(mkdtemp(prefix="figures"))
    path = write_tiny(folder, text(strategic=strategic, bloc=bloc, quarters=quarters))
    with payoff_tables_in_memory():
        made = simulate(path, replicates=replicates, out=folder / "results")
    assert made.folder is not None
    return open_results(made.folder)


@cache
def swept(
    blocks: Sequence[tuple[str, tuple[tuple[str, Any], ...], int]],
    replicates: int = 3,
    *,
    strategic: bool = True,
    stored: bool = False,
) -> Results:
    """A sweep of the tiny scenario, in memory or `stored` in a folder.

    Blocks: (how, ((key, values or distribution), ...), points; 0 for a grid).
    """
    folder = Path(mkdtemp(prefix="figures"))
    given = text(strategic=strategic, bloc=False, quarters=4)
    path = write_tiny(folder, given.replace('targets = ["AUS", "JPN"]', 'targets = ["AUS"]'))
    vary = [
        {"how": how, "parameters": {k: list(v) if isinstance(v, tuple) else dict(v) for k, v in parameters}}
        | ({"points": points} if points else {})
        for how, parameters, points in blocks
    ]
    with payoff_tables_in_memory():
        return sweep(
            {"scenario": str(path), "name": "small-sweep", "vary": vary}, replicates=replicates,
            out=folder / "sweeps" if stored else None,
        )  # fmt: skip
