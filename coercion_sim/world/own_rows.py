"""Labels of a user's table of flows, and rows of the tables that join it, each word looked up."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from coercion_sim.errors import Problem, WorldError, nearest
from coercion_sim.world.audit import Trade, listed
from coercion_sim.world.codes import country_code, country_name, misspelt_code, of_two_letters, state_label
from coercion_sim.world.own_tables import (
    Source,
    TableForm,
    column,
    given,
    label_of,
    merged_labels,
    need,
    state_codes,
    unused,
)


@dataclass(frozen=True)
class OwnLabels:
    """Labels of the states and sectors of a table, by the words it uses; states and sectors are sorted, ROW last."""

    file: str
    state_of: Mapping[str, str]
    sector_of: Mapping[str, str]
    states: tuple[str, ...]
    sectors: tuple[str, ...]

    @classmethod
    def of(cls, trade: Trade) -> OwnLabels:
        """Labels of a table of flows; refuses one label in two spellings."""
        states = state_codes([*trade.exporter.tolist(), *trade.importer.tolist()])
        sectors = {word: label_of(word) for word in sorted(set(trade.sector.tolist()))}
        WorldError.refuse(merged_labels(states, "state", trade.file) + merged_labels(sectors, "sector", trade.file))
        ordered = sorted(set(states.values()), key=lambda label: (label == "ROW", label))
        return cls(trade.file, states, sectors, tuple(ordered), tuple(sorted(set(sectors.values()))))

    def applied(self, trade: Trade) -> tuple[Trade, tuple[str, ...]]:
        """Return the trade with labels for words, and what was read as what."""

        def labelled(words: npt.NDArray[np.str_], of: Mapping[str, str]) -> npt.NDArray[np.str_]:
            unique, inverse = np.unique(words, return_inverse=True)
            return np.array([of[str(word)] for word in unique])[inverse]

        read = [f"{word!r} as {label}" for word, label in self.state_of.items() if word != label]
        strangers = self._strangers()
        notes = (
            *((f"Read as codes: {', '.join(read)}.",) if read else ()),
            *((f"No countries, each taken for a state of its own: {', '.join(strangers)}.",) if strangers else ()),
        )
        exporter, importer = (labelled(words, self.state_of) for words in (trade.exporter, trade.importer))
        return replace(
            trade, exporter=exporter, importer=importer, sector=labelled(trade.sector, self.sector_of)
        ), notes

    def _strangers(self) -> list[str]:
        """Labels of states that are not countries, each with the country it may mean; empty where none is a country."""
        known = [label for label in self.states if country_code(label)]
        slips = {s: misspelt_code(s, known) for s in self.states if known and s != "ROW" and not country_code(s)}
        slips |= {s: code for s in slips if (code := of_two_letters(s)) in known}
        return [f"{s} (near {other})" if other else s for s, other in slips.items()]

    @property
    def state_names(self) -> dict[str, str]:
        """Names of the states: the table's words, or names of countries for codes."""
        words = {label: word for word, label in self.state_of.items()}
        return {label: country_name(label) if words[label] == label else words[label] for label in self.states}

    @property
    def sector_names(self) -> dict[str, str]:
        """Words of the table by label."""
        return {label: word for word, label in self.sector_of.items()}

    def state(self, word: str) -> int | None:
        """Position of the state that a word of another table means."""
        label = self.state_of.get(word) or state_label(word, self.states, self.state_names)
        return None if label is None else self.states.index(label)

    def sector(self, word: str) -> int | None:
        """Position of the sector that a word of another table means."""
        label = self.sector_of.get(word, label_of(word))
        return self.sectors.index(label) if label in self.sectors else None


class OwnRows:
    """Rows of a table that join the flows, each word looked up; mistakes are collected, then raised together.

    `notes` says which columns, and which rows of states outside the world, are not used; `also` are columns that may
    be missing.
    """

    def __init__(
        self,
        labels: OwnLabels,
        source: Source,
        what: str,
        keys: Sequence[str],
        form: TableForm,
        also: Sequence[str] = (),
    ) -> None:
        self.labels, self.table = labels, form.of_year(form.read(source, what))
        self.names = dict(zip(keys, need(self.table, *keys), strict=True))
        self.names |= {key: name for key in also if (name := column(self.table, key))}
        self.notes = unused(self.table, (*self.names.values(), column(self.table, "year")))
        self.problems: list[Problem] = []

    def cells(self, key: str) -> list[str]:
        """Text of a column."""
        return self.table.column(self.names[key])

    def numbers(self, key: str, low: float, high: float) -> list[float]:
        """Numbers of a column between two bounds; an empty cell is a problem, and NaN."""
        values = given(self.table, self.names[key], self.problems)
        self.problems += [
            Problem("out of range", self.table.file, line, self.names[key], f"{value:g}", f"{low:g} to {high:g}")
            for line, value in zip(self.table.lines, values, strict=True)
            if not math.isnan(value) and not low <= value <= high
        ]
        return values

    def places(self, key: str, what: str, *, all_of: bool = False) -> list[int | None]:
        """Positions of states or sectors; None is every one, where ``all`` may stand."""
        look, known = (
            (self.labels.state, self.labels.states) if what == "state" else (self.labels.sector, self.labels.sectors)
        )
        places: list[int | None] = []
        for line, word in zip(self.table.lines, self.cells(key), strict=True):
            everyone = all_of and word.casefold() == "all"
            place = None if everyone else look(word)
            if place is None and not everyone:
                allowed, near = ", ".join(known[:60]), nearest(word, known)
                problem = Problem(f"unknown {what}", self.table.file, line, self.names[key], repr(word), allowed, near)
                self.problems.append(problem)
            places.append(place)
        return places

    def some_places(self, *keys: str) -> list[tuple[int, ...] | None]:
        """Positions of states by row, None where it is not a state of the world; near misses are problems."""
        known = self.labels.states
        places: list[tuple[int, ...] | None] = []
        outside: dict[str, None] = {}
        for line, *words in zip(self.table.lines, *map(self.cells, keys), strict=True):
            row: list[int] = []
            for key, word in zip(keys, words, strict=True):
                place = self.labels.state(word)
                near = misspelt_code(word, known) if place is None and country_code(word) is None else None
                if near is not None:
                    problem = Problem("unknown state", self.table.file, line, self.names[key], repr(word), None, near)
                    self.problems.append(problem)
                elif place is None:
                    outside[word] = None
                else:
                    row.append(place)
            places.append(tuple(row) if len(row) == len(keys) else None)
        if outside:
            self.notes += (f"States of {self.table.file} not in the world: {listed([*outside])}.",)
        return places

    def once(self, keys: Iterable[object]) -> None:
        """Refuse two rows with the same labels, and raise whatever was wrong."""
        first: dict[object, int] = {}
        wrong = {problem.line for problem in self.problems}
        for line, key in zip(self.table.lines, keys, strict=True):
            if line in wrong:
                continue
            if key in first:
                both = f"lines {first[key]} and {line}"
                self.problems.append(Problem("is in two rows", self.table.file, line, None, both, "one row for each"))
            first.setdefault(key, line)
        if self.problems:
            raise WorldError(sorted(self.problems, key=lambda problem: problem.line or 0))
