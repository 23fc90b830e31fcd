"""The policies known: those of the package, of installed packages, and of the user; policies joined."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from pydantic import ValidationError

from coercion_sim.economy import Measure
from coercion_sim.errors import InvalidInput, Problem, unlisted
from coercion_sim.policies.base import Outlook, Pledge, Policy, PolicyParameters, Response, Situation, answer_of
from coercion_sim.policies.bridge_silos import BridgeSilos
from coercion_sim.policies.choose_sides import ChooseSides
from coercion_sim.policies.compatible_capacities import CompatibleCapacities
from coercion_sim.policies.expand_alliances import ExpandAlliances
from coercion_sim.policies.integrate_economies import IntegrateEconomies
from coercion_sim.policies.linked_domains import LinkedDomains
from coercion_sim.policies.respond_as_allies import RespondAsAllies
from coercion_sim.policies.selective_cooperation import SelectiveCooperation
from coercion_sim.policies.stand_alone import StandAlone
from coercion_sim.policies.uncoordinated_derisking import UncoordinatedDerisking

#: The package's own, in the order of model.md §6.
BUILT_IN: tuple[type[Policy], ...] = (
    StandAlone,
    RespondAsAllies,
    IntegrateEconomies,
    ChooseSides,
    SelectiveCooperation,
    LinkedDomains,
    BridgeSilos,
    ExpandAlliances,
    CompatibleCapacities,
    UncoordinatedDerisking,
)

#: Where installed packages announce their policies.
ENTRY_POINTS = "coercion_sim.policies"
_PACKAGE = __name__.partition(".")[0]
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_WORDS = {"name": '"my_policy"', "words": '"the sentence it puts on trial"', "summary": '"What it does. Price: ..."'}
#: Place of a class, or of one of its attributes: (class, attribute or "") -> (file, line).
Place = Callable[[type, str], tuple[str | None, int | None]]


@cache
def installed_policies() -> Mapping[str, type[Policy]]:
    """The package's own policies and those of installed packages, by name; installed packages are looked up once.

    Raises
    ------
    InvalidInput
        For a policy of an installed package that is not sound.
    """
    policies = {policy.name: policy for policy in BUILT_IN}
    for entry in entry_points(group=ENTRY_POINTS):
        if entry.name not in policies:
            policies[entry.name] = _installed(entry)
    return policies


def available_policies(more: Iterable[type[Policy]] = ()) -> dict[str, type[Policy]]:
    """Every policy by name: the package's own, those installed, and `more` given by the user.

    Raises
    ------
    InvalidInput
        For a class that is not a valid policy, or whose name is taken.
    """
    policies = dict(installed_policies())
    problems: list[Problem] = []
    for policy in more:
        wrong = class_problems(policy, policies, lambda kind, attribute: (None, None))
        problems += wrong
        if not wrong:
            policies[policy.name] = policy
    InvalidInput.refuse(problems)
    return policies


def _installed(entry: EntryPoint) -> type[Policy]:
    """Load the policy an installed package announces; where it is unfit, say whose it is."""
    owner = f"installed package {dist.name}" if (dist := getattr(entry, "dist", None)) else "an installed package"
    remedy = f"mend {entry.value}, or uninstall it"
    try:
        policy = entry.load()
    except Exception as error:
        message = f"the policy of {owner} cannot be loaded: {type(error).__name__}: {error}"
        raise InvalidInput(Problem(message, key=entry.name, allowed=remedy)) from None
    if not (isinstance(policy, type) and issubclass(policy, Policy)):
        raise InvalidInput(Problem(f"{owner} registers no policy class", key=entry.name, allowed=remedy))
    problems = class_problems(policy, (), lambda kind, attribute: (owner, None))
    if not problems and policy.name != entry.name:
        allowed = f"an entry point of the same name as the policy, {policy.name}"
        problems = [Problem(f"{owner} registers it under another name", key=entry.name, allowed=allowed)]
    InvalidInput.refuse(problems)
    return policy


def get_policy(name: str, known: Mapping[str, type[Policy]] | None = None) -> type[Policy]:
    """Return the policy class of this name among those `known` (None: all installed), or raise InvalidInput."""
    known = available_policies() if known is None else known
    InvalidInput.refuse(unlisted("unknown policy", [name], known))
    return known[name]


def class_problems(policy: type[Policy], taken: Collection[str], place: Place) -> list[Problem]:
    """List everything that keeps a class from being used as a policy.

    Parameters
    ----------
    policy
        The class.
    taken
        Names it may not have.
    place
        Where it is written.
    """
    problems: list[Problem] = []

    def add(attribute: str, message: str, **more: Any) -> None:
        problems.append(Problem(message, *place(policy, attribute), policy.__qualname__, **more))

    for attribute, example in _WORDS.items():
        value = _own(policy, attribute)
        if value is None:
            add("", f"has no `{attribute}`", allowed=f"a line {attribute} = {example} in the class")
        elif not isinstance(value, str) or not value.strip():
            add(attribute, f"`{attribute}` is not text", found=repr(value), allowed=f"{attribute} = {example}")
    name = _own(policy, "name")
    if isinstance(name, str) and name.strip():
        if not _NAME.fullmatch(name):
            allowed = "letters, digits, _ and -"
            add("name", "`name` cannot be typed in a scenario file", found=repr(name), allowed=allowed)
        elif name in taken:
            add("name", f"a policy {name!r} exists already", allowed="another name")
    model: object = policy.Parameters
    if not (isinstance(model, type) and issubclass(model, PolicyParameters)):
        what = "a subclass of coercion_sim.policies.PolicyParameters, or no line `Parameters` for none"
        add("Parameters", "`Parameters` is not a parameter model", found=repr(model), allowed=what)
    elif inspect.isabstract(policy):
        missing = ", ".join(f"{method}(...)" for method in sorted(policy.__abstractmethods__))
        base = f"write it; or call the class _{policy.__name__} where it is only a base of others"
        add("", f"cannot be made: it lacks the method {missing}", allowed=base)
    else:
        trouble = _fault_of(policy)
        if trouble:
            add("__init__", f"cannot be made from its parameters: {trouble}", allowed="__init__(self, parameters=None)")
    return problems


def _own(policy: type[Policy], attribute: str) -> object:
    """Return an attribute the user wrote; None for one inherited from a policy of the package."""
    users = policy.__module__.partition(".")[0] != _PACKAGE
    for kind in policy.__mro__:
        if attribute in vars(kind):
            return None if users and kind.__module__.partition(".")[0] == _PACKAGE else vars(kind)[attribute]
    return None


def _fault_of(policy: type[Policy]) -> str:
    """Describe the failure to make an instance at the defaults; empty where it works."""
    try:
        parameters = policy.Parameters()
    except ValidationError:
        return ""  # a parameter must be given: the scenario's table says so
    try:
        policy(parameters)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


class Combined(Policy):
    """Several policies at once: their measures, notes and costs together, in the order named."""

    name = "combined"
    words = "(several answers together)"
    summary = "The sum of its parts."

    def __init__(self, parts: Iterable[Policy]) -> None:
        super().__init__()
        self.parts = tuple(parts)
        self.sized_by_economy = any(part.sized_by_economy for part in self.parts)

    def respond(self, situation: Situation) -> Response:
        """Join the responses of the parts."""
        return Response.joined(answer_of(part, "respond", situation) for part in self.parts)

    def pledge(self, outlook: Outlook, coercer: str, target: str) -> Pledge | None:
        """The first promise any part makes, amended by the other parts in order."""
        for part in self.parts:
            made = part.pledge(outlook, coercer, target)
            if made is not None:
                for other in self.parts:
                    made = made if other is part else other.amend_pledge(made, outlook, coercer, target)
                return made
        return None

    def amend(self, outlook: Outlook, measures: tuple[Measure, ...]) -> tuple[Measure, ...]:
        """Every part in order."""
        for part in self.parts:
            measures = part.amend(outlook, measures)
        return measures

    @property
    def shield(self) -> float:
        """The strongest shield of any part."""
        return max((part.shield for part in self.parts), default=0.0)

    def prepare(self, situation: Situation) -> Response:
        """Join the standing measures of the parts."""
        return Response.joined(answer_of(part, "prepare", situation) for part in self.parts)
