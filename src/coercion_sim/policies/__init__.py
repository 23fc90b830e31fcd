"""Policies: one agreed rule per file, each with its parameters and its price; registry and entry points."""

from coercion_sim.policies.base import Outlook, Pledge, Policy, PolicyParameters, Response, Sharing, Situation
from coercion_sim.policies.files import PolicyFiles, load_policies
from coercion_sim.policies.integrate_economies import IntegrateEconomies, IntegrateEconomiesParameters
from coercion_sim.policies.linked_domains import LinkedDomains, LinkedDomainsParameters
from coercion_sim.policies.origins import Origin, origin_of
from coercion_sim.policies.registry import BUILT_IN, Combined, available_policies, get_policy
from coercion_sim.policies.respond_as_allies import RespondAsAllies, RespondAsAlliesParameters, critical_goods
from coercion_sim.policies.selective_cooperation import SelectiveCooperation, SelectiveCooperationParameters
from coercion_sim.policies.soundness import class_problems
from coercion_sim.policies.stand_alone import StandAlone

__all__ = [
    "BUILT_IN",
    "Combined",
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
    "available_policies",
    "class_problems",
    "critical_goods",
    "get_policy",
    "load_policies",
    "origin_of",
]
