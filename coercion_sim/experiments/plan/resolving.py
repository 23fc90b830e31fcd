"""A plan meets its scenario: it is checked against it, and its blocks become rows of values."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from coercion_sim.arrays import Array
from coercion_sim.errors import InvalidInput, Problem, ScenarioError
from coercion_sim.experiments.design import sampling
from coercion_sim.experiments.design.design import Block
from coercion_sim.experiments.design.stopping import StoppingRule
from coercion_sim.experiments.plan.model import (
    MOST_ROWS,
    UNCERTAIN,
    How,
    MorrisBlock,
    Placed,
    Plan,
    TableBlock,
    VarySpec,
)
from coercion_sim.experiments.plan.points import Points, check_points, read_points
from coercion_sim.experiments.plan.reading import load_plan
from coercion_sim.experiments.plan.values import Given, Spread, check_axes, check_keys, check_policies
from coercion_sim.files import KeyPath, guarded
from coercion_sim.policies import Policy
from coercion_sim.scenario import load_scenario

if TYPE_CHECKING:
    from coercion_sim.scenario import Scenario

#: Runs one sweep may have.
MOST_RUNS: Final = 100_000_000

_CUBES: Final[Mapping[How, Callable[[int, int, int], Array]]] = {
    "random": sampling.random,
    "sobol": sampling.sobol,
    "latin_hypercube": sampling.latin_hypercube,
    "saltelli": sampling.saltelli,
}


@dataclass(frozen=True)
class _Resolved:
    """A block with the scenario's contribution: the axes of ``"uncertain"``, the points of a table."""

    spec: VarySpec
    axes: Mapping[str, Placed] = field(default_factory=dict)
    points: Points | None = None

    @property
    def rows(self) -> int:
        """Number of rows, known before any is made."""
        d, n, how = len(self.axes), self.spec.table.size, self.spec.table.how
        if self.points is not None:
            return len(self.points.rows)
        if how == "grid":
            return math.prod(len(axis.value) for axis in self.axes.values())
        return {"saltelli": n * (d + 2), "morris": n * (d + 1)}.get(how, n)

    @property
    def columns(self) -> list[tuple[VarySpec, str, KeyPath]]:
        """Block, key and path of every parameter."""
        if self.points is not None:
            return [(self.spec, key, (*self.spec.place, "file")) for key in self.points.paths]
        return [(self.spec, key, axis.place) for key, axis in self.axes.items()]


def scenario_of(plan: Plan, *, policies: Iterable[type[Policy]] = ()) -> Scenario:
    """Load the scenario of a plan with the plan's settings; mistakes in ``[set]`` get their line of the plan.

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
    plan: Plan, scenario: Scenario, seed: int | None = None, *, policies: Sequence[str] | None = None,
    replicates: int | StoppingRule | None = None,
) -> tuple[Block, ...]:  # fmt: skip
    """Check a plan against its scenario and lay out its points.

    Parameters
    ----------
    plan, scenario
        The plan, and its scenario with ``plan.set`` applied (`scenario_of`).
    seed
        Root seed of the sweep; the plan's, or else the scenario's, if None.
    policies, replicates
        Policies and replicates of the sweep; the plan's, or else the scenario's, if None.

    Returns
    -------
    tuple of Block
        One per ``[[vary]]``, in their order. Points are the product of their rows, the last fastest.

    Raises
    ------
    InvalidInput
        With every mistake: file, line, key, value found, values allowed, the nearest spelling.
    """
    chosen = tuple(policies if policies is not None else plan.policies or scenario.policies)
    problems = check_policies(plan, chosen, scenario)
    blocks = [_resolved(plan, spec, scenario, problems) for spec in plan.blocks]
    problems += _check_blocks(plan, blocks, chosen, scenario)
    problems += _check_total(plan, blocks, len(chosen), replicates or plan.replicates or scenario.replicates)
    if problems:
        by_place = sorted(dict.fromkeys(problems), key=lambda p: (p.file != plan.file, p.file or "", p.line or 0))
        raise InvalidInput(by_place)
    root = seed if seed is not None else plan.seed if plan.seed is not None else scenario.seed
    return tuple(_laid_out(block, root, scenario) for block in blocks)


def check_plan(path: str | Path, *, policies: Iterable[type[Policy]] = ()) -> list[Problem]:
    """List the mistakes of a plan file and its scenario, in the order of the file."""
    try:
        with guarded(path, "plan"):
            plan = load_plan(path)
            resolve_blocks(plan, scenario_of(plan, policies=tuple(policies)))
    except InvalidInput as error:
        return list(error.problems)
    return []


def _resolved(plan: Plan, spec: VarySpec, scenario: Scenario, problems: list[Problem]) -> _Resolved:
    """Add the scenario's uncertain numbers, or the points of a table, to a block."""
    if isinstance(spec.table, TableBlock):
        try:
            return _Resolved(
                spec, points=read_points(plan, (*spec.place, "file"), spec.table.file, scenario.settable_keys())
            )
        except InvalidInput as error:
            problems += error.problems
            return _Resolved(spec)
    if isinstance(spec.parameters, Mapping):
        return _Resolved(spec, spec.parameters)
    place: KeyPath = (*spec.place, "parameters")
    if not scenario.uncertain:
        problems.append(plan.document.problem(place, "the scenario has no uncertain numbers", UNCERTAIN))
    return _Resolved(spec, {u.path: Placed(UNCERTAIN, place) for u in scenario.uncertain})


