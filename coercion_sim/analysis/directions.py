"""Which way each outcome is better, seen from the target and its allies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from coercion_sim.analysis.sensitivity.outcome_frame import check_outcomes
from coercion_sim.errors import InvalidInput, Problem

#: Outcome -> whether more of it is better for the target and its allies. Outcomes that are a means, or good for one
#: and bad for another (help paid, the coercer's cost, the size of a coalition), have no direction unless one is given.
MORE_IS_BETTER: Mapping[str, bool] = {
    "attempts": False,
    "conceded_to_demand": False,
    "carried_out": False,
    "successes": False,
    "objective_rate": False,
    "success_rate": False,
    "pressure_quarters": False,
    "target_loss_pv": False,
    "bloc_income": True,
    "world_gdp_change": True,
    "burden_total": False,
    "burden_gini": False,
    "diverted_share": True,
    "vulnerability": False,
    "power": False,
    "cohesion": True,
    "cooperation_kept": True,
    "security_loss_pv": False,
    "escalations": False,
}


def directions(maximise: Iterable[str] = (), minimise: Iterable[str] = ()) -> dict[str, bool]:
    """`MORE_IS_BETTER` with the directions given; these win.

    Raises
    ------
    InvalidInput
        For a name that is no outcome, or that is to be both.
    """
    more, less = tuple(maximise), tuple(minimise)
    check_outcomes(more, "--maximise")
    check_outcomes(less, "--minimise")
    both = sorted(set(more) & set(less))
    if both:
        raise InvalidInput([Problem("both to be maximised and minimised", found=repr(name)) for name in both])
    return {**MORE_IS_BETTER, **dict.fromkeys(more, True), **dict.fromkeys(less, False)}
