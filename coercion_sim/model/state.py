"""A state: an agent that owns what a government owns, and an index into the arrays of the economy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from coercion_sim.economy import Measure
from coercion_sim.model.mesa_shims import Agent

if TYPE_CHECKING:
    from coercion_sim.model.coercion_model import CoercionModel

#: `rule`: do what the script says and the policy agrees. Later parts add ways of choosing.
Doctrine = Literal["rule"]


class State(Agent):  # type: ignore[misc]  # Mesa is untyped
    """One state of the world.

    Attributes
    ----------
    code, index
        Its label, and its position on the exporter and importer axes.
    doctrine
        How it chooses.
    script
        Measures a scenario file writes down for it.

    Notes
    -----
    `press` and `answer` are where choices are made. Under the doctrine ``rule`` they follow the script and the agreed
    policy; a state that chooses for itself overrides these two and nothing else.
    """

    def __init__(
        self, model: CoercionModel, code: str, index: int, script: Sequence[Measure] = (), doctrine: Doctrine = "rule"
    ) -> None:
        super().__init__(model)
        self.code = code
        self.index = index
        self.doctrine = doctrine
        self.script = tuple(script)

    def press(self, quarter: int) -> tuple[Measure, ...]:
        """Return the measures it takes of its own accord this quarter."""
        return tuple(measure for measure in self.script if measure.in_force(quarter))

    def answer(self, asked: Sequence[Measure]) -> tuple[Measure, ...]:
        """Of the measures the agreed policy asks of it this quarter, return those it takes."""
        return tuple(asked)
