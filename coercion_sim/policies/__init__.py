"""Policies: one agreed rule per file, each with its parameters and its price; registry and entry points."""

from coercion_sim.policies.allied_help import InstrumentParameters, goods_against, offering
from coercion_sim.policies.base import Outlook, Pledge, Policy, PolicyParameters, Response, Situation, answer_of
from coercion_sim.policies.bridge_silos import BridgeSilos, BridgeSilosParameters
from coercion_sim.policies.burden_sharing import (
    BurdenSharing,
    Sharing,
    burden_shares,
    least_cost_cuts,
    least_cost_support,
)
from coercion_sim.policies.choose_sides import ChooseSides, ChooseSidesParameters
from coercion_sim.policies.compatible_capacities import CompatibleCapacities, CompatibleCapacitiesParameters
from coercion_sim.policies.expand_alliances import ExpandAlliances, ExpandAlliancesParameters
from coercion_sim.policies.instruments import (
    Absorb,
    Compensate,
    Facilitation,
    Instrument,
    Retaliate,
    Stake,
    Statement,
    Task,
    available_instruments,
    counter_tariffs,
    critical_goods,
)
from coercion_sim.policies.instruments.base import Side, combinations, label, within_loss
from coercion_sim.policies.integrate_economies import IntegrateEconomies, IntegrateEconomiesParameters
from coercion_sim.policies.linked_domains import LinkedDomains, LinkedDomainsParameters
from coercion_sim.policies.registry import (
    BUILT_IN,
    Combined,
    available_policies,
    class_problems,
    get_policy,
    installed_policies,
)
from coercion_sim.policies.respond_as_allies import RespondAsAllies, RespondAsAlliesParameters
from coercion_sim.policies.selective_cooperation import SelectiveCooperation, SelectiveCooperationParameters
from coercion_sim.policies.stand_alone import StandAlone
from coercion_sim.policies.trade_cut import TradeCut, trade_cut
from coercion_sim.policies.uncoordinated_derisking import UncoordinatedDerisking, UncoordinatedDeriskingParameters
from coercion_sim.policies.user_policies import Origin, PolicyFiles, load_policies, origin_of

__all__ = [
    "BUILT_IN", "Absorb", "BridgeSilos", "BridgeSilosParameters", "BurdenSharing", "ChooseSides",
    "ChooseSidesParameters", "Combined", "CompatibleCapacities", "CompatibleCapacitiesParameters", "Compensate",
    "ExpandAlliances", "ExpandAlliancesParameters", "Facilitation", "Instrument", "InstrumentParameters",
    "IntegrateEconomies", "IntegrateEconomiesParameters", "LinkedDomains", "LinkedDomainsParameters", "Origin",
    "Outlook", "Pledge", "Policy", "PolicyFiles", "PolicyParameters", "RespondAsAllies", "RespondAsAlliesParameters",
    "Response", "Retaliate", "SelectiveCooperation", "SelectiveCooperationParameters", "Sharing", "Side", "Situation",
    "Stake", "StandAlone", "Statement", "Task", "TradeCut", "UncoordinatedDerisking",
    "UncoordinatedDeriskingParameters", "answer_of", "available_instruments", "available_policies", "burden_shares",
    "class_problems", "combinations", "counter_tariffs", "critical_goods", "get_policy", "goods_against",
    "installed_policies", "label", "least_cost_cuts", "least_cost_support", "load_policies", "offering", "origin_of",
    "trade_cut", "within_loss",
]  # fmt: skip
