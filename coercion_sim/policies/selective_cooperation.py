"""`selective_cooperation`: keep climate and health cooperation with rivals out of the quarrel."""

from __future__ import annotations

from coercion_sim.files import number_field
from coercion_sim.policies.base import Policy, PolicyParameters, Response, Situation


class SelectiveCooperationParameters(PolicyParameters):
    """How much of the spill-over is prevented."""

    prevented: float = number_field(1.0, "share", "share of the spill-over onto cooperation prevented", le=1)


class SelectiveCooperation(Policy):
    """Shield what rivals do together from what they quarrel about.

    A flow of climate and health cooperation (``[cooperation]``) is lost to both sides when retaliation, or pressure
    itself, spills over. The policy takes the share `prevented` off the chance of that. It does nothing else, and is
    meant to be joined to a policy that answers pressure. Price: a coercer that need not fear for cooperation has one
    reason less not to press, and an ally one reason less not to retaliate; both count it in the dispute game.
    """

    name = "selective_cooperation"
    words = "countries can work with China where possible"
    summary = "Climate and health cooperation is kept out of quarrels. Price: its loss no longer deters pressure."
    Parameters = SelectiveCooperationParameters
    parameters: SelectiveCooperationParameters

    def respond(self, situation: Situation) -> Response:
        """Nothing quarter by quarter: the shield stands."""
        return Response()

    @property
    def shield(self) -> float:
        """Share of the spill-over prevented."""
        return self.parameters.prevented
