"""A plan: which sweep is asked for, as read from a TOML file, a mapping, or ``--set`` flags; not yet a design."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from coercion_sim.errors import Problem
from coercion_sim.experiments.design.stopping import StoppingRule
from coercion_sim.experiments.plan.values import Given
from coercion_sim.files import KeyPath

How = Literal["grid", "random", "sobol", "latin_hypercube", "morris", "saltelli", "table"]
#: Ways to lay out the points of a block.
HOWS: Final[tuple[How, ...]] = ("grid", "random", "sobol", "latin_hypercube", "morris", "saltelli", "table")
#: In a block's `parameters`: the distribution the scenario has.
UNCERTAIN: Final = "uncertain"


@dataclass(frozen=True)
class Source:
    """Where a plan came from: its file as shown to the user, its folder, and the line of every key.

    `file` is None for a plan made of a mapping, ``--set`` for one made of flags; there are no lines then.
    """

    file: str | None
    folder: Path
    lines: Mapping[KeyPath, int] = field(default_factory=dict, repr=False)

    def problem(
        self,
        path: KeyPath,
        message: str,
        found: object = None,
        allowed: str | None = None,
        suggestion: str | None = None,
        key: str | None = None,
    ) -> Problem:
        """Say what is wrong at a path, with the line of that key or of the nearest table around it."""
        shown = None if found is None else _show(found)
        return Problem(message, self.file, self.line(path), key or _dotted(path) or None, shown, allowed, suggestion)

    def line(self, path: KeyPath) -> int | None:
        """Line of a key, or of the nearest table around it."""
        ends = range(len(path), 0, -1)
        return next((self.lines[path[:end]] for end in ends if path[:end] in self.lines), None)


@dataclass(frozen=True)
class Setting:
    """A value given to a parameter, and where it stands in the plan."""

    value: object
    place: KeyPath


@dataclass(frozen=True)
class Axis:
    """What one parameter of a block takes: values, a distribution, or ``"uncertain"``; and where that stands."""

    given: Given
    place: KeyPath


@dataclass(frozen=True)
class VarySpec:
    """One block of a plan, checked on its own but not against a scenario.

    Attributes
    ----------
    number
        Position in the plan, from 0.
    how
        Way of laying out its points.
    parameters
        Dotted key -> what it takes, in the order of the file; ``"uncertain"``: all the scenario's uncertain numbers;
        empty for a table of points, whose header names them.
    size
        `points` or `trajectories`; None for a grid and a table.
    levels
        Levels of a Morris design.
    file
        Table of points, as the plan names it.
    """

    number: int
    how: How
    parameters: Mapping[str, Axis] | Literal["uncertain"]
    size: int | None = None
    levels: int = 4
    file: str | None = None

    @property
    def place(self) -> KeyPath:
        """Where the block stands in the plan."""
        return ("vary", self.number)


@dataclass(frozen=True)
class Plan:
    """A sweep as asked for: points (blocks crossed with one another) x replicates x policies.

    Attributes
    ----------
    name
        Short name, used for folders.
    question
        What it asks, in prose.
    scenario
        Scenario as the plan names it.
    policies, seed, replicates, tables
        As the scenario says, or everything, where None.
    uncertain
        Whether the scenario's uncertain numbers that the plan does not vary are drawn per replicate or at their
        defaults.
    set
        Dotted key -> value for the whole sweep.
    blocks
        What is varied.
    source
        Where it came from.
    scenario_source
        What `load_scenario` takes: a shipped name, or the path seen from the plan's folder.
    """

    name: str
    question: str
    scenario: str
    policies: tuple[str, ...] | None
    seed: int | None
    uncertain: Literal["drawn", "defaults"]
    replicates: int | StoppingRule | None
    tables: tuple[str, ...] | None
    settings: Mapping[str, Setting]
    blocks: tuple[VarySpec, ...]
    source: Source
    scenario_source: str

    @property
    def file(self) -> str | None:
        """The plan's file as shown to the user."""
        return self.source.file

    @property
    def set(self) -> dict[str, object]:
        """What is fixed for the whole sweep, by dotted key: overrides for `load_scenario`."""
        return {key: setting.value for key, setting in self.settings.items()}


def _show(value: object) -> str:
    """Spell a value as in a TOML file, cut where it is long."""
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _dotted(path: KeyPath) -> str:
    """Spell a path: blocks and elements counted from 1."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text
