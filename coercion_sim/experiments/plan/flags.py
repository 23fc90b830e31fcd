"""A plan made of flags: ``--set economy.factor_mobility=1.2,1.5,3`` is an axis, ``--set quarters=12`` is fixed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.experiments.plan.checks import may_vary
from coercion_sim.experiments.plan.model import Axis, Plan, Setting, Source, VarySpec
from coercion_sim.experiments.plan.values import fault_of_list
from coercion_sim.policies import Policy
from coercion_sim.scenario import load_scenario, parse_value

if TYPE_CHECKING:
    from coercion_sim.scenario import Scenario

_FORM = "key=value, or key=a,b,c to vary it"


def plan_from_flags(
    scenario: str | Path | Scenario, sets: Iterable[str], *, policies: Iterable[type[Policy]] = ()
) -> Plan:
    """Make a plan of ``key=value`` flags: one grid of all keys with several values, the last varying fastest.

    Several values are ``a,b,c`` or a TOML list ``[a, b, c]``. One value is fixed; so is a list for a key that takes a
    list itself, as ``actors.bloc``, and anything for a key that may not vary, as ``title`` or ``policies``. Text in
    quotes is one value, commas and all.

    Parameters
    ----------
    scenario
        Name, path, or the loaded scenario without these flags.
    sets
        Flags in order.
    policies
        Policy classes to know besides, for their parameters.

    Raises
    ------
    InvalidInput
        For flags that cannot be read, and for a scenario that cannot be loaded.
    """
    loaded = load_scenario(scenario, policies=policies) if isinstance(scenario, str | Path) else scenario
    named = str(scenario) if isinstance(scenario, str | Path) else loaded.source_file
    kinds = loaded.settable_keys()
    problems: list[Problem] = []
    settings: dict[str, Setting] = {}
    axes: dict[str, Axis] = {}
    for flag in sets:
        key, equals, text = (part.strip() for part in flag.partition("="))
        if not equals or not key or not text:
            problems.append(Problem("is not key=value", "--set", found=repr(flag), allowed=_FORM))
            continue
        value, several = _value(text)
        if several and (kinds.get(key) in ("list", "table") or not may_vary(key)):
            several = False
        if not several:
            settings[key] = Setting(value, ("set", key))
            continue
        fault = fault_of_list(value)
        if fault is not None:
            message, found, allowed, _ = fault
            problems.append(Problem(message, "--set", None, key, repr(found), allowed))
        elif key in axes:
            problems.append(Problem("is varied twice", "--set", None, key, text, "one flag with all values"))
        else:
            axes[key] = Axis(tuple(value), ("vary", 0, "parameters", key))
    if problems:
        raise InvalidInput(problems)
    return Plan(
        name=f"{loaded.name}-sweep",
        question="",
        scenario=named,
        policies=None,
        seed=None,
        uncertain="drawn",
        replicates=None,
        tables=None,
        settings=settings,
        blocks=(VarySpec(0, "grid", axes),) if axes else (),
        source=Source("--set", Path()),
        scenario_source=named,
    )


def _value(text: str) -> tuple[Any, bool]:
    """Read the text after the equals sign: the value and False, or several values and True."""
    value = parse_value(text)
    if isinstance(value, list):
        return value, True
    if isinstance(value, str) and value == text and "," in text and not text.startswith("{"):
        return [parse_value(part) for part in text.split(",")], True
    return value, False
