"""Why an outcome may be the same number in every replicate of a scenario under a policy."""

from __future__ import annotations

from coercion_sim.economy import KINDS, NON_ECONOMIC
from coercion_sim.policies import ChooseSides, Combined, IntegrateEconomies, RespondAsAllies
from coercion_sim.scenario import Scenario

#: Condition of `conditions` -> outcomes that it fixes.
FIXED_BY = {
    "scripted": (
        "disputes", "attempts", "threatened", "conceded_to_demand", "backed_down", "carried_out", "successes",
        "objective_rate", "success_rate", "pressure_quarters", "mean_length", "beyond_trade", "coalition_size",
        "cohesion", "security_loss_pv", "belief_target", "belief_coercer",
    ),
    "trade only": ("beyond_trade", "security_loss_pv", "escalations"),
    "no target": ("target_loss_pv", "vulnerability", "power", "security_loss_pv"),
    "no coercer": ("coercer_cost_pv", "vulnerability", "power"),
    "no bloc": ("bloc_income", "integration_min"),
    "unanswered": ("burden_total", "burden_gini", "help_pv", "coalition_size"),
    "unpledged": ("burden_total", "burden_gini", "help_pv", "coalition_size", "cohesion"),
    "sides": ("burden_gini",),
    "helpless": ("help_pv",),
    "nothing shut out": ("diverted_share",),
    "not integrating": ("integration_cut",),
    "integrating": ("integration_cut",),
    "no cooperation": ("cooperation_kept",),
    "shielded": ("cooperation_kept",),
    "no spill-over": ("cooperation_kept",),
    "rare": ("escalations",),
}  # fmt: skip


def may_be_constant(outcome: str, scenario: Scenario, policy: str) -> bool:
    """Whether something in the scenario or the policy may fix an outcome in every replicate."""
    return any(outcome in FIXED_BY.get(condition, ()) for condition in conditions(scenario, policy))


def conditions(scenario: Scenario, policy: str) -> set[str]:
    """Conditions that hold in a scenario under a policy."""
    agreed = scenario.build_policy(policy)
    parts = agreed.parts if isinstance(agreed, Combined) else (agreed,)
    means = {m.kind for m in scenario.measures} | set(scenario.dispute.packages)
    means |= {p for c in scenario.dispute.challengers for p in c.packages}
    scripted = scenario.conduct == "scripted"
    promised = {i for p in parts if isinstance(p, RespondAsAllies) for i in p.parameters.instruments}
    shut = any(m.purpose == "coercion" and KINDS[m.kind].side == "importer" for m in scenario.measures_as_data())
    spills = scenario.cooperation.spill_pressure > 0 or "retaliate" in promised or not scripted
    holds = {
        "scripted": scripted,
        "unanswered": scripted and not promised - {"statement"},
        "helpless": scripted and not promised & {"absorb", "compensate"},
        "sides": any(isinstance(p, ChooseSides) for p in parts),
        "nothing shut out": scripted and not shut,
        "unpledged": not scripted and not promised,
        "no target": not scenario.target,
        "no coercer": not scenario.coercer,
        "no bloc": not scenario.actors.bloc,
        "integrating": any(isinstance(p, IntegrateEconomies) for p in parts),
        "not integrating": not any(isinstance(p, IntegrateEconomies) for p in parts),
        "no cooperation": scenario.cooperation.value == 0,
        "no spill-over": not spills,
        "shielded": agreed.shield == 1.0,
        "trade only": not means & {*NON_ECONOMIC, "grey_zone", "hybrid"},
        "rare": True,
    }
    return {condition for condition, held in holds.items() if held}
