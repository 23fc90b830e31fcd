"""A plan meets its scenario: checked against it, its blocks become rows of values."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from coercion_sim.errors import InvalidInput, Problem, ScenarioError
from coercion_sim.experiments.design import sampling
from coercion_sim.experiments.design.design import Block
from coercion_sim.experiments.design.sampling import Value
from coercion_sim.experiments.design.stopping import StoppingRule
from coercion_sim.experiments.plan.blocks_ import MOST_ROWS
from coercion_sim.experiments.plan.checks import MOST_RUNS, axis_problems, key_problems, policy_problems
from coercion_sim.experiments.plan.model import UNCERTAIN, Axis, How, Plan, VarySpec
from coercion_sim.experiments.plan.points_file import Points, point_problems, read_points
from coercion_sim.experiments.plan.reading import load_plan
from coercion_sim.experiments.plan.values import Spread
from coercion_sim.files import KeyPath
from coercion_sim.policies import Policy
from coercion_sim.scenario import load_scenario

if TYPE_CHECKING:
    from coercion_sim.scenario import Scenario

_CUBES: Final[Mapping[How, Callable[[int, int, int], sampling.Array]]] = {
    "random": sampling.random,
    "sobol": sampling.sobol,
    "latin_hypercube": sampling.latin_hypercube,
    "saltelli": sampling.saltelli,
}


@dataclass(frozen=True)
class _Known:
    """A block with what the scenario adds: the axes of ``"uncertain"``, the points of a table."""

    spec: VarySpec
    axes: Mapping[str, Axis] = field(default_factory=dict)
    points: Points | None = None

    @property
    def rows(self) -> int:
        """Number of rows, known before any is made."""
        d, n = len(self.axes), self.spec.size or 0
        if self.points is not None:
            return len(self.points.rows)
        if self.spec.how == "grid":
            return math.prod(len(axis.given) for axis in self.axes.values() if isinstance(axis.given, tuple))
        return {"saltelli": n * (d + 2), "morris": n * (d + 1)}.get(self.spec.how, n)


def scenario_of(plan: Plan, *, policies: Iterable[type[Policy]] = ()) -> Scenario:
    """Load the scenario of a plan, with what the plan sets; mistakes in ``[set]`` are told with their line.

    Raises
    ------
    InvalidInput
        Where the scenario cannot be used so.
    """
    try:
        return load_scenario(plan.scenario_source, plan.set, policies=policies)
    except ScenarioError as error:
        raise InvalidInput([_in_plan(plan, problem) for problem in error.problems]) from None


def resolve_blocks(
    plan: Plan,
    scenario: Scenario,
    seed: int | None = None,
    *,
    policies: Sequence[str] | None = None,
    replicates: int | StoppingRule | None = None,
) -> tuple[Block, ...]:
    """Check a plan against its scenario and lay out its points.

    Parameters
    ----------
    plan, scenario
        The plan, and its scenario with ``plan.set`` applied (`scenario_of`).
    seed
        Root seed of the sweep; the plan's, or else the scenario's, if None.
    policies, replicates
        Policies and replicates the sweep is run with; the plan's, or else the scenario's, if None.

    Returns
    -------
    tuple of Block
        One per ``[[vary]]``, in their order. A point's number counts the product of their rows, the last fastest.

    Raises
    ------
    InvalidInput
        With everything that does not fit: file, line, key, what was found, what is allowed, the nearest spelling.
    """
    chosen = tuple(policies if policies is not None else plan.policies or scenario.policies)
    problems = policy_problems(plan, chosen, scenario)
    blocks = [_known(plan, spec, scenario, problems) for spec in plan.blocks]
    columns = [(block.spec, key, place) for block in blocks for key, place in _columns(block)]
    wrong = key_problems(plan, columns, chosen, scenario)
    problems += [_in_table(blocks, problem) for problem in wrong]
    strange = {p.key for p in wrong}
    for block in blocks:
        axes = {key: axis for key, axis in block.axes.items() if key not in strange}
        problems += axis_problems(plan, axes, scenario)
        if block.points is not None and not strange.intersection(block.points.paths):
            problems += point_problems(block.points, scenario)
        if block.rows > MOST_ROWS:
            allowed = f"at most {MOST_ROWS} rows"
            problems.append(plan.source.problem(block.spec.place, "has too many points", block.rows, allowed))
    count = replicates or plan.replicates or scenario.replicates
    most = count.at_most if isinstance(count, StoppingRule) else count
    points = math.prod(block.rows for block in blocks)
    if points * most * len(chosen) > MOST_RUNS:
        found = f"{points} points x {most} replicates x {len(chosen)} policies = {points * most * len(chosen)} runs"
        allowed = f"at most {MOST_RUNS}"
        problems.append(Problem("the sweep is too large", plan.source.file, None, None, found, allowed))
    if problems:
        raise InvalidInput(
            sorted(dict.fromkeys(problems), key=lambda p: (p.file != plan.file, p.file or "", p.line or 0))
        )
    root = seed if seed is not None else plan.seed if plan.seed is not None else scenario.seed
    return tuple(_laid_out(block, root, scenario) for block in blocks)


def check_plan(path: str | Path, *, policies: Iterable[type[Policy]] = ()) -> list[Problem]:
    """Everything wrong with a plan file and its scenario, in the order of the file; empty where nothing is."""
    try:
        plan = load_plan(path)
        resolve_blocks(plan, scenario_of(plan, policies=tuple(policies)))
    except InvalidInput as error:
        return list(error.problems)
    return []


def _known(plan: Plan, spec: VarySpec, scenario: Scenario, problems: list[Problem]) -> _Known:
    if spec.how == "table":
        points, wrong = read_points(plan, spec, scenario.settable_keys())
        problems += wrong
        return _Known(spec, points=points)
    if isinstance(spec.parameters, Mapping):
        return _Known(spec, spec.parameters)
    place: KeyPath = (*spec.place, "parameters")
    if not scenario.uncertain:
        problems.append(plan.source.problem(place, "the scenario has no uncertain numbers", UNCERTAIN))
    return _Known(spec, {u.path: Axis(UNCERTAIN, place) for u in scenario.uncertain})


def _columns(block: _Known) -> list[tuple[str, KeyPath]]:
    if block.points is not None:
        return [(key, (*block.spec.place, "file")) for key in block.points.paths]
    return [(key, axis.place) for key, axis in block.axes.items()]


def _in_table(blocks: Sequence[_Known], problem: Problem) -> Problem:
    """Say of a column of a table that it stands in the table's header."""
    for block in blocks:
        if block.points is not None and problem.key in block.points.paths:
            return replace(problem, file=block.points.shown, line=1)
    return problem


