"""Which policies there are: the package's own, and users' own found by entry point ``coercion_sim.policies``."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import entry_points

from coercion_sim.economy import Measure
from coercion_sim.errors import InvalidInput, Problem, nearest
from coercion_sim.policies.base import Outlook, Pledge, Policy, Response, Situation
from coercion_sim.policies.bridge_silos import BridgeSilos
from coercion_sim.policies.expand_alliances import ExpandAlliances
from coercion_sim.policies.integrate_economies import IntegrateEconomies
from coercion_sim.policies.linked_domains import LinkedDomains
from coercion_sim.policies.respond_as_allies import RespondAsAllies
from coercion_sim.policies.selective_cooperation import SelectiveCooperation
from coercion_sim.policies.stand_alone import StandAlone

#: The package's own, in the order of MODEL section 6.
BUILT_IN: tuple[type[Policy], ...] = (
    StandAlone,
    RespondAsAllies,
    IntegrateEconomies,
    SelectiveCooperation,
    LinkedDomains,
    BridgeSilos,
    ExpandAlliances,
)


def available_policies() -> dict[str, type[Policy]]:
    """Every policy by name; the package's own cannot be replaced by an entry point."""
    found = {policy.name: policy for policy in BUILT_IN}
    for entry in entry_points(group="coercion_sim.policies"):
        found.setdefault(entry.name, entry.load())
    return found


def get_policy(name: str) -> type[Policy]:
    """Return the policy class of this name, or raise InvalidInput with the nearest spelling."""
    known = available_policies()
    if name not in known:
        raise InvalidInput(
            Problem("unknown policy", found=repr(name), allowed=", ".join(known), suggestion=nearest(name, known))
        )
    return known[name]


class Combined(Policy):
    """Several policies at once: their measures, notes and costs together, in the order named."""

    name = "combined"
    words = "(several answers together)"
    summary = "The sum of its parts."

    def __init__(self, parts: Iterable[Policy]) -> None:
        super().__init__()
        self.parts = tuple(parts)

    def respond(self, situation: Situation) -> Response:
        """Join the responses of the parts."""
        return _join(part.respond(situation) for part in self.parts)

    def pledge(self, outlook: Outlook, coercer: str, target: str) -> Pledge | None:
        """The first promise any part makes, amended by the other parts in order."""
        for part in self.parts:
            made = part.pledge(outlook, coercer, target)
            if made is not None:
                for other in self.parts:
                    made = made if other is part else other.amend_pledge(made, outlook, coercer, target)
                return made
        return None

    def amend(self, outlook: Outlook, measures: tuple[Measure, ...]) -> tuple[Measure, ...]:
        """Every part in order."""
        for part in self.parts:
            measures = part.amend(outlook, measures)
        return measures

    @property
    def shield(self) -> float:
        """The strongest shield of any part."""
        return max((part.shield for part in self.parts), default=0.0)

    def prepare(self, situation: Situation) -> Response:
        """Join the standing measures of the parts."""
        return _join(part.prepare(situation) for part in self.parts)


def _join(responses: Iterable[Response]) -> Response:
    """Concatenate responses."""
    every = tuple(responses)
    return Response(
        tuple(m for r in every for m in r.measures),
        tuple(n for r in every for n in r.notes),
        tuple(c for r in every for c in r.adjustment_cost),
        tuple(f for r in every for f in r.facts),
    )
