"""`stand_alone`: nobody helps. The run every other policy is compared with."""

from __future__ import annotations

from coercion_sim.policies.base import Policy, Response, Situation


class StandAlone(Policy):
    """No pledges, no responses: the target bears the pressure alone."""

    name = "stand_alone"
    words = "(the baseline the other answers are compared with)"
    summary = "No state answers pressure on another. Price: none to the allies; the target bears the whole loss."

    def respond(self, situation: Situation) -> Response:
        """Do nothing."""
        return Response()
