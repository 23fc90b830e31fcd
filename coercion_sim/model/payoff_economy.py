"""Which economy gives the payoffs of a run: its own, solved, or the same interpolated over the scenario's ranges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain

from coercion_sim.dispute import DEPTHS, DrawnSize, Economies, Economy, InterpolatedEconomy, Range, bare
from coercion_sim.economy import KINDS, EconomyParameters, Measure
from coercion_sim.policies import Policy
from coercion_sim.scenario import Scenario
from coercion_sim.world import World

#: The first draws have their payoffs solved: a small run is done before a grid of economies would be.
SOLVED_DRAWS = 8
#: Keys of the numbers interpolated over, each with the floor below which it has no logarithm; None: its reciprocal.
FLOORS = {
    "economy.elasticity_scale": None,
    "economy.factor_mobility": 0.9,
    "economy.adjustment_rate": None,
    "economy.input_substitution": -0.05,
}
#: Other numbers that change sizes of measures: where one is uncertain, every draw is solved.
SIZES = (
    "economy.", "policy.", "pressure.grey_zone", "pressure.disinformation", "dispute.retaliate_open",
    *(f"dispute.{key}" for key in chain.from_iterable(DEPTHS.items())),
)  # fmt: skip
#: The same of a way round a measure.
WAYS_ROUND = (".transit", ".transit_cost")
#: Scenarios whose economies are kept in a process.
MOST_KEPT = 16

EconomyOf = Callable[[World, EconomyParameters], Economy]
_kept: dict[str, Economies] = {}


def payoff_economy(
    scenario: Scenario,
    policy: Policy,
    replicate: int,
    key: str,
    world_at: Callable[[float, float, float], World],
    solved: Sequence[Measure] = (),
) -> EconomyOf:
    """Return what makes the economy of the payoffs from the world of a run and its parameters.

    Parameters
    ----------
    scenario
        At its values; the numbers `Scenario.drawn` give the ranges.
    policy, replicate
        The draw's number and the policy.
    key
        Words that tell worlds at equal numbers apart: the world, and the policy with its parameters.
    world_at
        The world at a scale, a mobility and an elasticity of substitution, with what stands there anyway.
    solved
        The scenario's measures with their sizes.
    """
    boxes = None if replicate < SOLVED_DRAWS or policy.sized_by_economy else _ranges(scenario)
    if boxes is None:
        return Economy
    fixed = scenario.economy.model_dump(exclude={path.partition(".")[2] for path in FLOORS})
    key = f"{key} {fixed} {dict(zip(FLOORS, boxes, strict=True))}"
    if key not in _kept:
        if len(_kept) >= MOST_KEPT:
            _kept.pop(next(iter(_kept)))
        _kept[key] = Economies(boxes, world_at, scenario.economy_parameters())
    scale = scenario.economy.elasticity_scale
    return partial(InterpolatedEconomy, economies=_kept[key], scale=scale, varying=_varying(scenario, solved))


def _ranges(scenario: Scenario) -> tuple[Range, Range, Range, Range] | None:
    """Ranges of the four numbers interpolated over; None where every draw is solved.

    That is where none of them is drawn, another number that changes sizes is, or they are beyond their ranges.
    """
    drawn = {u.path: u for u in scenario.drawn}
    if any(map(_changes_sizes, drawn)):
        return None
    values = {path: float(getattr(scenario.economy, path.partition(".")[2])) for path in FLOORS}
    if all(values[path] == drawn[path].default for path in FLOORS if path in drawn):
        return None
    bounds = {path: drawn[path].values if path in drawn else (values[path],) for path in FLOORS}
    a, b, c, d = (Range(min(bounds[path]), max(bounds[path]), floor) for path, floor in FLOORS.items())
    inside = all(r.holds(x) for r, x in zip((a, b, c, d), values.values(), strict=True))
    return (a, b, c, d) if inside and b.high < float("inf") else None


def _changes_sizes(path: str) -> bool:
    """Whether a number that is not interpolated over changes sizes of measures."""
    return (path not in FLOORS and path.startswith(SIZES)) or path.endswith(WAYS_ROUND)


def _varying(scenario: Scenario, solved: Sequence[Measure]) -> dict[tuple[object, ...], DrawnSize | None]:
    """The scenario's measures whose sizes differ between draws, as this draw has them, with the range of each.

    Package `record` has them as written, a script as solved: there the size of a measure that states a share left
    follows from the economy, and has no range.
    """
    written = {m.name: m for m in scenario.measures_as_data()}
    varying: dict[tuple[object, ...], DrawnSize | None] = dict.fromkeys(
        bare([m for m in solved if written[m.name].left is not None])
    )
    for uncertain in scenario.drawn:
        table, _, rest = uncertain.path.partition(".")
        name, _, key = rest.rpartition(".")
        if table == "measures" and name in written and key in (KINDS[written[name].kind].size, "left"):
            varying |= _drawn_size(written[name], min(uncertain.values), max(uncertain.values))
    return varying


def _drawn_size(measure: Measure, low: float, high: float) -> dict[tuple[object, ...], DrawnSize]:
    """A measure whose size, or the share of trade it leaves, is drawn from a range; none of a range without width."""
    if low == high:
        return {}
    size, middle = measure.size if measure.left is None else measure.left, (low + high) / 2.0

    def at(value: float) -> Measure:
        """The measure at another value of its range."""
        return replace(measure, size=value) if measure.left is None else replace(measure, left=value)

    drawn = DrawnSize(at(low), at(middle), at(high), (size - middle) / (high - middle))
    return dict.fromkeys(bare([measure]), drawn)
