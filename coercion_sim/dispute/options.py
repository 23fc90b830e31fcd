"""Options of each decision of a dispute, with their worth, its terms and their probability (model.md §5)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.dispute.after_answers import ContestCourse
from coercion_sim.dispute.decisions import Option
from coercion_sim.dispute.game import DisputeGame
from coercion_sim.dispute.solution import DisputeSolution


def press_options(solved: DisputeSolution, c: int) -> tuple[Option, ...]:
    """Move 1: whether to press."""
    value, odds = float(solved.press_value[c]), float(solved.press[c])
    return (
        Option("press", value, odds, {"expected over packages": value}),
        Option("do not press", 0.0, 1.0 - odds, {"nothing": 0.0}),
    )


def package_options(solved: DisputeSolution, c: int) -> tuple[Option, ...]:
    """Move 1: with which package."""
    game = solved.game
    mu = game.types_target
    options = []
    for k, name in enumerate(game.packages):
        won = float((mu * solved.concede[:, k]).sum() * game.stake_coercer[c])
        value = float(solved.package_value[c, k])
        terms = {"target yields to the demand": won, "target resists": value - won}
        options.append(Option(name, value, float(solved.package[c, k]), terms))
    return tuple(options)


def answer_options(solved: DisputeSolution, s: int, k: int) -> tuple[Option, ...]:
    """Move 2: concede to the demand or resist it."""
    game = solved.game
    nu = game.types_coercer
    measures = float((nu * solved.impose[:, k] * _flow(solved, solved.contests.effect, k)[:, s]).sum())
    resist = float(solved.resist_value[s, k])
    terms = {"measures, if imposed": measures, "yielding later": resist - measures}
    odds = float(solved.concede[s, k])
    return (
        Option("concede", float(solved.concede_value[s]), odds, _giving_in(game, s)),
        Option("resist", resist, 1.0 - odds, terms),
    )


def impose_options(solved: DisputeSolution, c: int, k: int) -> tuple[Option, ...]:
    """Move 3: impose or back down."""
    game, p = solved.game, solved.game.parameters
    seen = float(solved.belief_resisted[k])
    mu = np.array([1.0 - seen, seen])
    cost = _flow(solved, solved.contests.cost + p.cost_year, k)
    value, odds = float(solved.impose_value[c, k]), float(solved.impose[c, k])
    terms = {
        "price of imposing": -p.cost_once - p.statement_cost,
        "cost of measures": -float((mu * cost[c]).sum()),
        "target yields later": float(
            (mu * _expected(solved, solved.steps.yielded, k)[c]).sum() * game.stake_coercer[c]
        ),
    }
    back = float(solved.back_down_value[c])
    return (
        Option("impose", value, odds, _with_rest(terms, "lifting unrewarded", value)),
        Option("back down", back, 1.0 - odds, {"audience cost": back}),
    )


def help_options(solved: DisputeSolution, i: int, at: tuple[int, ...]) -> tuple[Option, ...]:
    """Move 4: what ally i can do after the package and the earlier allies' choices `at`."""
    game = solved.game
    offered = game.offered(i, at[0])
    values, odds = solved.help_values[i][at], solved.pledged[i][at]
    own = -_own_cost(solved, i)[at]
    return tuple(
        Option(
            option,
            float(values[o]),
            float(odds[o]),
            _with_rest(
                {
                    "pledge broken": float(-game.pledge[i] * game.shortfall_by_package[i, at[0], o]),
                    "own cost and being next": float(own[o]),
                },
                "target yields",
                float(values[o]),
            ),
        )
        for o, option in enumerate(game.options)
        if offered[o]
    )


def review_options(contest: ContestCourse, quarter: int, s: int) -> tuple[Option, ...]:
    """Move 5: a target that reviews concedes, resists, or offers to settle; `quarter` counts from imposition."""
    game, now = contest.game, contest.quarter(quarter)
    worth = (now.conceding, now.resisting, now.offering)
    values = {name: float(v[s, 0]) for name, v in zip(("concede", "resist", "settle"), worth, strict=True)}
    measures = _measures_ahead(contest, quarter, s)
    terms = {
        "concede": _with_rest(_giving_in(game, s, contest.erosion), "flows of the last quarter", values["concede"]),
        "resist": _with_rest({"measures from here": measures}, "yielding later", values["resist"]),
        "settle": {"expected from the answer": values["settle"]},
    }
    concede, settle = float(now.concede[s, 0]), float(now.settle[s, 0])
    share = {"concede": concede, "settle": settle, "resist": 1.0 - sum((concede, settle))}
    labels = ("concede", "settle", "resist") if game.parameters.settle else ("concede", "resist")
    return tuple(Option(name, values[name], share[name], terms[name]) for name in labels)


