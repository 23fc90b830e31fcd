"""Likelihood of the record under the solved game: pressed, resisted, imposed, ended unrewarded after so long.

The path is that of the scenario's script: who pressed whom, when, and how long its measures were in force. A script has
no concession, so the measures ended unrewarded; the game has two such endings, lifted and lapsed, and both count.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from coercion_sim.analysis.answer.base_rates import PUBLISHED
from coercion_sim.analysis.deterrence.dyad import ask
from coercion_sim.analysis.records import Tabular
from coercion_sim.arrays import Array
from coercion_sim.dispute import DisputeSolution, mean_endings, solve_disputes
from coercion_sim.errors import CoercionSimError, InvalidInput, Problem
from coercion_sim.experiments import Progress, make_job
from coercion_sim.policies import PolicyFiles

if TYPE_CHECKING:
    from coercion_sim.scenario import Scenario

#: Steps of the path, each given those before it; lifted and lapsed are the two parts of the last.
STEPS = {
    "pressed": "of disputes that arise",
    "resisted": "of those pressed",
    "imposed": "of those resisted",
    "ended": "of those imposed: unrewarded, after as many quarters as on record",
}
PARTS = {"lifted": "of those imposed: lifted by the coercer", "lapsed": "of those imposed: lapsed"}
#: Columns of `PathLikelihood.values`: probabilities of the path up to each step, then what the record's rates need.
_COLUMNS = (*STEPS, *PARTS, "conceded_to_demand", "backed_down", "success")


@dataclass(frozen=True)
class RecordPath:
    """What a scenario's script says happened between its coercer and its target.

    Attributes
    ----------
    first, last
        Labels of the quarter of the first measure and of the last quarter any was in force.
    shortest, longest
        Quarters the measures were in force, the shortest and the longest of them.
    measures
        Number of measures.
    """

    coercer: str
    target: str
    first: str
    last: str
    shortest: int
    longest: int
    measures: int


def record_path(scenario: Scenario) -> RecordPath:
    """Read the path of the record off the coercive measures of a scenario's coercer on its target.

    Raises
    ------
    InvalidInput
        Where the script has no such measure, or one that does not end within the run.
    """
    written = scenario.with_values({"conduct": "scripted"}).measures_as_data()
    script = [m for m in written if (m.purpose, m.by, m.on) == ("coercion", scenario.coercer, scenario.target)]
    key, pair = "measures", f"{scenario.coercer or 'no coercer'} on {scenario.target or 'no target'}"
    if not script:
        message = f"{scenario.name}: no record: the script has no coercive measure of the coercer on the target"
        raise InvalidInput(Problem(message, key=key, found=pair))
    ends = [m.until for m in script if m.until is not None and m.until < scenario.quarters - 1]
    if len(ends) < len(script):
        going = [m.name for m in script if m.until is None or m.until >= scenario.quarters - 1]
        message = f"{scenario.name}: no record of an ending: these measures last until the run ends"
        raise InvalidInput(Problem(message, key=key, found=", ".join(going), allowed="measures with `until`"))
    lengths = [end - m.start + 1 for m, end in zip(script, ends, strict=True)]
    return RecordPath(
        scenario.coercer, scenario.target, scenario.quarter_label(min(m.start for m in script)),
        scenario.quarter_label(max(ends)), min(lengths), max(lengths), len(script),
    )  # fmt: skip


def likelihood_of(solved: DisputeSolution, shortest: int, longest: int) -> Array:
    """Probabilities of the path of the record up to each step, over both sides' types at their beliefs.

    Returns
    -------
    (len(STEPS) + len(PARTS) + 3,)
        P(pressed), P(pressed, resisted), P(.., imposed), P(.., ended unrewarded after `shortest` to `longest` whole
        quarters in force), the last by lifted and lapsed; then P(conceded to the demand), P(backed down), P(imposed,
        conceded).
    """
    e = mean_endings(solved, longest + 1, bound=True)
    lifted, lapsed = e.ended_by[2:, shortest : longest + 1].sum(axis=1)
    return np.array([
        e.press, e.press - e.conceded_to_demand, e.imposed, lifted + lapsed, lifted, lapsed,
        e.conceded_to_demand, e.backed_down, mean_endings(solved, 160, bound=True).conceded,
    ])  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class PathLikelihood(Tabular):
    """The likelihood of the record with its factors.

    Attributes
    ----------
    path
        What the record shows.
    draws, unsolved
        Draws used, and draws left out because no equilibrium was found.
    values : (draws, columns)
        Rows of `likelihood_of`.
    """

    scenario: str
    title: str
    policy: str
    path: RecordPath
    draws: int
    unsolved: int
    values: Array

    @property
    def headline(self) -> str:
        """Scenario, policy and likelihood."""
        return f"{self.scenario} under {self.policy}: {self.likelihood:.3g}"

    @property
    def likelihood(self) -> float:
        """Probability of the whole path, mean over draws."""
        return float(self.values[:, _COLUMNS.index("ended")].mean())

    def records(self) -> list[dict[str, Any]]:
        """One record for each step and part, the likelihood, and each rate that a record exists for.

        Every probability is a ratio of means over draws, so that the steps multiply to the likelihood; `low` and `high`
        are 5 and 95 % quantiles of the draws' own ratios.
        """
        of = {"pressed": "", "resisted": "pressed", "imposed": "resisted", "ended": "imposed"}
        rows = [self._row("step", n, STEPS[n], n, of[n]) for n in STEPS]
        rows += [self._row("part", n, PARTS[n], n, "imposed") for n in PARTS]
        rows.append(self._row("likelihood", "likelihood", "of disputes that arise", "ended", ""))
        rates = {
            "conceded_to_demand": "pressed",
            "backed_down": "pressed",
            "carried_out": "pressed",
            "success": "imposed",
        }
        for name, whole in rates.items():
            part = "imposed" if name == "carried_out" else name
            rows.append(self._row("rate", name, f"of those {whole}", part, whole) | {"record": PUBLISHED[name]})
        return rows

    def _row(self, kind: str, name: str, words: str, part: str, whole: str) -> dict[str, Any]:
        above = self.values[:, _COLUMNS.index(part)]
        below = self.values[:, _COLUMNS.index(whole)] if whole else np.ones(len(above))
        each = above[below > 0.0] / below[below > 0.0]
        low, high = (float(q) for q in np.quantile(each, [0.05, 0.95])) if len(each) else (math.nan, math.nan)
        value = float(above.sum() / below.sum()) if below.sum() > 0.0 else math.nan
        return {
            "kind": kind,
            "name": name,
            "words": words,
            "value": value,
            "low": low,
            "high": high,
            "record": math.nan,
        }

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        plain = {k: getattr(self, k) for k in ("scenario", "title", "policy", "draws", "unsolved", "likelihood")}
        return plain | {"path": asdict(self.path), "rows": self.records()}


def record_likelihood(
    scenario: str | Path | Scenario,
    policy: str | None = None,
    *,
    draws: int = 64,
    seed: int | None = None,
    overrides: Iterable[str] = (),
    policy_files: PolicyFiles = (),
    at_defaults: bool = False,
    progress: Progress | None = None,
) -> PathLikelihood:
    """Return how likely the solved game makes what the scenario's script says happened, exactly in every draw.

    Parameters
    ----------
    scenario, seed, overrides, policy_files, at_defaults
        As in `simulate`; in a scripted scenario too, states choose here.
    policy
        The first the scenario names if None.
    draws
        Draws of the uncertain numbers and of the stakes.
    progress
        Called with (games set up, games in all, 0).

    Raises
    ------
    InvalidInput
        For an unknown scenario, policy or override; where the script has no measures that end (`record_path`).
    CoercionSimError
        Where the coercer has nothing to press with, or no draw could be solved.
    """
    named = make_job(scenario, None, overrides=overrides, policy_files=policy_files).scenario
    path = record_path(named)
    question = ask(
        scenario, policy or named.policies[0], draws=draws, seed=seed, overrides=overrides, policy_files=policy_files,
        pair=(path.coercer, path.target), at_defaults=at_defaults,
    )  # fmt: skip
    games = []
    for draw in range(draws):
        games.append(question.dyad(draw).open()[0])
        if progress is not None:
            progress(draw + 1, draws, 0)
    solved = [s for s in solve_disputes(games) if s.solved]
    if not solved:
        raise CoercionSimError(f"{named.name}: no equilibrium was found in any of {draws} draws")
    values = np.array([likelihood_of(s, path.shortest, path.longest) for s in solved])
    return PathLikelihood(named.name, named.title, question.policy, path, len(solved), draws - len(solved), values)
