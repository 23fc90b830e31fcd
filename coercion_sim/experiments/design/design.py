"""The design of an experiment (points x replicates x policies), and the job that carries it out."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.experiments.design.sampling import Draws, Value
from coercion_sim.experiments.design.stopping import StoppingRule
from coercion_sim.outcomes import TABLES

if TYPE_CHECKING:
    from coercion_sim.model import RunRecord
    from coercion_sim.scenario import Scenario
    from coercion_sim.world import World

#: Most replicates of one experiment (the Sobol' sequence has 2^30 points; memory and patience end sooner).
MOST_REPLICATES = 10_000_000


@dataclass(frozen=True)
class Block:
    """Rows of values for parameters that vary together; a design crosses its blocks with one another."""

    how: str
    paths: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    described: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Design:
    """Points x replicates x policies.

    A point is one setting of the parameters that vary (one point without parameters where none does). Replicate k has
    the same draw and the same luck at every point, under every policy, and whatever the number of replicates.

    Attributes
    ----------
    policies
        Names in the order of the rows of results; several at once joined by ``+``.
    seed
        Root seed of every random number.
    draws
        The scenario's uncertain parameters by replicate. A parameter that varies takes the point's value instead.
    replicates
        Replicates of each point; at most, with a `stopping` rule.
    blocks
        Parameters that vary: points are the product of the blocks' rows, the last block fastest.
    stopping
        Rule that ends the replicates of a point; None where their number is fixed.
    tables
        Tables to keep.
    """

    policies: tuple[str, ...]
    seed: int
    draws: Draws
    replicates: int
    blocks: tuple[Block, ...] = ()
    stopping: StoppingRule | None = None
    tables: tuple[str, ...] = tuple(TABLES)

    @property
    def points(self) -> int:
        """Number of points."""
        return math.prod(len(block.rows) for block in self.blocks)

    @property
    def runs(self) -> int:
        """Number of runs; at most, with a `stopping` rule."""
        return self.points * self.replicates * len(self.policies)

    @cached_property
    def varied(self) -> tuple[str, ...]:
        """Paths of the parameters that vary, block by block."""
        return tuple(path for block in self.blocks for path in block.paths)

    @cached_property
    def drawn(self) -> tuple[str, ...]:
        """Paths of the uncertain parameters that do not vary by point."""
        return tuple(u.path for u in self.draws.uncertain if u.path not in self.varied)

    @cached_property
    def policy_numbers(self) -> Mapping[str, int]:
        """Position of each policy."""
        return {policy: q for q, policy in enumerate(self.policies)}

    def place(self, point: int, replicate: int, policy: str) -> int | None:
        """Position of a run in the order (point, replicate, policy); None for a run outside the design."""
        q = self.policy_numbers.get(policy)
        if q is None or not 0 <= point < self.points or replicate >= self.replicates:
            return None
        return (point * self.replicates + replicate) * len(self.policies) + q

    def of_point(self, point: int) -> dict[str, Value]:
        """Values of the varied parameters at one point, by path."""
        values: dict[str, Value] = {}
        for block in reversed(self.blocks):
            point, row = divmod(point, len(block.rows))
            values = dict(zip(block.paths, block.rows[row], strict=True)) | values
        return values

    def of_replicate(self, replicate: int, point: int = 0) -> dict[str, Value]:
        """Value of every uncertain or varied parameter in one replicate at one point, by path."""
        return self.draws.of_replicate(replicate) | self.of_point(point)

    @cached_property
    def columns(self) -> Mapping[str, str]:
        """Type of every parameter's column in the runs table: ``float`` where all values are numbers, else ``str``."""
        types = dict.fromkeys((u.path for u in self.draws.uncertain), "float")
        for block in self.blocks:
            for d, path in enumerate(block.paths):
                numeric = all(isinstance(row[d], int | float) and not isinstance(row[d], bool) for row in block.rows)
                types[path] = "float" if numeric else "str"
        return types

    def point_keys(self) -> Iterator[str]:
        """Yield a short hash of every point's values, in order; equal points also get a number.

        A longer design finds the runs of a point by this key although points change their numbers.
        """
        seen: dict[str, int] = {}
        for point in range(self.points):
            text = json.dumps(self.of_point(point), sort_keys=True)
            count = seen[text] = seen.get(text, -1) + 1
            yield hashlib.blake2b(f"{text}#{count}".encode(), digest_size=8).hexdigest()

    def described(self) -> dict[str, Any]:
        """Return the design as plain data for the manifest; the points follow from it (and from tables of points)."""
        return {
            "policies": list(self.policies),
            "seed": self.seed,
            "points": self.points,
            "replicates": self.replicates,
            "runs": self.runs,
            "uncertain": list(self.drawn),
            "drawn": "defaults" if self.draws.at_defaults else "scrambled Sobol'",
            "blocks": [
                {"how": block.how, "rows": len(block.rows), "paths": list(block.paths)} | dict(block.described)
                for block in self.blocks
            ],
            "stopping": self.stopping.described() if self.stopping else None,
            "tables": list(self.tables),
        }