def lift_options(contest: ContestCourse, quarter: int, c: int) -> tuple[Option, ...]:
    """Move 5: a coercer that reviews lifts or sustains."""
    game, now = contest.game, contest.quarter(quarter)
    odds, lifting = float(now.lift[c, 0]), float(now.lifting[c, 0])
    audience = -game.parameters.audience_lift * float(game.stake_coercer[c])
    terms = {"audience cost": audience}
    return (
        Option("lift", lifting, odds, _with_rest(terms, "flows of the last quarter", lifting)),
        _sustaining("sustain", contest, quarter, c, 1.0 - odds),
    )


def accept_options(contest: ContestCourse, quarter: int, c: int) -> tuple[Option, ...]:
    """Move 5: a coercer that was offered a settlement takes it or not."""
    game, now = contest.game, contest.quarter(quarter)
    odds, stake = float(now.accept[c, 0]), float(game.stake_coercer[c])
    part = game.parameters.settle * stake
    flows = float(now.lifting[c, 0]) + game.parameters.audience_lift * stake
    terms = {"share of the stake": part, "flows of the last quarter": flows}
    return (Option("accept", part + flows, odds, terms), _sustaining("refuse", contest, quarter, c, 1.0 - odds))


def _measures_ahead(contest: ContestCourse, quarter: int, s: int) -> float:
    """Loss a target of type s expects from measures if it resists now, averaged over the coercer's type."""
    p, now = contest.game.parameters, contest.quarter(quarter)
    nu = contest.belief_of_target(quarter)
    lifts = p.review * now.lift[:, 0]
    then, on = contest.quarter(quarter + 1), (1.0 - lifts) * p.quarterly_discount * (1.0 - p.lapse)
    here = lifts * p.last_quarter_bite + (1.0 - lifts)
    early = contest.year(quarter) == 0
    first, later = here * early + on * then.first_year[:, s, 0], here * (not early) + on * then.later[:, s, 0]
    weights = np.array([1.0 - nu, nu])
    return float((weights * (first * contest.effect[0] + later * contest.effect[1])).sum()) / 4.0


def _sustaining(label: str, contest: ContestCourse, quarter: int, c: int, odds: float) -> Option:
    """Option to sustain this quarter: a whole quarter of costs, and the values after it."""
    game, p, now = contest.game, contest.game.parameters, contest.quarter(quarter)
    mu = contest.belief_of_coercer(quarter)
    weights = np.array([1.0 - mu, mu])
    then, on = contest.quarter(quarter + 1), p.quarterly_discount * (1.0 - p.lapse)
    first, later, yields = (on * float(weights @ x[c, :, 0]) for x in (then.first_year, then.later, then.yielded))
    early = contest.year(quarter) == 0
    cost = contest.cost + p.cost_year
    terms = {
        "cost of measures from here": -float((early + first) * cost[0] + ((not early) + later) * cost[1]) / 4.0,
        "target yields later": yields * float(game.stake_coercer[c]),
    }
    value = float(now.sustaining[c, 0])
    return Option(label, value, odds, _with_rest(terms, "lifting or lapse later", value))


def _giving_in(game: DisputeGame, s: int, erosion: float = 0.0) -> dict[str, float]:
    """Terms of conceding for a target of type s, part of its stake eroded."""
    stake = (1.0 - erosion) * float(game.stake_target[s])
    return {"stake given up": -stake, "audience cost": -game.parameters.audience_concede * stake}


def _with_rest(terms: Mapping[str, float], name: str, value: float) -> dict[str, float]:
    """Terms, and the rest of the value under one more name; rounding errors count as 0."""
    rest = value - sum(terms.values())
    return {**terms, name: rest if abs(rest) > 1e-12 else 0.0}


def _expected(solved: DisputeSolution, values: Array, k: int) -> Array:
    """Average (2, 2, K G) over the expected answers of allies to package k: ``[c, s]``."""
    K = solved.game.profile_shape[0]
    mean: Array = values.reshape(2, 2, K, -1)[:, :, k] @ solved.node_weights[k]
    return mean


def _flow(solved: DisputeSolution, flow: Array, k: int) -> Array:
    """Expected sum over the contest of a yearly flow (2, K G), answers averaged, ``[c, s]``."""
    lasting = (solved.steps.first_year * flow[0] + solved.steps.later * flow[1]) / 4.0
    return _expected(solved, lasting, k)


def _own_cost(solved: DisputeSolution, i: int) -> Array:
    """Cost to ally i of its own options, given earlier choices, averaged over types and over the allies after it."""
    game, K = solved.game, len(solved.game.packages)
    mu, nu = solved.belief_resisted, solved.belief_imposed
    types = np.stack([1.0 - nu, nu])[:, None] * np.stack([1.0 - mu, mu])[None]
    first, later = (
        np.einsum("csk,cskp->kp", types, solved.by_answer(x)) for x in (solved.steps.first_year, solved.steps.later)
    )
    cost = game.ally_cost[i].reshape(2, K, -1)
    folded: Array = ((cost[0] * first + cost[1] * later) / 4.0).reshape(game.profile_shape)
    for j in reversed(range(i + 1, len(game.allies))):
        kept = game.reliability[j]
        folded = (folded * (kept * solved.pledged[j] + (1.0 - kept) * solved.unpledged[j])).sum(axis=-1)
    return folded
