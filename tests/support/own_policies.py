"""Text of policy files a user might write, for tests of reading, running and checking them."""

from __future__ import annotations

#: The target's strongest ally pays; a helper function and a parameter model of its own; draws by event.
PAYS = '''\
from __future__ import annotations

from typing import Literal

from pydantic import Field

from coercion_sim.economy import Measure
from coercion_sim.policies import Policy, PolicyParameters, Response, Situation

Share = Literal["half", "all"]


def payer(world, target, coercer):
    others = [s for s in world.states if s not in (target, coercer)]
    return max(others, key=lambda s: world.alliance_strength(s, target))


class PaysParameters(PolicyParameters):
    fraction: float = Field(0.5, ge=0, le=1, description="share of the loss", json_schema_extra={"unit": "share"})
    share: Share = Field("all", description="a word, to see that types of the file survive the trip")


class _Base(Policy):
    Parameters = PaysParameters

    def amount(self, situation, target):
        return self.parameters.fraction * situation.income_loss(target)


class Pays(_Base):
    """The state most strongly bound to the target pays."""

    name = "pays"
    words = "(an example)"
    summary = "One ally sends money. Price: the money."

    def amount(self, situation, target):
        return max(0.0, super().amount(situation, target))

    def respond(self, situation: Situation) -> Response:
        paid = {}
        for m in situation.pressure():
            ally = payer(situation.world, m.on, m.by)
            amount = self.amount(situation, m.on) * (0.5 + 0.5 * situation.draw("generosity", ally))
            paid[m.on] = Measure("transfer", ally, m.on, (), amount, situation.quarter, situation.quarter,
                                 purpose="compensate", name=f"pay {m.on}")
        return Response(tuple(m for m in paid.values() if m.size > 0))
'''

#: The least a policy is.
BARE = """\
from coercion_sim.policies import Policy, Response


class Bare(Policy):
    name = "bare"
    words = "(nothing)"
    summary = "Does nothing. Price: none."

    def respond(self, situation):
        return Response()
"""
