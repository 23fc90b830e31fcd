"""Input-output tables among countries, row by row: sums over uses and over origins, never the whole matrix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.errors import Problem, WorldError, nearest
from coercion_sim.wording import count, first_of
from coercion_sim.world.audit import nonnegative
from coercion_sim.world.build.recipe import is_service
from coercion_sim.world.sources.opening import header_cells, number_rows, open_source, year_of_file
from coercion_sim.world.sources.table import SourceTable, cells_in_words, industry_name

#: Where a row or column belongs: (area, industry), (area, FINAL), or one of the accounts below.
FINAL, TOTAL, VALUE, OTHER = "final use", "total", "value", "other"
Place = tuple[str, str]
#: Largest miss between a row and its total, as a share of the total, and in US$ million.
_SHARE_OFF, _MILLION_OFF = 0.005, 1.0


@dataclass(frozen=True)
class Layout:
    """How one edition labels its table.

    Attributes
    ----------
    source, licence
        As in `SourceTable`.
    place
        Label of a row or column -> (area, industry), (area, FINAL), ("", TOTAL), (area or "", VALUE) for value added
        and taxes, which make up GDP, (area or "", OTHER) for what is left out; None where it is not understood.
    areas
        ISO3 code of each area the data set lists; parts of a country (``CN1``) have the code of the country.
    unit, notes
        US$ million per unit of the table; notes on it.
    """

    source: str
    licence: str
    place: Callable[[str], Place | None]
    areas: Mapping[str, str]
    unit: float = 1.0
    notes: tuple[str, ...] = ()


def read_matrix(path: Path, wanted: str, year: int | None, layout: Callable[[int, str], Layout]) -> SourceTable:
    """Read one year of a table with one column of labels; it is never in memory as a whole.

    Parameters
    ----------
    wanted
        Regular expression for the file inside an archive.
    layout
        Layout of a year, by the name of the file for messages.
    """
    with open_source(path, wanted, year) as (name, stream):
        chosen = year_of_file(name, year)
        header, separator = header_cells(stream.readline(), name)
        table = MatrixSum(header[1:], layout(chosen, name), name)
        for line, (label,), values in number_rows(stream, name, header, separator):
            table.add(label, values, line)
    return table.result(chosen)


class MatrixSum:
    """Adds up an input-output table row by row.

    ``flows[k, i, n]`` is what industry k of area i sells to all users in area n, ``inputs[k, j, n]`` what industry j of
    area n buys of k from everywhere; both in the table's unit until `result`.
    """

    def __init__(self, columns: Sequence[str], layout: Layout, name: str) -> None:
        self.layout, self.name = layout, name
        places = self._placed(columns)
        kinds = np.array([kind for _, kind in places], dtype=np.str_)
        self._used = np.flatnonzero(~np.isin(kinds, (TOTAL, VALUE, OTHER)))
        users = [places[c] for c in self._used]
        self.sectors = tuple(dict.fromkeys(kind for _, kind in users if kind != FINAL))
        self.economies = tuple(sorted({self._iso3(area) for area, _ in users}, key=lambda c: (c == "ROW", c)))
        if not self.sectors or len(self.economies) < 2:
            raise WorldError(Problem("has no columns of industries of several areas", file=name, line=1))
        at = {economy: n for n, economy in enumerate(self.economies)}
        sector = {code: k for k, code in enumerate(self.sectors)}
        S, N = len(self.sectors), len(self.economies)
        self._buyer = np.array([at[layout.areas[area]] for area, _ in users], dtype=np.intp)
        self._buys = kinds[self._used] != FINAL
        self._input = np.array([sector.get(kind, 0) for _, kind in users])[self._buys] * N + self._buyer[self._buys]
        self._total, self._left = np.flatnonzero(kinds == TOTAL)[:1], np.flatnonzero(kinds == OTHER)
        self._expected = {place for place in users if place[1] != FINAL}
        self._lines: dict[Place, int] = {}
        self._at, self._sector = at, sector
        self._areas = sorted({area for area, _ in users})
        self.flows, self.inputs = np.zeros((S, N, N)), np.zeros((S, S, N))
        self.gdp, self.left_out, self._has_value = np.zeros(N), 0.0, False

    def _placed(self, columns: Sequence[str]) -> list[Place]:
        places = [self.layout.place(label) for label in columns]
        unknown = [label for label, place in zip(columns, places, strict=True) if place is None]
        twice = [label for label, times in Counter(columns).items() if times > 1]
        faults = [("column label not understood", x) for x in unknown] + [("column listed twice", x) for x in twice]
        WorldError.refuse(Problem(fault, file=self.name, line=1, found=label) for fault, label in faults[:20])
        return [place for place in places if place is not None]

    def _iso3(self, area: str) -> str:
        code = self.layout.areas.get(area)
        if code is None:
            near = nearest(area, self.layout.areas)
            raise WorldError(Problem("area not in the code table", self.name, 1, found=area, suggestion=near))
        return code

    def add(self, label: str, values: Array, line: int) -> None:
        """Add one row: an industry's sales, or value added; `values` has one number for each column."""
        place = self.layout.place(label)
        if place is None:
            raise WorldError(Problem("row label not understood", file=self.name, line=line, found=repr(label)))
        area, kind = place
        if kind == VALUE:
            self._has_value = True
            self.gdp += np.bincount(self._buyer, values[self._used], len(self.economies))
        if kind in (VALUE, TOTAL, OTHER):
            return
        if place not in self._expected:
            raise WorldError(Problem("row of an industry that has no column", file=self.name, line=line, found=label))
        if place in self._lines:
            text = f"lines {self._lines[place]} and {line}"
            raise WorldError(Problem("row listed twice", file=self.name, line=line, key=label, found=text))
        self._lines[place] = line
        sold = values[self._used]
        k, i = self._sector[kind], self._at[self.layout.areas[area]]
        self.flows[k, i] += np.bincount(self._buyer, sold, len(self.economies))
        bought = np.bincount(self._input, sold[self._buys], self.inputs[k].size)
        self.inputs[k] += bought.reshape(self.inputs[k].shape)
        self._check_total(label, values, float(sold.sum()), line)

    def _check_total(self, label: str, values: Array, sold: float, line: int) -> None:
        left = float(values[self._left].sum())
        self.left_out += left
        if not self._total.size:
            return
        total = float(values[self._total[0]])
        if abs(sold + left - total) > max(_SHARE_OFF * abs(total), _MILLION_OFF):
            place = f"{sold + left:,.6g} for {total:,.6g}"
            raise WorldError(Problem("row does not add up to its total", self.name, line, label, place))

    def result(self, year: int, names: Mapping[str, str] | None = None) -> SourceTable:
        """Return the sums in US$ million, flows below 0 set to 0 and named in the notes.

        Raises
        ------
        WorldError
            For industries with a column and no row.
        """
        missing = sorted(self._expected - set(self._lines))
        if missing:
            why = f"{count(len(missing), 'industry', 'industries')} with a column and no row"
            raise WorldError(Problem(why, file=self.name, found=first_of(map("_".join, missing), 5)))
        unit = self.layout.unit
        flows, negative = nonnegative(self.economies, self.sectors, self.flows * unit)
        notes = [*self.layout.notes, *self._joined(), *negative]
        inputs = self.inputs * unit
        if (inputs < 0).any():
            below = inputs[inputs < 0]
            notes.append(f"{below.size} purchases of inputs below 0, US$ {-below.sum():,.4g} million, set to 0.")
        silent = cells_in_words(flows.sum(axis=2) <= 0, self.sectors, self.economies)
        if silent:
            many = count(len(silent), "industry", "industries")
            notes.append(f"{many} without output: {first_of(silent, 8)}.")
        if self.left_out:
            notes.append(f"Discrepancy columns, together US$ {self.left_out * unit:,.4g} million, left out.")
        return SourceTable(
            source=self.layout.source,
            licence=self.layout.licence,
            year=year,
            economies=self.economies,
            sectors=self.sectors,
            flows=flows,
            inputs=np.maximum(inputs, 0.0),
            gdp=self.gdp * unit if self._has_value else None,
            sector_names={code: (names or {}).get(code) or industry_name(code) for code in self.sectors},
            services=frozenset(code for code in self.sectors if is_service(code)),
            notes=tuple(notes),
        )

    def _joined(self) -> list[str]:
        """Say which areas are parts of one economy."""
        parts = [[a for a in self._areas if self.layout.areas[a] == code and a != code] for code in self.economies]
        return [
            f"{', '.join(own)} added to {code}."
            for code, own in zip(self.economies, parts, strict=True)
            if len(own) > (code not in self._areas)
        ]
