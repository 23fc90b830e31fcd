"""What a page is about: the scenario and its world, the policies to choose from, the numbers on sliders."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from coercion_sim.experiments import make_job
from coercion_sim.policies import PolicyFiles
from coercion_sim.scenario import Scenario, Uncertain, dictionary
from coercion_sim.wording import capital, policy_label, state_name
from coercion_sim.world import World

#: Sliders shown at once; the others are folded away.
MOST_SLIDERS = 12

#: Words for the uncertain numbers most scenarios have; the others are named from the data dictionary.
_WORDS = {
    "economy.elasticity_scale": ("Trade elasticities, all times", "factor"),
    "economy.factor_mobility": ("Factor mobility between sectors", "elasticity"),
    "economy.adjustment_rate": ("Buyers free to switch", "share a quarter"),
    "economy.input_substitution": ("Substitution between inputs", "elasticity"),
    "economy.final_substitution": ("Substitution between final goods", "elasticity"),
    "dispute.row": ("Row of the table of behaviour, from 0", ""),
}
_SIZES = {
    "open": ("share left open", "share"),
    "factor": ("cost of trade times", "iceberg factor"),
    "rate": ("rate", "fraction"),
    "loss": ("loss to the target", "% of GDP a year"),
    "amount": ("amount", "US$ million a year"),
}


@dataclass(frozen=True)
class Dial:
    """An uncertain number as a control.

    Attributes
    ----------
    path
        Dotted key, as `Scenario.with_values` takes it.
    words, unit
        Description and unit.
    low, high, step, default
        A slider's ends, step and start.
    choices
        Values of a number that takes one of a few; empty otherwise.
    whole
        Whether it takes whole numbers only.
    """

    path: str
    words: str
    unit: str
    low: float
    high: float
    step: float
    default: float
    choices: tuple[float, ...] = ()
    whole: bool = False

    def value(self, given: float) -> float:
        """Value of the scenario for a control's value, without noise in the last digits."""
        return round(given) if self.whole else float(f"{given:.9g}")


@dataclass(frozen=True, eq=False)
class Setting:
    """Scenario, world and choices of a page: the parts that no control changes.

    Attributes
    ----------
    policies
        Names to choose from; joined ones carry a ``+``.
    seed
        Root of every draw.
    dials
        A control for each uncertain number, in the order of the file.
    source, overrides, policy_files
        As given, for the commands that load the scenario anew.
    """

    scenario: Scenario
    world: World
    policies: tuple[str, ...]
    seed: int
    dials: tuple[Dial, ...]
    source: str | Path | Scenario
    overrides: tuple[str, ...] = ()
    policy_files: PolicyFiles = ()

    @cached_property
    def quarters(self) -> tuple[str, ...]:
        """Labels of the quarters, first to last."""
        return tuple(self.scenario.quarter_label(q) for q in range(self.scenario.quarters))

    @cached_property
    def choices(self) -> dict[str, str]:
        """Policies as the selector shows them -> their names."""
        return {policy_label(name): name for name in self.policies}

    def state(self, code: str) -> str:
        """Name of a state in words, of those outside the world too; its code without one."""
        return state_name(self.scenario.actors.names(self.world), code)

    def sector(self, name: str) -> str:
        """Name of a sector or tag in words."""
        return str(self.world.sector_names.get(name) or name.replace("_", " "))


def open_setting(
    scenario: str | Path | Scenario, *, policies: Iterable[str] = (), seed: int | None = None,
    overrides: Iterable[str] = (), policy_files: PolicyFiles = (), world: World | None = None,
) -> Setting:  # fmt: skip
    """Load and check the setting of a page; arguments as in `simulate`.

    Raises
    ------
    InvalidInput
        For every error in the scenario, its world, a policy or an override.
    """
    changes = tuple(overrides)
    job = make_job(
        scenario, tuple(policies) or None, replicates=1, seed=seed, overrides=changes, policy_files=policy_files,
        world=world,
    )  # fmt: skip
    named = {row["key"]: row for row in dictionary("parameters")}
    kinds = job.scenario.settable_keys()
    dials = tuple(_dial(u, named, kinds.get(u.path) == "whole number") for u in job.scenario.uncertain)
    return Setting(
        job.scenario, job.world, tuple(job.design.policies), job.design.seed, dials, scenario, changes, policy_files
    )  # fmt: skip


def _dial(u: Uncertain, named: Mapping[str, Mapping[str, str]], whole: bool) -> Dial:
    """Control for one uncertain number."""
    words, unit = _named(u.path, named)
    low, high = min(u.values), max(u.values)
    choices = u.values if u.distribution == "choice" else ()
    step = 1.0 if whole else _step(low, high)
    return Dial(u.path, words, unit, low, high, step, u.default, choices, whole)


def _step(low: float, high: float) -> float:
    """Power of ten that divides the range into 20 to 200 steps."""
    return float(10.0 ** math.floor(math.log10((high - low) / 20.0))) if high > low else 1.0


def _named(path: str, named: Mapping[str, Mapping[str, str]]) -> tuple[str, str]:
    """Words and unit of a number by its dotted key."""
    if path in _WORDS:
        return _WORDS[path]
    section, _, rest = path.partition(".")
    name, _, size = rest.rpartition(".")
    if section == "measures" and size in _SIZES:
        words, unit = _SIZES[size]
        return f"{capital(name.replace('_', ' '))}: {words}", unit
    row = named.get(path)
    if row is None:
        return capital(path.replace("_", " ").replace(".", ": ")), ""
    what = row["meaning"].partition(";")[0].removesuffix(".")
    return capital(what), row["unit"].replace("pct_gdp", "% of GDP").replace("ad-valorem ", "")
