"""Policies: one agreed rule per file, each with its parameters and its price; registry and entry points."""

from coercion_sim.policies.allied_help import cheapest_cuts, critical_goods
from coercion_sim.policies.base import Outlook, Pledge, Policy, PolicyParameters, Response, Sharing, Situation
from coercion_sim.policies.bridge_silos import BridgeSilos, BridgeSilosParameters
from coercion_sim.policies.burden import burden_shares, least_cost_cuts, least_cost_support
from coercion_sim.policies.choose_sides import ChooseSides, ChooseSidesParameters
from coercion_sim.policies.compatible_capacities import CompatibleCapacities, CompatibleCapacitiesParameters
from coercion_sim.policies.expand_alliances import ExpandAlliances, ExpandAlliancesParameters
from coercion_sim.policies.files import PolicyFiles, load_policies
from coercion_sim.policies.integrate_economies import IntegrateEconomies, IntegrateEconomiesParameters
from coercion_sim.policies.linked_domains import LinkedDomains, LinkedDomainsParameters
from coercion_sim.policies.origins import Origin, origin_of
from coercion_sim.policies.registry import BUILT_IN, Combined, available_policies, get_policy
from coercion_sim.policies.respond_as_allies import RespondAsAllies, RespondAsAlliesParameters
from coercion_sim.policies.selective_cooperation import SelectiveCooperation, SelectiveCooperationParameters
from coercion_sim.policies.soundness import class_problems
from coercion_sim.policies.stand_alone import StandAlone
from coercion_sim.policies.trade_cut import TradeCut, trade_cut
from coercion_sim.policies.uncoordinated_derisking import UncoordinatedDerisking, UncoordinatedDeriskingParameters

__all__ = [
    "BUILT_IN",
    "BridgeSilos",
    "BridgeSilosParameters",
    "ChooseSides",
    "ChooseSidesParameters",
    "Combined",
    "CompatibleCapacities",
    "CompatibleCapacitiesParameters",
    "ExpandAlliances",
    "ExpandAlliancesParameters",
    "IntegrateEconomies",
    "IntegrateEconomiesParameters",
    "LinkedDomains",
    "LinkedDomainsParameters",
    "Origin",
    "Outlook",
    "Pledge",
    "Policy",
    "PolicyFiles",
    "PolicyParameters",
    "RespondAsAllies",
    "RespondAsAlliesParameters",
    "Response",
    "SelectiveCooperation",
    "SelectiveCooperationParameters",
    "Sharing",
    "Situation",
    "StandAlone",
    "TradeCut",
    "UncoordinatedDerisking",
    "UncoordinatedDeriskingParameters",
    "available_policies",
    "burden_shares",
    "cheapest_cuts",
    "class_problems",
    "critical_goods",
    "get_policy",
    "least_cost_cuts",
    "least_cost_support",
    "load_policies",
    "origin_of",
    "trade_cut",
]
