"""Options that state a measure, such as ``--ban CHN:AUS:coal:0.02``: their forms, and how they are read."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from coercion_sim.cli.options import remark, with_options
from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.wording import count

if TYPE_CHECKING:
    from coercion_sim.analysis import Vocabulary
    from coercion_sim.economy import Measure
    from coercion_sim.world import World

T = TypeVar("T")


class Parts(NamedTuple):
    """A value taken apart; `is_left` where its size is the share of trade left."""

    by: str
    on: str
    sectors: str
    size: float
    is_left: bool


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

    def taken_apart(self, text: str) -> Parts:
        """Read the parts of a value."""
        names, parts = self.parts, [part.strip() for part in text.split(":")]
        if not all(parts) or not self.least <= len(parts) <= len(names):
            missing = ", ".join(names[len(parts) : self.least])
            message = f"{missing} must be given" if all(parts) and missing else "cannot be read"
            raise InvalidInput(Problem(message, found=count(len(parts), "part"), allowed=self.form))
        last = parts[-1] if len(parts) == len(names) else "0"
        number = last.removeprefix(_LEFT)
        size = number_of(number)
        if size is None:
            share = number_of(number.removesuffix("%")) if number.endswith("%") else None
            near = None if share is None else f"{share / 100.0:g}"
            message = f"{names[-1]} is not a number"
            raise InvalidInput(Problem(message, found=repr(parts[-1]), allowed=self.form, suggestion=near))
        return Parts(parts[0], parts[1], parts[2] if "SECTORS" in names else "", size, last.startswith(_LEFT))


_OPEN, _RATE, _FACTOR = "BY:ON:SECTORS[:OPEN]", "BY:ON:SECTORS:RATE", "BY:ON:SECTORS:FACTOR"
#: What stands before the share of trade left, where it is given instead of a size.
_LEFT = "left="
OPTIONS = {
    "ban": MeasureOption("import_ban", _OPEN, "BY bans imports from ON; OPEN is the share left open (0 if left out)."),
    "export_ban": MeasureOption(
        "export_ban", _OPEN, "BY bans exports to ON; OPEN is the share left open (0 if left out)."
    ),
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


measure_options = with_options(
    *(
        click.option(f"--{name.replace('_', '-')}", name, multiple=True, metavar=option.form, help=option.help)
        for name, option in OPTIONS.items()
    )
)


def read_measures(
    world: World, given: dict[str, tuple[str, ...]], problems: list[Problem]
) -> tuple[tuple[Measure, ...], tuple[str, ...]]:
    """Measures of all options, and notes on what was read into them; faults add to `problems`."""
    notes: list[str] = []
    texts = [(name, text) for name, listed in given.items() for text in listed]
    measures = tuple(m for name, text in texts for m in parse_measure(world, name, text, problems, notes))
    for name, text in dict.fromkeys(texts):
        if (times := texts.count((name, text))) > 1:
            notes.append(f"--{name.replace('_', '-')} {text} stands {times} times, and every one counts.")
    return measures, tuple(dict.fromkeys(notes))


def warn(measures: Iterable[Measure], notes: Iterable[str]) -> None:
    """Print notes, and warn of tariffs that were likely meant in percent."""
    from coercion_sim.economy import unlikely_rate

    remark("note", notes)
    doubtful = {m.name: (m.size, doubt) for m in measures if (doubt := unlikely_rate(m.kind, m.size))}
    remark("warning", (
        Problem(doubt, key=f"--{name}", found=f"{size:g}", suggestion=f"{size / 100.0:g}")
        for name, (size, doubt) in doubtful.items()
    ))  # fmt: skip


def parse_measure(
    world: World, option: str, text: str, problems: list[Problem], notes: list[str] | None = None
) -> tuple[Measure, ...]:
    """Read one value such as ``CHN:AUS:coal:0.02`` or ``USA,JPN,EU:CHN:semiconductors``: one measure for each pair.

    States are labels, names or groups, goods labels, tags or words. Adds its faults to `problems`, and returns none
    then; adds to `notes` what was read into it.
    """
    name = f"{option.replace('_', '-')} {text}"
    faults: list[Problem] = []
    parts = collect(faults, lambda: OPTIONS[option].taken_apart(text))
    measures = [] if parts is None else _of_each_pair(world, OPTIONS[option].kind, name, parts, faults, notes)
    problems += dict.fromkeys(replace(problem, key=f"--{name}") for problem in faults)
    return () if faults else tuple(measures)


def _of_each_pair(
    world: World, kind: str, name: str, parts: Parts, faults: list[Problem], notes: list[str] | None
) -> list[Measure]:
    """A measure for each pair of different states."""
    from coercion_sim.analysis import Vocabulary
    from coercion_sim.economy import Measure

    words, read = Vocabulary(world), [] if notes is None else notes
    by, on = (states_of(world, words, part, faults) for part in (parts.by, parts.on))
    sectors = sectors_of(world, words, parts.sectors, faults, read) if parts.sectors else ()
    pairs = [(b, o) for b, o in product(by, on) if b != o] or list(product(by, on))[:1]
    sizes: dict[str, Any] = {"size": math.nan, "left": parts.size} if parts.is_left else {"size": parts.size}
    made = (collect(faults, partial(Measure, kind, b, o, sectors, name=name, **sizes)) for b, o in pairs)
    return [m for m in made if m is not None]


def states_of(world: World, words: Vocabulary, text: str, faults: list[Problem]) -> tuple[str, ...]:
    """States of a list with commas: labels, names, and groups by their members."""
    states: dict[str, None] = {}
    for name in map(str.strip, text.split(",")):
        word = words.named_as("state", name)
        known = word.means if word else collect(faults, lambda name=name: world.states[world.state_index(name)])  # type: ignore[misc]
        states |= dict.fromkeys((known,) if isinstance(known, str) else known or ())
    return tuple(states)


def sectors_of(world: World, words: Vocabulary, text: str, faults: list[Problem], notes: list[str]) -> tuple[str, ...]:
    """Sectors and tags of a list with commas; what holds more than was named adds to `notes`."""
    from coercion_sim.analysis import broader_note

    sectors: dict[str, None] = {}
    for name in map(str.strip, text.split(",")):
        word = None if name in world.all_tags else words.named_as("goods", name)
        if word is None:
            collect(faults, lambda name=name: world.sector_indices((name,)))  # type: ignore[misc]
        elif note := broader_note(name, word, world):
            notes.append(note)
        sectors |= dict.fromkeys(word.means if word else (name,))
    return tuple(sectors)


def number_of(text: str) -> float | None:
    """A number; None for another text."""
    try:
        return float(text)
    except ValueError:
        return None


def collect(problems: list[Problem], make: Callable[[], T]) -> T | None:
    """Result of a function; its `InvalidInput` adds to `problems` instead."""
    try:
        return make()
    except InvalidInput as error:
        problems += error.problems
        return None