def _in_plan(plan: Plan, problem: Problem) -> Problem:
    """Say of a value that the plan sets where the plan sets it."""
    if problem.file != "--set" or plan.file == "--set":
        return problem
    key = problem.key or ""
    owner = next((k for k in plan.settings if key == k or key.startswith((f"{k}.", f"{k}["))), None)
    line = plan.source.line(plan.settings[owner].place) if owner else None
    return replace(problem, file=plan.file, line=line)


def _laid_out(block: _Known, root: int, scenario: Scenario) -> Block:
    """Rows of one block."""
    spec, points = block.spec, block.points
    if points is not None:
        described: dict[str, Any] = {"file": spec.file, "sha256": points.sha256}
        columns = zip(points.paths, zip(*points.rows, strict=True), strict=True)
        described["parameters"] = {key: _summary(column) for key, column in columns}
        return Block(spec.how, points.paths, points.rows, _described(spec, points.paths, points.rows, described))
    paths = tuple(block.axes)
    known = {u.path: Spread(u.distribution, u.values) for u in scenario.uncertain}
    given = {key: known[key] if axis.given == UNCERTAIN else axis.given for key, axis in block.axes.items()}
    table = {key: value.described() if isinstance(value, Spread) else list(value) for key, value in given.items()}
    described = {"parameters": table}
    if spec.how == "grid":
        rows = tuple(itertools.product(*(value for value in given.values() if isinstance(value, tuple))))
        return Block(spec.how, paths, rows, _described(spec, paths, rows, described))
    seed, n = sampling.block_seed(root, paths[0]), spec.size or 0
    if spec.how == "morris":
        described |= {"trajectories": n, "levels": spec.levels}
        cube = sampling.morris(seed, len(paths), n, spec.levels)
    else:
        described |= {"points": n}
        cube = _CUBES[spec.how](seed, len(paths), n)
    spreads = [value for value in given.values() if isinstance(value, Spread)]
    values = [[spread.at(u) for u in column] for spread, column in zip(spreads, cube.T.tolist(), strict=True)]
    rows = tuple(zip(*values, strict=True))
    return Block(spec.how, paths, rows, _described(spec, paths, rows, described))


def _described(spec: VarySpec, paths: Sequence[str], rows: Sequence[object], more: Mapping[str, Any]) -> dict[str, Any]:
    return {"how": spec.how, "rows": len(rows), "paths": list(paths), **more}


def _summary(column: Sequence[Value]) -> list[Value] | dict[str, Any]:
    """A table's column for the manifest: its values where they are few, else the range of its numbers."""
    values = list(dict.fromkeys(column))
    if len(values) <= 50 or not all(isinstance(value, int | float) for value in values):
        return values[:50]
    return {"between": [min(float(v) for v in values), max(float(v) for v in values)]}
