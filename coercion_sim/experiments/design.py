"""The design of an experiment: points x replicates x policies, and what every parameter is in each run."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.experiments.blocks import Block
from coercion_sim.experiments.draws import Draws, Value, draws_of
from coercion_sim.experiments.precision import Precision
from coercion_sim.outcomes import TABLES

if TYPE_CHECKING:
    from coercion_sim.scenario import Scenario

#: Most replicates one experiment may ask for (the Sobol' sequence has 2^30 points; memory and patience end sooner).
MOST_REPLICATES = 10_000_000


@dataclass(frozen=True)
class Design:
    """Points x replicates x policies.

    A point is one setting of the parameters that are varied (there is one, without parameters, where none is).
    Replicate k is the same world at every point, under every policy, and whatever the number of replicates.

    Attributes
    ----------
    policies
        Names in the order results are written; several at once joined by ``+``.
    seed
        Root seed of every draw.
    draws
        The scenario's uncertain parameters by replicate. A parameter that is varied as well takes the point's value.
    replicates
        Replicates of each point; at most, where there is a `precision`.
    blocks
        What is varied: points are the product of the blocks' rows, the last block fastest.
    precision
        When to stop adding replicates to a point; None where their number is fixed.
    tables
        Tables that are kept.
    """

    policies: tuple[str, ...]
    seed: int
    draws: Draws
    replicates: int
    blocks: tuple[Block, ...] = ()
    precision: Precision | None = None
    tables: tuple[str, ...] = tuple(TABLES)

    @property
    def points(self) -> int:
        """Number of points."""
        return math.prod(len(block.rows) for block in self.blocks)

    @property
    def runs(self) -> int:
        """Number of runs; at most, where there is a `precision`."""
        return self.points * self.replicates * len(self.policies)

    @cached_property
    def varied(self) -> tuple[str, ...]:
        """Paths of the parameters that are varied, block by block."""
        return tuple(path for block in self.blocks for path in block.paths)

    @cached_property
    def drawn(self) -> tuple[str, ...]:
        """Paths of the uncertain parameters that are not varied."""
        return tuple(u.path for u in self.draws.uncertain if u.path not in self.varied)

    def of_point(self, point: int) -> dict[str, Value]:
        """Varied parameters at one point, by path."""
        values: dict[str, Value] = {}
        for block in reversed(self.blocks):
            point, row = divmod(point, len(block.rows))
            values = dict(zip(block.paths, block.rows[row], strict=True)) | values
        return values

    def of_replicate(self, replicate: int, point: int = 0) -> dict[str, Value]:
        """Every parameter of one replicate at one point, by path: what is drawn, then what is varied."""
        return self.draws.of_replicate(replicate) | self.of_point(point)

    @cached_property
    def columns(self) -> Mapping[str, str]:
        """Every parameter's column in the runs table: ``float`` where all its values are numbers, else ``str``."""
        types = dict.fromkeys((u.path for u in self.draws.uncertain), "float")
        for block in self.blocks:
            for d, path in enumerate(block.paths):
                numeric = all(isinstance(row[d], int | float) and not isinstance(row[d], bool) for row in block.rows)
                types[path] = "float" if numeric else "str"
        return types

    def point_keys(self) -> Iterator[str]:
        """Return the content of every point as a short hash, in order; the n-th of several points alike is told apart.

        What was computed for a point is found again by it when a design is extended and points change their number.
        """
        seen: dict[str, int] = {}
        for point in range(self.points):
            text = json.dumps(self.of_point(point), sort_keys=True)
            count = seen[text] = seen.get(text, -1) + 1
            yield hashlib.blake2b(f"{text}#{count}".encode(), digest_size=8).hexdigest()

    def described(self) -> dict[str, Any]:
        """The design for the manifest; points follow from it (tables of points by their hash and file)."""
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
            "precision": self.precision.described() if self.precision else None,
            "tables": list(self.tables),
        }


def make_design(
    scenario: Scenario,
    *,
    policies: Sequence[str] | None = None,
    replicates: int | Precision | None = None,
    seed: int | None = None,
    at_defaults: bool = False,
    blocks: Sequence[Block] = (),
    tables: Sequence[str] | None = None,
) -> Design:
    """Design an experiment on a scenario; what is None is as the scenario says.

    With `at_defaults` every uncertain parameter keeps its default; one replicate then, unless more are asked for.

    Raises
    ------
    InvalidInput
        For an unknown policy, a policy named twice, no policy, fewer than one replicate, a negative seed: all at once.
    """
    chosen = tuple(scenario.policies if policies is None else policies)
    precision = replicates if isinstance(replicates, Precision) else None
    asked = precision.at_most if precision else replicates
    count = asked if isinstance(asked, int) else (1 if at_defaults else scenario.replicates)
    root = scenario.seed if seed is None else seed
    problems = policy_problems(chosen, scenario)
    if not 1 <= count <= MOST_REPLICATES:
        problems.append(Problem("out of range", key="replicates", found=str(count), allowed=f"1 to {MOST_REPLICATES}"))
    if not 0 <= root < 2**63:
        problems.append(Problem("out of range", key="seed", found=str(root), allowed="0 to 2^63 - 1"))
    if problems:
        raise InvalidInput(problems)
    kept = tuple(name for name in TABLES if tables is None or name in {*tables, "runs", "outcomes"})
    draws = draws_of(scenario, root, at_defaults=at_defaults)
    return Design(chosen, root, draws, count, tuple(blocks), precision, kept)


def policy_problems(policies: Sequence[str], scenario: Scenario) -> list[Problem]:
    """What is wrong with a list of policies, each a name or several joined by ``+``."""
    problems = [] if policies else [Problem("name at least one policy", key="policy")]
    problems += [Problem("policy named twice", found=repr(p)) for p in sorted(set(policies)) if policies.count(p) > 1]
    problems += [
        Problem("joins a policy to itself", found=repr(p))
        for p in policies
        if len(set(p.split("+"))) < len(p.split("+"))
    ]
    for part in dict.fromkeys(part for policy in policies for part in policy.split("+")):
        try:
            scenario.build_policy(part)
        except InvalidInput as error:
            problems += error.problems
    return problems