def make_design(
    scenario: Scenario, *, policies: Sequence[str] | None = None, replicates: int | StoppingRule | None = None,
    seed: int | None = None, at_defaults: bool = False, blocks: Sequence[Block] = (),
    tables: Sequence[str] | None = None,
) -> Design:  # fmt: skip
    """Design an experiment on a scenario; None takes what the scenario gives.

    With `at_defaults` every uncertain parameter keeps its default, with one replicate unless `replicates` asks for
    more. One is made as well where every replicate is the same run and nothing varies (`Scenario.one_run`).

    Raises
    ------
    InvalidInput
        For an unknown policy, a policy named twice, no policy, fewer than one replicate, a negative seed: all at once.
    """
    chosen = tuple(scenario.policies if policies is None else policies)
    stopping = replicates if isinstance(replicates, StoppingRule) else None
    most = stopping.at_most if stopping else replicates
    count = most if isinstance(most, int) else (1 if at_defaults else scenario.replicates)
    root = scenario.seed if seed is None else seed
    InvalidInput.refuse(_problems(chosen, count, root, scenario))
    if replicates is None and not blocks and scenario.one_run(chosen):
        count = 1
    kept = tuple(name for name in TABLES if tables is None or name in {*tables, "runs", "outcomes"})
    draws = Draws(scenario.uncertain, root, at_defaults)
    return Design(chosen, root, draws, count, tuple(blocks), stopping, kept)


def _problems(policies: Sequence[str], replicates: int, seed: int, scenario: Scenario) -> list[Problem]:
    """List wrong policies, and numbers out of range."""
    problems = [problem for _, problem in policy_problems(policies, scenario)]
    if not policies:
        problems.append(Problem("name at least one policy", key="policy"))
    if not 1 <= replicates <= MOST_REPLICATES:
        allowed = f"1 to {MOST_REPLICATES}"
        problems.append(Problem("out of range", key="replicates", found=str(replicates), allowed=allowed))
    if not 0 <= seed < 2**63:
        problems.append(Problem("out of range", key="seed", found=str(seed), allowed="0 to 2^63 - 1"))
    return problems


def policy_problems(policies: Sequence[str], scenario: Scenario) -> Iterator[tuple[int, Problem]]:
    """Yield (position, problem) for policies named twice, joined to themselves, or unknown to the scenario."""
    for i, policy in enumerate(policies):
        parts = policy.split("+")
        if policy in policies[:i]:
            yield i, Problem("a policy is named twice", found=policy)
        if len(set(parts)) < len(parts):
            yield i, Problem("joins a policy to itself", found=policy)
        for part in parts:
            try:
                scenario.build_policy(part)
            except InvalidInput as error:
                yield from ((i, problem) for problem in error.problems)


#: One run of the model: scenario as resolved for this replicate, world, policy, replicate, seed; deterministic in them.
RunFunction: TypeAlias = "Callable[[Scenario, World, str, int, int], RunRecord]"


class Cell(NamedTuple):
    """One replicate at one point, and the policies to run in it."""

    point: int
    replicate: int
    policies: tuple[str, ...]


#: Cells for one worker at a time: enough to keep it busy for a while.
Task = tuple[Cell, ...]


@dataclass(frozen=True)
class Job:
    """Everything a worker needs, sent to it once: the design, the scenario, the world, and the function of one run."""

    design: Design
    scenario: Scenario
    world: World
    run: RunFunction
