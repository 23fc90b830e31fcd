"""Every kind of figure by name: a line on it, and its figures from results or from their analysis."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from coercion_sim.analysis import Analysis, Comparison, analyse, chosen_outcomes
from coercion_sim.errors import InvalidInput, Problem, unlisted
from coercion_sim.experiments import Results
from coercion_sim.figures.beliefs import beliefs
from coercion_sim.figures.by_state import burdens, losses_by_state
from coercion_sim.figures.deterrence_map import deterrence_map
from coercion_sim.figures.distributions import distributions, samples
from coercion_sim.figures.game_tree import game_tree
from coercion_sim.figures.map_cells import COERCION
from coercion_sim.figures.network import trade_network
from coercion_sim.figures.parameters import boxes, index_rows, sensitivity
from coercion_sim.figures.paths import paths, time_path
from coercion_sim.figures.policies import contrasts, regret
from coercion_sim.figures.style.data import NothingToShow
from coercion_sim.figures.style.house import Canvas
from coercion_sim.figures.trade import diverted_trade, integration
from coercion_sim.outcomes import OUTCOMES, TABLES

#: Outcomes drawn where none is named for: those of the scenario's report that differ between runs, at most so many.
MOST_OUTCOMES = 4
#: The same of an analysis, whose tables hold all.
MOST_ANALYSED = 8

#: Draws on a new figure of a width: ``draw(width=...)``.
Drawing = Callable[..., Canvas]
#: File stem and drawing of each figure of a kind.
Figures = Iterator[tuple[str, Drawing]]

_OUTCOMES = tuple(c.name for c in OUTCOMES)
_STATES = tuple(c.name for c in TABLES["states"] if c.type == "float")


@dataclass(frozen=True)
class Request:
    """Options of figures, besides their kind; a kind ignores those it does not take.

    Attributes
    ----------
    outcomes
        Columns of the table `outcomes`, or of `states` for figures over time.
    states
        Codes of states.
    fails
        Condition of a miss, as in `analyse`.
    axes, level
        Of a map: its two varied parameters, and the value at which the frontier is drawn.
    replicate, point, quarter
        Of a figure of one run.
    """

    outcomes: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    fails: str | None = None
    axes: tuple[str, str] | None = None
    level: float | None = None
    replicate: int | None = None
    point: int = 0
    quarter: str | None = None


@dataclass(frozen=True)
class Kind:
    """One kind of figure.

    Attributes
    ----------
    shows
        In a line, for the list of kinds.
    figures
        Source and request -> the figures; raises `NothingToShow` with the reason.
    outcomes
        Names its ``--outcome`` may have; empty where it takes none.
    tables
        Tables it reads.
    of_analysis
        Whether the source is an `Analysis`, worked out of results where they are given; else `Results`.
    """

    shows: str
    figures: Callable[[Any, Request], Figures]
    outcomes: tuple[str, ...] = ()
    tables: tuple[str, ...] = ("runs",)
    of_analysis: bool = False


def _single(name: str, draw: Drawing) -> Callable[[Any, Request], Figures]:
    return lambda source, request: iter([(name, partial(draw, source))])


def _named(request: Request, known: Sequence[str]) -> list[str]:
    """Outcomes of a request that a kind draws."""
    return [outcome for outcome in request.outcomes if outcome in known]


def _by_outcome(name: str, draw: Drawing, **options: Any) -> Callable[[Results, Request], Figures]:
    def figures(results: Results, request: Request) -> Figures:
        for outcome in _named(request, _OUTCOMES) or _differing(results):
            yield f"{name}-{outcome}", partial(draw, results, outcome, **options)

    return figures


def _differing(results: Results) -> list[str]:
    """Outcomes of the report that are not the same in every run."""
    differing = []
    for outcome in chosen_outcomes(results, None):
        values = np.concatenate(list(samples(results, outcome).values.values()))
        if np.ptp(values) > 1e-12 * float(np.abs(values).max()):
            differing.append(outcome)
    if not differing:
        raise NothingToShow("the outcomes of the report are the same in every run; name one with --outcome")
    return differing[:MOST_OUTCOMES]


def _paths(results: Results, request: Request) -> Figures:
    InvalidInput.refuse(unlisted("no such state", request.states, results.states, "--state"))
    for outcome in _named(request, _STATES) or ["real_income"]:
        yield f"paths-{outcome}", partial(paths, results, outcome, request.states)


def _map(results: Results, request: Request) -> Figures:
    for outcome in _named(request, (COERCION, *_OUTCOMES)) or [COERCION]:
        name = "deterrence_map" if outcome == COERCION else f"deterrence_map-{outcome}"
        yield name, partial(deterrence_map, results, outcome=outcome, axes=request.axes, level=request.level)


def _of_one_run(name: str, draw: Drawing, *, quarters: bool = False) -> Callable[[Results, Request], Figures]:
    """Figures of one run, under the one policy the results were cut down to."""

    def figures(results: Results, request: Request) -> Figures:
        policy = results.policies[0] if len(results.policies) == 1 else None
        options = {"quarter": request.quarter} if quarters else {}
        yield name, partial(draw, results, policy=policy, replicate=request.replicate, point=request.point, **options)

    return figures


def _beliefs(results: Results, request: Request) -> Figures:
    only = results.policies if len(results.policies) == 1 else None
    yield "beliefs", partial(beliefs, results, policies=only, replicate=request.replicate, point=request.point)


def _contrasts(analysis: Analysis, request: Request) -> Figures:
    for outcome in _named(request, analysis.outcomes) or analysis.outcomes[:MOST_ANALYSED]:
        yield f"contrasts-{outcome}", partial(contrasts, analysis, outcome)


def _sensitivity(analysis: Analysis, request: Request) -> Figures:
    if not analysis.indices:
        raise NothingToShow("no sensitivity to show: the design gives no indices")
    for outcome in _named(request, analysis.outcomes) or analysis.outcomes[:MOST_ANALYSED]:
        yield f"sensitivity-{outcome}", partial(sensitivity, analysis, outcome)
        if index_rows(analysis, outcome, differences=True):
            yield f"sensitivity_of_differences-{outcome}", partial(sensitivity, analysis, outcome, differences=True)


#: Every kind of figure, in the order in which they are listed and written.
KINDS: dict[str, Kind] = {
    "distributions": Kind(
        "outcomes under each policy: density, median and ranges, runs as points",
        _by_outcome("distributions", distributions), _OUTCOMES, ("outcomes",),
    ),
    "ecdf": Kind(
        "outcomes under each policy: share of draws at or below each value",
        _by_outcome("ecdf", distributions, form="steps"), _OUTCOMES, ("outcomes",),
    ),
    "differences": Kind(
        "difference of each policy from the baseline, draw by draw",
        _by_outcome("differences", distributions, paired=True), _OUTCOMES, ("outcomes",),
    ),
    "paths": Kind(
        "an outcome of states over time: median, bands, quarters under measures", _paths, _STATES, ("states",)
    ),
    "time_path": Kind(
        "course of the dispute: incomes of target and coercer, measures by product",
        _single("time_path", time_path), (), ("states", "quarters"),
    ),
    "losses_by_state": Kind(
        "losses and gains: effect of the coercion on each state",
        _single("losses_by_state", losses_by_state), (), ("states", "quarters"),
    ),
    "burdens": Kind("help paid and burdens by ally", _single("burdens", burdens), (), ("states", "quarters")),
    "diverted_trade": Kind(
        "lost sales diverted to other buyers, by product, beside the record",
        _single("diverted_trade", diverted_trade), (), ("sectors",),
    ),
    "network": Kind(
        "trade between states before and after, in one run played again",
        _of_one_run("network", trade_network, quarters=True),
    ),
    "integration": Kind(
        "integration of the bloc with itself rather than the competitor, over time",
        _single("integration", integration), (), ("states",),
    ),
    "beliefs": Kind(
        "beliefs about resolve and firmness: at the end of disputes, or quarter by quarter in one run",
        _beliefs, (), ("disputes",),
    ),
    "game_tree": Kind(
        "the tree of a run's first dispute, with the chance of every branch",
        _of_one_run("game_tree", game_tree), (), ("disputes",),
    ),
    "deterrence_map": Kind(
        "chance that the coercer presses over two varied parameters, with the frontier",
        _map, (COERCION, *_OUTCOMES), ("outcomes",),
    ),
    "contrasts": Kind(
        "mean differences from the baseline, along a parameter where a grid has one",
        _contrasts, _OUTCOMES, ("outcomes",), of_analysis=True,
    ),
    "regret": Kind(
        "regret of each policy over draws, and chance of being best",
        _single("regret", regret), _OUTCOMES, ("outcomes",), of_analysis=True,
    ),
    "sensitivity": Kind(
        "sensitivity of an outcome to every parameter: indices with intervals",
        _sensitivity, _OUTCOMES, ("outcomes",), of_analysis=True,
    ),
    "boxes": Kind(
        "settings in which a policy misses (with --fails)",
        _single("boxes", boxes), _OUTCOMES, ("outcomes",), of_analysis=True,
    ),
}  # fmt: skip
#: Kinds an `Analysis` draws by itself.
OF_ANALYSIS = tuple(name for name, kind in KINDS.items() if kind.of_analysis)


def figures_of(source: Results | Comparison | Analysis, kind: str, request: Request) -> Figures:
    """Figures of one kind, by file stem, not yet drawn.

    Raises
    ------
    NothingToShow
        Where the source holds nothing for the kind, or the sweep kept no such table.
    """
    entry = KINDS[kind]
    if isinstance(source, Analysis):
        return entry.figures(source, request)
    results = source.results if isinstance(source, Comparison) else source
    missing = [table for table in entry.tables if table not in results.tables]
    if missing:
        raise NothingToShow(f"this sweep kept no table {', '.join(missing)}")
    if not entry.of_analysis:
        return entry.figures(results, request)
    requested = tuple(_named(request, _OUTCOMES) or _differing(results))
    # Worked out once for all the figures of an analysis.
    key = ("analysis", requested, request.fails)
    return entry.figures(results.keep(key, lambda: analyse(results, requested, failing=request.fails)), request)


def unknown_outcomes(names: Sequence[str], kinds: Sequence[str]) -> list[Problem]:
    """One problem for every outcome that none of the kinds can draw; it lists those they can."""
    allowed = tuple(dict.fromkeys(name for kind in kinds for name in KINDS[kind].outcomes))
    if names and not allowed:
        return [Problem(f"{', '.join(kinds)}: takes no outcome", key="--outcome", found=repr(names[0]))]
    return unlisted(
        f"no outcome of the requested {'kind' if len(kinds) == 1 else 'kinds'}", names, allowed, "--outcome"
    )
