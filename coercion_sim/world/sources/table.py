"""What an importer returns: flows among economies by sector, inputs, output and GDP as the source states them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from coercion_sim.arrays import Array, Bools, abroad
from coercion_sim.errors import Problem, WorldError
from coercion_sim.world.codes import countries

REST = "ROW"


@dataclass(frozen=True, eq=False)
class SourceTable:
    """Trade of one year in US$ million. N economies, S sectors.

    Attributes
    ----------
    source, licence
        The data set, for the README of the world, and the terms it comes under as far as known.
    year, economies, sectors
        Codes in order; economies are ISO3 where the code table has them, `REST` for the rest of the world.
    flows : (S, N, N)
        Exporter x importer; home sales on the diagonal where the source has them.
    inputs : (S, S, N) or None
        Purchases of input k by sector j of economy n, from everywhere.
    gdp : (N,) or None
        GDP as the source states it; NaN where it does not.
    sector_names, services, classes
        Names of sectors by code; the sectors that are services; classes of elasticity where they are not
        `elasticity_class` of the code.
    notes
        What was changed or left out, in words.
    """

    source: str
    licence: str
    year: int
    economies: tuple[str, ...]
    sectors: tuple[str, ...]
    flows: Array
    inputs: Array | None = None
    gdp: Array | None = None
    sector_names: Mapping[str, str] = field(default_factory=dict)
    services: frozenset[str] = frozenset()
    classes: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def trade(self) -> Array:
        """Exports plus imports of each economy, home sales left out, (N,)."""
        apart = abroad(self.flows)
        total: Array = apart.sum(axis=(0, 2)) + apart.sum(axis=(0, 1))
        return total


def economy_codes(kind: str, year: int) -> dict[str, str]:
    """ISO3 code by code of a data set (`kind`: baci, cow, icio, figaro), as far as valid in the year."""
    return {
        code: country.iso3
        for country in countries()
        if int(country.first_year or 0) <= year <= int(country.last_year or 9999)
        for code in getattr(country, kind).split(";")
        if code
    }


def industry_name(code: str) -> str:
    """Name of an industry by its code as input-output tables write it; its section's name or the code if unknown."""
    section = _NAMES.get(isic(code)[:1])
    return _NAMES.get(code) or _NAMES.get(isic(code)) or (f"{section} ({code})" if section else code)


def cells_in_words(where: Bools, sectors: Sequence[str], economies: Sequence[str]) -> list[str]:
    """Name the cells (S, N) that are true: ``C24 of DEU``."""
    return [f"{sectors[s]} of {economies[n]}" for s, n in np.argwhere(where)]


def isic(code: str) -> str:
    """ISIC Rev. 4 section letter and divisions of an industry code of an input-output table.

    Tables of 2018 and 2021 write divisions alone (``10T12`` is ``C10T12``); the ICIO of 2016 writes ISIC Rev. 3
    divisions behind a C and an abbreviation after them (``C23PET`` is ``C19``); later ones and NACE already have it.
    """
    if re.fullmatch(r"C\d\d.*[A-Z]{3}", code):
        return _REVISION_3.get(code[-3:], "C28" if int(code[1:3]) <= 37 else "S")
    if code[:2].isdigit():
        letters = (letter for letter, last in _LAST_DIVISION if int(code[:2]) <= last)
        return next(letters, "U") + code
    return code


def elasticity_class(code: str) -> str:
    """Class of goods of an industry: homogeneous, reference-priced or differentiated (after Rauch 1999, judged)."""
    code = isic(code)
    return next((name for name, prefixes in _CLASSES.items() if code.startswith(prefixes)), "differentiated")


def need_year(year: int | None, years: set[int], name: str) -> int:
    """Return the year asked for, or the only one of the file; the error lists its years."""
    if year is None and len(years) == 1:
        return next(iter(years))
    if year is None or year not in years:
        what = "has several years; give --year" if year is None else f"has no rows of {year}"
        listed = ", ".join(map(str, sorted(years)[:40])) or "none"
        raise WorldError(Problem(what, file=name, key="year", found=listed))
    return year


_CLASSES = {
    "homogeneous": ("B05", "B06", "B07", "C19"),
    "reference": ("A", "B", "C16", "C17", "C20", "C21", "C22", "C24"),
}

_REVISION_3 = {
    "AGR": "A01", "MIN": "B", "FOD": "C10T12", "TEX": "C13T15", "WOD": "C16", "PAP": "C17_18", "PET": "C19",
    "CHM": "C20", "RBP": "C22", "NMM": "C23", "MET": "C24", "FBM": "C25", "CEQ": "C26", "ELQ": "C27", "MEQ": "C28",
    "MTR": "C29", "TRQ": "C30", "OTM": "C31T33", "EGW": "D", "CON": "F", "WRT": "G", "HTR": "I", "TRN": "H",
    "PTL": "J61", "FIN": "K", "REA": "L", "RMQ": "N77", "BZS": "M", "ITS": "J62_63", "GOV": "O", "EDU": "P", "HTH": "Q",
    "OTS": "S", "PVH": "T",
}  # fmt: skip
_LAST_DIVISION = (("A", 3), ("B", 9), ("C", 33), ("D", 35), ("E", 39), ("F", 43), ("G", 47), ("H", 53), ("I", 56),
                  ("J", 63), ("K", 66), ("L", 68), ("M", 75), ("N", 82), ("O", 84), ("P", 85), ("Q", 88), ("R", 93),
                  ("S", 96), ("T", 98))  # fmt: skip

_NAMES = {
    "A01": "Crops and animals", "A02": "Forestry", "A03": "Fishing", "A01_02": "Agriculture and forestry",
    "B": "Mining", "B05": "Coal and lignite", "B06": "Crude oil and natural gas", "B05_06": "Coal, oil and gas",
    "B07": "Metal ores", "B08": "Other mining", "B07_08": "Ores and other mining", "B09": "Mining services",
    "C10T12": "Food, beverages, tobacco", "C13T15": "Textiles, apparel, leather", "C16": "Wood",
    "C17_18": "Paper and printing", "C17": "Paper", "C18": "Printing", "C19": "Coke and refined petroleum",
    "C20": "Chemicals", "C21": "Pharmaceuticals", "C22": "Rubber and plastics", "C23": "Non-metallic minerals",
    "C24": "Basic metals", "C24A": "Iron and steel", "C24B": "Other basic metals", "C25": "Fabricated metals",
    "C26": "Electronics", "C27": "Electrical equipment", "C28": "Machinery", "C29": "Motor vehicles",
    "C30": "Other transport equipment", "C301": "Ships", "C302T309": "Aircraft, trains, other transport",
    "C31T33": "Other manufacturing and repair", "C31_32": "Furniture, other manufacturing",
    "C33": "Repair of machinery", "D": "Electricity and gas", "D35": "Electricity and gas",
    "E": "Water and waste", "F": "Construction", "G": "Trade", "H49": "Land transport", "H50": "Water transport",
    "H51": "Air transport", "H52": "Warehousing", "H53": "Post", "I": "Hotels and restaurants",
    "J58T60": "Publishing and broadcasting", "J61": "Telecommunications", "J62_63": "Computer services",
    "K": "Finance", "L": "Real estate", "M": "Professional services", "N": "Administrative services",
    "O": "Public administration", "P": "Education", "Q": "Health", "R": "Arts and recreation",
    "S": "Other services", "T": "Households as employers",
}  # fmt: skip
