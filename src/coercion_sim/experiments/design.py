"""The design of an experiment: which policies, which replicates, and what every uncertain parameter is in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.streams import sobol_points

if TYPE_CHECKING:
    from coercion_sim.scenario import Scenario

#: What one uncertain parameter may be.
Value = float | int | str | bool

#: Most replicates one experiment may ask for (the Sobol' sequence has 2^30 points; memory and patience end sooner).
MOST_REPLICATES = 10_000_000


@dataclass(frozen=True)
class Design:
    """Policies x replicates. Replicate k is the same world under every policy, and whatever the number of replicates.

    Attributes
    ----------
    policies
        Names in the order results are written; several at once joined by ``+``.
    seed
        Root seed of every draw.
    paths
        Keys of the uncertain parameters, in the scenario's order.
    values
        One row per replicate, one value per path: the parameter's quantile at that coordinate of the Sobol' point;
        where states choose, numbers of the economy take the first `economy_points` points in turn.
    at_defaults
        True where every uncertain parameter was left at its default.
    """

    policies: tuple[str, ...]
    seed: int
    paths: tuple[str, ...]
    values: tuple[tuple[Value, ...], ...]
    at_defaults: bool = False

    @property
    def replicates(self) -> int:
        """Number of replicates."""
        return len(self.values)

    @property
    def runs(self) -> int:
        """Number of (policy, replicate) pairs."""
        return self.replicates * len(self.policies)

    def of_replicate(self, replicate: int) -> dict[str, Value]:
        """Uncertain parameters of one replicate by path."""
        return dict(zip(self.paths, self.values[replicate], strict=True))

    def column_types(self) -> dict[str, str]:
        """Type of each parameter's column in the runs table: ``float`` where every value is a number, else ``str``."""
        numeric = {
            path: all(isinstance(row[d], int | float) and not isinstance(row[d], bool) for row in self.values)
            for d, path in enumerate(self.paths)
        }
        return {path: "float" if number else "str" for path, number in numeric.items()}


def make_design(
    scenario: Scenario,
    *,
    policies: Sequence[str] | None = None,
    replicates: int | None = None,
    seed: int | None = None,
    at_defaults: bool = False,
) -> Design:
    """Design an experiment on a scenario; what is None is as the scenario says.

    With `at_defaults` every uncertain parameter keeps its default; one replicate then, unless more are asked for.

    Raises
    ------
    InvalidInput
        For an unknown policy, a policy named twice, no policy, fewer than one replicate, a negative seed: all at once.
    """
    chosen = tuple(scenario.policies if policies is None else policies)
    count = replicates if replicates is not None else (1 if at_defaults else scenario.replicates)
    root = scenario.seed if seed is None else seed
    problems = policy_problems(chosen, scenario)
    if not 1 <= count <= MOST_REPLICATES:
        problems.append(Problem("out of range", key="replicates", found=str(count), allowed=f"1 to {MOST_REPLICATES}"))
    if not 0 <= root < 2**63:
        problems.append(Problem("out of range", key="seed", found=str(root), allowed="0 to 2^63 - 1"))
    if problems:
        raise InvalidInput(problems)
    uncertain = tuple(scenario.uncertain)
    paths = tuple(u.path for u in uncertain)
    if at_defaults:
        return Design(chosen, root, paths, (tuple(u.default for u in uncertain),) * count, True)
    points = sobol_points(root, len(paths), count)
    shared = economy_points(scenario)
    values = tuple(
        tuple(
            u.at(float(points[k % shared if shared and u.path.startswith("economy.") else k, d]))
            for d, u in enumerate(uncertain)
        )
        for k in range(count)
    )
    return Design(chosen, root, paths, values)


def economy_points(scenario: Scenario) -> int:
    """How many draws of the economy's numbers replicates share; 0: every replicate has its own.

    Where states choose, payoff tables are solved for every draw of the economy. A few draws, used in turn, keep that
    affordable; everything else (stakes, types, luck) is still drawn per replicate.
    """
    return scenario.dispute.economy_points if scenario.conduct == "strategic" else 0


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
