"""`expand_alliances`: admit like-minded trading partners, by UN votes and trade shares."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from pydantic import Field

from coercion_sim.arrays import Bools
from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.files import number_field
from coercion_sim.policies.base import Bloc, Outlook, Pledge, Response, Situation
from coercion_sim.policies.burden_sharing import trade_exposure
from coercion_sim.policies.respond_as_allies import RespondAsAllies, RespondAsAlliesParameters
from coercion_sim.world import World

#: A distance that is no limit: everybody's ideal point is nearer, and none need be recorded.
NO_LIMIT = 10.0


class ExpandAlliancesParameters(RespondAsAlliesParameters, Bloc):
    """Whom to admit."""

    members: tuple[str, ...] = Field(
        ("AUS", "USA", "JPN", "KOR", "NZL"), min_length=1, description="states whose alliance is expanded"
    )
    competitor: str = Field("CHN", description="state to which admitted states become exposed; never admitted itself")
    max_distance: float = number_field(
        1.0,
        "ideal points",
        "admit states whose UN voting ideal point is this near the members' mean, weighted by GDP; 10: no limit",
        le=NO_LIMIT,
    )
    min_trade: float = number_field(
        0.1, "share", "and that do at least this share of their foreign goods trade with members", le=1
    )
    exposure: float = number_field(
        0.01,
        "a year",
        "chi: yearly chance that the competitor turns on an admitted state, for the price reported",
        le=1,
    )


class ExpandAlliances(RespondAsAllies):
    """Like-minded states that trade with the members help, and receive help, as if bound by treaty.

    Like-minded: ideal points of UN voting (Bailey, Strezhnev and Voeten 2017) within `max_distance` of the members'
    mean. Price: the admitted become exposed to the competitor, reported as ``chi L_i`` (L_i: a state's loss if the
    competitor turns on it) and charged in the dispute game whenever they help. Limits: the rule does not admit states
    without a recorded ideal point, and assumes that the others accept.
    """

    name = "expand_alliances"
    words = "expand ... alliances, as well as multilateral forums"
    summary = "Like-minded trading partners join the answer. Price: their exposure to the competitor."
    Parameters = ExpandAlliancesParameters
    parameters: ExpandAlliancesParameters

    def admitted(self, world: World) -> tuple[str, ...]:
        """States admitted, in the world's order.

        Raises
        ------
        InvalidInput
            Where the world records no ideal points, or none of a member.
        """
        p = self.parameters
        at = [world.state_index(s) for s in p.members]
        near, share = self._near(world, at), trade_exposure(world, p.members)
        return tuple(
            s
            for n, s in enumerate(world.states)
            if n not in at and s not in ("ROW", p.competitor) and near[n] and share[n] >= p.min_trade
        )

    def _near(self, world: World, at: list[int]) -> Bools:
        """Whether each state votes within `max_distance` of the members, (N,)."""
        if self.parameters.max_distance >= NO_LIMIT:
            return np.ones(len(world.states), dtype=bool)
        points = world.ideal_point
        known = [n for n in at if points is not None and np.isfinite(points[n])]
        if points is None or not known:
            remedy = f"a world with ideal points of the members, or {NO_LIMIT:g}: no limit"
            key = f"policy.{self.name}.max_distance"
            raise InvalidInput(Problem(f"world {world.name} has no UN voting ideal points", key=key, allowed=remedy))
        gdp = world.baseline.gdp[known]
        middle = float(points[known] @ gdp / gdp.sum())
        near: Bools = np.abs(points - middle) <= self.parameters.max_distance  # never where not recorded
        return near

    def eligible(self, world: World, target: str) -> tuple[str, ...]:
        """Allies of `respond_as_allies`; for a target in the expanded alliance also its members and the admitted."""
        admitted = self.admitted(world)
        alliance = {*self.parameters.members, *admitted} if target in (*self.parameters.members, *admitted) else set()
        before = super().eligible(world, target)
        return (*before, *(s for s in world.states if s in alliance and s != target and s not in before))

    def prepare(self, situation: Situation) -> Response:
        """Take no measure; record the states admitted, each with its price."""
        p = self.parameters
        facts, notes = [], []
        for s in self.admitted(situation.world):
            price = p.exposure * situation.loss_if_turned(p.competitor, s)
            facts += [("admitted", s, 1.0), ("exposure_added", s, price)]
            notes.append(("admitted", s, f"exposed to {p.competitor} at {price:.4f} % of GDP a year"))
        return Response(notes=tuple(notes), facts=tuple(facts))

    def amend_pledge(self, pledge: Pledge, outlook: Outlook, coercer: str, target: str) -> Pledge:
        """Add the expanded alliance to the allies of another policy's promise."""
        more = [s for s in self.eligible(outlook.world, target) if s not in (*pledge.allies, coercer, target)]
        return replace(pledge, allies=(*pledge.allies, *more))
