"""`integrate_economies`: tie the bloc's economies closer to each other than to their principal competitor."""

from __future__ import annotations

import math
from itertools import permutations

from pydantic import Field

from coercion_sim.economy import Measure
from coercion_sim.files import number_field
from coercion_sim.policies.base import Bloc, Policy, Response, Situation

#: Width of the bracket within which indices are taken as linear in the cut, fraction of iceberg costs.
_BRACKET = 1e-3


class IntegrateEconomiesParameters(Bloc):
    """The bloc, its aim, and the price of getting there."""

    members: tuple[str, ...] = Field(
        ("AUS", "USA", "JPN", "KOR", "NZL"), min_length=2, description="States of the bloc"
    )
    competitor: str = Field("CHN", description="Principal competitor the index is measured against")
    sectors: tuple[str, ...] = Field(("goods",), min_length=1, description="Sectors whose trade costs fall")
    margin: float = number_field(0.0, "share of goods trade", "Index every member is to reach", ge=-1, le=1)
    max_cut: float = number_field(0.25, "fraction of iceberg cost", "Largest cut of iceberg costs, fraction", le=0.9)
    phase: int = number_field(8, "quarters", "Quarters over which the cut grows in equal steps", ge=1, le=80)
    start: int = number_field(0, "quarters from 0", "Quarter of the first step, counted from 0")
    adjustment_cost: float = number_field(
        0.5, "quarters of income moved", "Quarters of income lost per unit of factor income that changes sector", le=5
    )


class IntegrateEconomies(Policy):
    """Cut iceberg costs among members until each trades more with the bloc than with the competitor, or `max_cut`.

    The index of a member is (goods trade both ways with members - with the competitor) / all foreign goods trade. The
    cut needed is found in the long-run equilibrium, then phased in. Its price is the income lost while factors change
    sector. Mostly a gain from trade with a small shield: never read the gain as deterrence.
    """

    name = "integrate_economies"
    words = "more integrated with each other than they are with our principal competitors"
    summary = (
        "Members cut trade costs among themselves until the index reaches the margin. Price: cost of reallocation."
    )
    Parameters = IntegrateEconomiesParameters
    parameters: IntegrateEconomiesParameters

    def respond(self, situation: Situation) -> Response:
        """Nothing quarter by quarter: the plan of `prepare` stands."""
        return Response()

    def prepare(self, situation: Situation) -> Response:
        """Find the cut, announce it, and say who falls short of the margin at it."""
        p = self.parameters
        cut, index = self.needed_cut(situation)
        facts: tuple[tuple[str, str, float], ...] = (("cut_needed", "", cut),)
        facts += tuple(("index_at_cut", s, value) for s, value in index.items())
        if cut == 0.0:
            note = ("integration", p.members[0], "no cut: every member is at the margin already, or none is allowed")
            return Response(notes=(note,), facts=facts)
        short = sorted(s for s, value in index.items() if value < p.margin)
        text = f"iceberg costs among members fall by {cut:.3f} over {p.phase} quarters"
        notes = [("integration", p.members[0], text)]
        notes += [
            ("integration_short", s, f"index {index[s]:+.3f} < {p.margin:+.3f} at the largest cut") for s in short
        ]
        size, dates = 1.0 - cut, (p.start, None, p.phase)
        measures = tuple(
            Measure("facilitation", by, on, p.sectors, size, *dates, "integrate", f"integrate {by}-{on}")
            for by, on in permutations(p.members, 2)
        )
        return Response(measures, tuple(notes), tuple((s, p.adjustment_cost) for s in p.members), facts)

    def needed_cut(self, situation: Situation) -> tuple[float, dict[str, float]]:
        """Least cut (fraction) that brings every member to the margin, and the indices there.

        Equilibria bracket it to a thousandth; within the bracket the indices are taken as linear. So the cut changes
        smoothly with the economy, and its effects can be interpolated between economies. `max_cut` with its indices
        where even that is too little for some member.
        """
        p = self.parameters

        def at(cut: float) -> dict[str, float]:
            return situation.long_run_integration(p.members, p.competitor, cut, p.sectors)

        under = at(0.0)
        worst = min(under.values())
        if worst >= p.margin or p.max_cut == 0.0:
            return 0.0, under
        last, over = worst, at(p.max_cut)
        worst = min(over.values())
        if worst < p.margin:
            return p.max_cut, over
        # On a grid of halves of halves; the line through the last two points says where to look within the bracket.
        steps = 2 ** max(0, math.ceil(math.log2(p.max_cut / _BRACKET)))
        low, high, before, now = 0, steps, 0, steps
        while high - low > 1:
            guess = now + (p.margin - worst) * (now - before) / (worst - last) if worst != last else 0.5 * (low + high)
            before, now, last = now, min(max(round(guess), low + 1), high - 1), worst
            trial = at(p.max_cut * now / steps)
            worst = min(trial.values())
            if worst >= p.margin:
                high, over = now, trial
            else:
                low, under = now, trial
        part = max((p.margin - u) / (over[s] - u) for s, u in under.items() if u < p.margin)
        cut = p.max_cut * (low + part * (high - low)) / steps
        return cut, {s: u + part * (over[s] - u) for s, u in under.items()}