def _check_blocks(
    plan: Plan, blocks: Sequence[_Resolved], policies: Sequence[str], scenario: Scenario
) -> list[Problem]:
    """List wrong keys of all blocks, then wrong values of the right keys, then blocks with too many rows."""
    columns = [column for block in blocks for column in block.columns]
    wrong = check_keys(plan, columns, policies, scenario)
    problems = [_in_table(blocks, problem) for problem in wrong]
    wrong_keys = {p.key for p in wrong}
    for block in blocks:
        axes = {key: axis for key, axis in block.axes.items() if key not in wrong_keys}
        problems += check_axes(plan, axes, scenario)
        if block.points is not None and not wrong_keys.intersection(block.points.paths):
            problems += check_points(block.points, scenario)
        if block.rows > MOST_ROWS:
            allowed = f"at most {MOST_ROWS} rows"
            problems.append(plan.document.problem(block.spec.place, "has too many points", block.rows, allowed))
    return problems


def _check_total(
    plan: Plan, blocks: Sequence[_Resolved], policies: int, replicates: int | StoppingRule
) -> list[Problem]:
    """Check the number of runs of the sweep."""
    most = replicates.at_most if isinstance(replicates, StoppingRule) else replicates
    points = math.prod(block.rows for block in blocks)
    runs = points * most * policies
    if runs <= MOST_RUNS:
        return []
    size = f"{points} points x {most} replicates x {policies} policies = {runs} runs"
    return [Problem("the sweep is too large", plan.file, None, None, size, f"at most {MOST_RUNS}")]


def _in_table(blocks: Sequence[_Resolved], problem: Problem) -> Problem:
    """Move a problem with a column of a table of points to the table's header."""
    for block in blocks:
        if block.points is not None and problem.key in block.points.paths:
            return replace(problem, file=block.points.file, line=1)
    return problem


def _in_plan(plan: Plan, problem: Problem) -> Problem:
    """Move a problem with a setting of the plan to its line of the plan."""
    if problem.file != "--set" or plan.file == "--set":
        return problem
    key = problem.key or ""
    owner = next((k for k in plan.settings if key == k or key.startswith((f"{k}.", f"{k}["))), None)
    line = plan.document.origin(plan.settings[owner].place)[1] if owner else None
    return replace(problem, file=plan.file, line=line)


def _laid_out(block: _Resolved, root: int, scenario: Scenario) -> Block:
    """Lay out the rows of one block."""
    spec, how = block.spec.table, block.spec.table.how
    if isinstance(spec, TableBlock) and block.points is not None:
        more = {"file": spec.file, "sha256": block.points.sha256, "parameters": block.points.described()}
        return _block(how, block.points.paths, block.points.rows, more)
    known = {u.path: Spread(u.distribution, u.values) for u in scenario.uncertain}
    given: dict[str, Given] = {
        key: known[key] if axis.value == UNCERTAIN else axis.value for key, axis in block.axes.items()
    }
    table = {key: value.described() if isinstance(value, Spread) else list(value) for key, value in given.items()}
    if how == "grid":
        return _block(how, tuple(given), tuple(itertools.product(*table.values())), {"parameters": table})
    spreads = [value for value in given.values() if isinstance(value, Spread)]
    seed, n = sampling.block_seed(root, next(iter(given))), spec.size
    if isinstance(spec, MorrisBlock):
        size, cube = {"trajectories": n, "levels": spec.levels}, sampling.morris(seed, len(given), n, spec.levels)
    else:
        size, cube = {"points": n}, _CUBES[how](seed, len(given), n)
    values = [[spread.at(u) for u in column] for spread, column in zip(spreads, cube.T.tolist(), strict=True)]
    return _block(how, tuple(given), tuple(zip(*values, strict=True)), {"parameters": table} | size)


def _block(how: How, paths: tuple[str, ...], rows: Any, more: Mapping[str, Any]) -> Block:
    return Block(how, paths, rows, {"how": how, "rows": len(rows), "paths": list(paths), **more})
