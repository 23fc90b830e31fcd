"""Every kind of figure by name: what it shows, and how it is drawn from results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from coercion_sim.analysis import Analysis, analyse, chosen_outcomes
from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.experiments import Results
from coercion_sim.figures.compare.course import time_path
from coercion_sim.figures.compare.cumulative import cumulative
from coercion_sim.figures.compare.distributions import differences, distributions
from coercion_sim.figures.compare.diversion import diverted_trade
from coercion_sim.figures.compare.losses import losses_by_state
from coercion_sim.figures.compare.paths import paths
from coercion_sim.figures.compare.policy_contrasts import policy_contrasts
from coercion_sim.figures.compare.regrets import regrets
from coercion_sim.figures.compare.samples import samples
from coercion_sim.figures.compare.who_pays import burdens
from coercion_sim.figures.dispute.beliefs import beliefs
from coercion_sim.figures.dispute.game_tree import game_tree
from coercion_sim.figures.network.integration import integration
from coercion_sim.figures.network.trade_network import trade_network
from coercion_sim.figures.style.data import NothingToShow
from coercion_sim.figures.style.requests import Drawing, Figures, Kind, Request, unknown
from coercion_sim.figures.sweep.deterrence_map import deterrence_map
from coercion_sim.figures.sweep.map_cells import COERCION
from coercion_sim.figures.sweep.miss_boxes import miss_boxes
from coercion_sim.figures.sweep.sensitivity import sensitivity_bars
from coercion_sim.outcomes import KEYS, TABLES

#: Outcomes drawn where none is asked for: those of the scenario's report that differ between runs, at most so many.
MOST_OUTCOMES = 4

_OUTCOMES = tuple(c.name for c in TABLES["outcomes"] if c not in KEYS)
_STATES = tuple(c.name for c in TABLES["states"] if c.type == "float")


def _single(name: str, draw: Drawing) -> Callable[[Results, Request], Figures]:
    def figures(results: Results, request: Request) -> Figures:
        yield name, partial(draw, results)

    return figures


def _by_outcome(name: str, draw: Drawing) -> Callable[[Results, Request], Figures]:
    def figures(results: Results, request: Request) -> Figures:
        asked = [outcome for outcome in request.outcomes if outcome in _OUTCOMES]
        for outcome in asked or _differing(results):
            yield f"{name}-{outcome}", partial(draw, results, outcome)

    return figures


def _differing(results: Results) -> list[str]:
    """Outcomes of the report that are not the same in every run."""
    found = []
    for outcome in chosen_outcomes(results, None):
        everything = np.concatenate(list(samples(results, outcome).values.values()))
        if np.ptp(everything) > 1e-12 * float(np.abs(everything).max()):
            found.append(outcome)
        if len(found) == MOST_OUTCOMES:
            break
    if not found:
        raise NothingToShow("the outcomes of the report are the same in every run; name one with --outcome")
    return found


def _paths(results: Results, request: Request) -> Figures:
    wrong = unknown("no such state", request.states, results.states, "--state")
    if wrong:
        raise InvalidInput(wrong)
    asked = [outcome for outcome in request.outcomes if outcome in _STATES]
    for outcome in asked or ["real_income"]:
        yield f"paths-{outcome}", partial(paths, results, outcome, request.states)


def _analysis(results: Results, request: Request) -> Analysis:
    """The answers to `analyse`, worked out once for all its figures."""
    asked = tuple(o for o in request.outcomes if o in _OUTCOMES) or tuple(_differing(results))
    return results.keep(("analysis", asked, request.fails), lambda: analyse(results, asked, failing=request.fails))


def _map(results: Results, request: Request) -> Figures:
    asked = [outcome for outcome in request.outcomes if outcome in (COERCION, *_OUTCOMES)]
    for outcome in asked or [COERCION]:
        name = "deterrence_map" if outcome == COERCION else f"deterrence_map-{outcome}"
        yield name, partial(deterrence_map, results, outcome=outcome, axes=request.axes, level=request.level)


def _network(results: Results, request: Request) -> Figures:
    policy = results.policies[0] if len(results.policies) == 1 else None
    yield "network", partial(trade_network, results, policy=policy, quarter=request.quarter, **request.one_run)


def _beliefs(results: Results, request: Request) -> Figures:
    only = results.policies if len(results.policies) == 1 else None
    yield "beliefs", partial(beliefs, results, policies=only, **request.one_run)


def _game_tree(results: Results, request: Request) -> Figures:
    policy = results.policies[0] if len(results.policies) == 1 else None
    yield "game_tree", partial(game_tree, results, policy=policy, **request.one_run)


def _sensitivity(results: Results, request: Request) -> Figures:
    answer = _analysis(results, request)
    if not answer.indices:
        raise NothingToShow("no sensitivity to show: the design varies nothing in a way that indices can be taken from")
    for outcome in answer.outcomes:
        yield f"sensitivity-{outcome}", partial(sensitivity_bars, answer, outcome)


def _contrasts(results: Results, request: Request) -> Figures:
    answer = _analysis(results, request)
    for outcome in answer.outcomes:
        yield f"contrasts-{outcome}", partial(policy_contrasts, answer, outcome)


def _regret(results: Results, request: Request) -> Figures:
    yield "regret", partial(regrets, _analysis(results, request))


def _boxes(results: Results, request: Request) -> Figures:
    if request.fails is None:
        raise NothingToShow("boxes need to know when a policy misses: --fails 'target_loss_pv>q90', say")
    yield "boxes", partial(miss_boxes, _analysis(results, request))


#: Every kind of figure, in the order they are listed and written.
KINDS: dict[str, Kind] = {
    "distributions": Kind(
        "outcomes under each policy: density, median and ranges, runs as points",
        _by_outcome("distributions", distributions), _OUTCOMES, ("outcomes",),
    ),
    "ecdf": Kind(
        "outcomes under each policy: share of worlds at or below each value",
        _by_outcome("ecdf", cumulative), _OUTCOMES, ("outcomes",),
    ),
    "differences": Kind(
        "what each policy changes against the baseline, world by world",
        _by_outcome("differences", differences), _OUTCOMES, ("outcomes",),
    ),
    "paths": Kind(
        "an outcome of states over time: median, bands, quarters under measures", _paths, _STATES, ("states",)
    ),
    "time_path": Kind(
        "the course of the dispute: incomes of target and coercer, measures by product",
        _single("time_path", time_path), (), ("states", "quarters"),
    ),
    "losses_by_state": Kind(
        "who loses and gains: effect of the coercion on each state",
        _single("losses_by_state", losses_by_state), (), ("states", "quarters"),
    ),
    "burdens": Kind(
        "who pays for the answer: help and burdens by ally", _single("burdens", burdens), (), ("states", "quarters")
    ),
    "diverted_trade": Kind(
        "lost sales that found other buyers, by product, beside the record",
        _single("diverted_trade", diverted_trade), (), ("sectors",),
    ),
    "network": Kind("trade between states before and after, in one run played again", _network, (), ("runs",)),
    "integration": Kind(
        "how integrated the bloc is with itself rather than the competitor, over time",
        _single("integration", integration), (), ("states",),
    ),
    "beliefs": Kind(
        "what the players think of each other: at the end of disputes, or quarter by quarter in one run",
        _beliefs, (), ("disputes",),
    ),
    "game_tree": Kind(
        "the tree of a run's first dispute, with the chance of every branch", _game_tree, (), ("disputes",)
    ),
    "deterrence_map": Kind(
        "chance that the coercer presses over two varied parameters, with the frontier",
        _map, (COERCION, *_OUTCOMES), ("outcomes",),
    ),
    "contrasts": Kind(
        "mean differences from the baseline, along a parameter where a grid has one",
        _contrasts, _OUTCOMES, ("outcomes",),
    ),
    "regret": Kind("regret of each policy over worlds, and how often it is best", _regret, _OUTCOMES, ("outcomes",)),
    "sensitivity": Kind("what an outcome depends on: indices with intervals", _sensitivity, _OUTCOMES, ("outcomes",)),
    "boxes": Kind("settings in which a policy misses (with --fails)", _boxes, _OUTCOMES, ("outcomes",)),
}  # fmt: skip


def unknown_outcomes(names: Sequence[str], kinds: Sequence[str]) -> list[Problem]:
    """One problem for every outcome that none of the kinds can show; it lists those they can."""
    allowed = tuple(dict.fromkeys(name for kind in kinds for name in KINDS[kind].outcomes))
    if names and not allowed:
        return [Problem(f"{', '.join(kinds)}: takes no outcome", key="--outcome", found=repr(names[0]))]
    what = "no outcome that this figure shows" if len(kinds) == 1 else "no outcome that these figures show"
    return unknown(what, names, allowed, "--outcome")
