"""A dispute game as a small table: packages with effects, and the probability of each move by type."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from coercion_sim.cli.columns import aligned, number

if TYPE_CHECKING:
    from coercion_sim.analysis import FirstDispute
    from coercion_sim.dispute import DisputeSolution

Array = npt.NDArray[np.float64]


def dispute_text(dispute: FirstDispute) -> str:
    """Packages, stakes and probabilities at the beliefs of the start."""
    from coercion_sim.dispute import solve_dispute

    game, solved = dispute.game, solve_dispute(dispute.game)
    c, t = dispute.coercer, dispute.target
    lines = [f"{dispute.scenario} under {dispute.policy}: {c} and {t}, {dispute.quarter}"]
    if not dispute.strategic:
        lines.append("The scenario is scripted: this is the game its states would face with conduct = strategic.")
    types = ("firm" if dispute.firm else "soft", "resolved" if dispute.resolved else "irresolute")
    lines += [
        f"Stakes, percent of own GDP: {c} {_pair(game.stake_coercer)} (soft, firm; is {types[0]}), "
        f"{t} {_pair(game.stake_target)}",
        f"(irresolute, resolved; is {types[1]}). Believed: resolved {game.belief_target:.2f}, firm "
        f"{game.belief_coercer:.2f}.",
        f"Allies in the order they move: {', '.join(game.allies) or 'none'}.",
        f"Each may: {', '.join(game.options)}.",
        f"P({c} presses): soft {solved.press[0]:.3f}, firm {solved.press[1]:.3f}",
        "",
        "Effects, percent of own GDP a year, nobody answering; costs of the coercer are floored at 0",
    ]
    K = len(game.packages)
    effect, cost = (x.reshape(2, K, -1)[:, :, 0] for x in (game.target_effect, game.coercer_cost))
    rows = [["package", f"{t} year 1", "long run", f"cost {c} year 1", "long run"]]
    for k, name in enumerate(game.packages):
        rows.append([name, *(number(float(x), 4) for x in (*effect[:, k], *cost[:, k]))])
    lines += [f"  {line}" for line in aligned(rows)]
    for heading, rows in _moves(solved):
        lines += ["", heading, *(f"  {line}" for line in aligned(rows))]
    return "\n".join(lines)


def _moves(solved: DisputeSolution) -> Iterator[tuple[str, list[list[str]]]]:
    """Tables of the threat and of what follows it, one row per package."""
    game = solved.game
    K = len(game.packages)
    flat = solved.profile.reshape(K, -1)

    def expected(by_profile: Array) -> Array:
        """Average over what the allies are expected to do, (2, K)."""
        mean: Array = np.einsum("xkr,kr->xk", by_profile.reshape(2, K, -1), flat)
        return mean

    def table(headings: list[str], columns: list[Array]) -> list[list[str]]:
        rows = [[name, *(f"{float(column[k]):.3f}" for column in columns)] for k, name in enumerate(game.packages)]
        return [["package", *headings], *rows]

    threat = [*solved.package, *solved.concede, *solved.impose]
    heads = ["chosen by soft", "firm", "conceded by irresolute", "resolved", "imposed by soft", "firm"]
    yield (
        "Probabilities of the threat: package, given pressure; concession to it; imposition, given resistance",
        table(heads, threat),
    )
    after = [flat[:, 0], *expected(solved.war.concede), *expected(solved.war.lift)]
    heads = ["nobody helps", "irresolute yields", "resolved", "soft lifts", "firm"]
    yield "Probabilities once it is imposed: help; then in the first quarter, given a review", table(heads, after)


def _pair(values: Array) -> str:
    return f"{float(values[0]):.3f}, {float(values[1]):.3f}"
