"""Options of `shock`: measures such as ``CHN:AUS:coal:0.02``, parameters, elasticities; every mistake at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from coercion_sim.economy import EconomyParameters, Measure
    from coercion_sim.errors import Problem
    from coercion_sim.world import World

T = TypeVar("T")


class MeasureOption(NamedTuple):
    """An option that adds a measure: its kind, the form of its value, and its help."""

    kind: str
    form: str
    help: str

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the parts of a value."""
        return tuple(self.form.replace("[", "").replace("]", "").split(":"))

    @property
    def least(self) -> int:
        """Parts that must be given."""
        return len(self.parts) - ("[" in self.form)


_OPEN, _RATE, _FACTOR = "BY:ON:SECTORS[:OPEN]", "BY:ON:SECTORS:RATE", "BY:ON:SECTORS:FACTOR"
OPTIONS = {
    "ban": MeasureOption("import_ban", _OPEN, "BY bans imports from ON; OPEN is the share left open (0)."),
    "export_ban": MeasureOption("export_ban", _OPEN, "BY bans exports to ON; OPEN is the share left open (0)."),
    "tariff": MeasureOption("import_tariff", _RATE, "BY taxes imports from ON; 0.25 is 25 %."),
    "barrier": MeasureOption(
        "import_barrier", _FACTOR, "BY makes imports from ON dearer by an iceberg factor, at least 1."
    ),
    "export_control": MeasureOption(
        "export_control", _FACTOR, "BY makes its exports to ON dearer by an iceberg factor, at least 1."
    ),
    "subsidy": MeasureOption("import_subsidy", _RATE, "BY subsidises imports from ON; 0.1 is 10 %."),
    "transfer": MeasureOption("transfer", "BY:ON:AMOUNT", "BY pays ON, US$ million a year."),
}


def read_options(
    world: World,
    given: dict[str, tuple[str, ...]],
    settings: Sequence[str],
    elasticities: str | None,
    states: Sequence[str],
) -> tuple[tuple[Measure, ...], EconomyParameters, World]:
    """Measures, parameters and world; every fault in the options is reported at once."""
    from coercion_sim.economy import EconomyParameters
    from coercion_sim.errors import InvalidInput, Problem

    problems: list[Problem] = []
    measures = tuple(
        m for name, texts in given.items() for text in texts if (m := parse_measure(world, name, text, problems))
    )
    if not any(given.values()):
        problems.append(
            Problem("name at least one measure", allowed=", ".join(f"--{name.replace('_', '-')}" for name in OPTIONS))
        )
    _collect(problems, lambda: [world.state_index(state) for state in states])
    changed = _collect(problems, lambda: world if elasticities is None else _with_elasticities(world, elasticities))
    parameters = _collect(problems, lambda: EconomyParameters(**_settings(settings)))
    if problems or changed is None or parameters is None:
        raise InvalidInput(problems)
    return measures, parameters, changed


def parse_measure(world: World, option: str, text: str, problems: list[Problem]) -> Measure | None:
    """Read one value such as ``CHN:AUS:coal:0.02``; adds its faults to `problems` and returns None then."""
    from dataclasses import replace

    from coercion_sim.economy import Measure
    from coercion_sim.errors import Problem

    kind, form, _ = OPTIONS[option]
    names = OPTIONS[option].parts
    key = f"--{option.replace('_', '-')} {text}"
    parts = [part.strip() for part in text.split(":")]
    if not all(parts) or not OPTIONS[option].least <= len(parts) <= len(names):
        problems.append(Problem("cannot be read", key=key, found=f"{len(parts)} parts", allowed=form))
        return None
    sectors = () if kind == "transfer" else tuple(s.strip() for s in parts[2].split(","))
    try:
        size = float(parts[-1]) if len(parts) == len(names) else 0.0
    except ValueError:
        near = _share(parts[-1])
        problems.append(Problem(f"{names[-1]} is not a number", None, None, key, repr(parts[-1]), form, near))
        return None
    faults: list[Problem] = []
    for state in parts[:2]:
        _collect(faults, lambda state=state: world.state_index(state))  # type: ignore[misc]
    _collect(faults, lambda: world.sector_indices(sectors))
    by, on = parts[:2]
    measure = _collect(faults, lambda: Measure(kind, by, on, sectors, size, name=key.removeprefix("--")))
    problems += [replace(problem, key=key) for problem in faults]
    return None if faults else measure


def _share(text: str) -> str | None:
    """Spell ``25%`` as the fraction it is; None for another text."""
    try:
        return f"{float(text.removesuffix('%')) / 100.0:g}" if text.endswith("%") else None
    except ValueError:
        return None


def _collect(problems: list[Problem], make: Callable[[], T]) -> T | None:
    """Result of a function; its `InvalidInput` adds to `problems` instead."""
    from coercion_sim.errors import InvalidInput

    try:
        return make()
    except InvalidInput as error:
        problems += error.problems
        return None


def _with_elasticities(world: World, text: str) -> World:
    try:
        return world.with_elasticity(float(text))
    except ValueError:
        return world.with_elasticity(text)


def _settings(texts: Iterable[str]) -> dict[str, Any]:
    """``key=value`` texts as arguments of EconomyParameters."""
    from dataclasses import fields

    from coercion_sim.economy import EconomyParameters
    from coercion_sim.errors import InvalidInput, Problem, nearest

    known = {field.name: type(getattr(EconomyParameters(), field.name)) for field in fields(EconomyParameters)}
    values: dict[str, Any] = {}
    problems = []
    for text in texts:
        key, equals, value = text.partition("=")
        name = key.strip().removeprefix("economy.")
        if not equals or name not in known:
            problems.append(
                Problem(
                    "unknown economy parameter", key="--set", found=repr(text), allowed=", ".join(known),
                    suggestion=nearest(name, known),
                )
            )  # fmt: skip
            continue
        try:
            values[name] = known[name](value.strip())
        except ValueError:
            problems.append(Problem("is not a number", key=f"--set {name}", found=repr(value)))
    if problems:
        raise InvalidInput(problems)
    return values
