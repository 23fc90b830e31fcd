"""The one table of countries: ISO3 codes, names people use, and the codes of data sets; `codes.csv` holds it.

Sources: ISO 3166-1 (XKX for Kosovo by custom); UN M49 numbers with those of CEPII's BACI where they differ; State
System Membership of the Correlates of War project; area lists of the OECD's ICIO (2016 to 2025) and Eurostat's FIGARO
(25th edition). Three former states and one customs union of BACI have codes of their own (BLX, SCG, ANT, ZA1).
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Country:
    """One row of the table.

    Attributes
    ----------
    iso3, name, other_names
        ISO 3166-1 alpha-3 code (XKX for Kosovo), English name, other spellings.
    baci, cow, icio, figaro
        Codes in CEPII BACI (numbers), the Correlates of War project (numbers), OECD ICIO and FIGARO; empty where the
        data set does not list the country. Several are separated by ``;``.
    first_year, last_year
        Years in which the codes are valid; empty where they always are.
    """

    iso3: str
    name: str
    other_names: tuple[str, ...]
    baci: str
    cow: str
    icio: str
    figaro: str
    first_year: str
    last_year: str


@cache
def countries() -> tuple[Country, ...]:
    """Every row of the table, in the order of the file."""
    text = files("coercion_sim.world").joinpath("codes.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return tuple(Country(**row | {"other_names": tuple(filter(None, row["other_names"].split(";")))}) for row in rows)


def country_code(word: str) -> str | None:
    """ISO3 code of a code or name of a country; case, accents and punctuation do not count. None where unknown."""
    return _by_word().get(_folded(word))


def country_name(code: str) -> str:
    """Name of an ISO3 code; the code itself where it is none."""
    return _names().get(code, code)


def state_label(word: str, states: Iterable[str], names: Mapping[str, str]) -> str | None:
    """Label of the state of a world that a word means: its label, its name there, or a name or code of the table.

    Parameters
    ----------
    states, names
        Labels of the world's states, and what the world calls them.
    """
    labels = tuple(states)
    if word in labels:
        return word
    folded = _folded(word)
    called = {_folded(text): label for label, text in names.items() if label in labels}
    label = called.get(folded) or {_folded(label): label for label in labels}.get(folded)
    if label is not None:
        return label
    code = country_code(word)
    return code if code in labels else None


def misspelt_code(code: str, known: Iterable[str]) -> str | None:
    """Return the known code that differs from `code` by one letter or by two neighbours swapped; None for no such."""
    word = code.strip().upper()
    if code != word and word in set(known):
        return word
    return next((other for other in known if other != code and _slip(word, other.upper())), None)


def _slip(a: str, b: str) -> bool:
    """Whether two words of one length, at least 3, differ by one letter or by two neighbours swapped."""
    if len(a) != len(b) or len(a) < 3:
        return False
    at = [i for i, (x, y) in enumerate(zip(a, b, strict=True)) if x != y]
    return len(at) == 1 or (len(at) == 2 and at[1] == at[0] + 1 and a[at[0]] == b[at[1]] and a[at[1]] == b[at[0]])


@cache
def _names() -> Mapping[str, str]:
    return {country.iso3: country.name for country in countries()}


@cache
def _by_word() -> Mapping[str, str]:
    """Every code and name of the table, folded; codes and first names win over other names."""
    words = {_folded(other): country.iso3 for country in countries() for other in country.other_names}
    words |= {_folded(country.name): country.iso3 for country in countries()}
    return words | {_folded(country.iso3): country.iso3 for country in countries()}


def _folded(word: str) -> str:
    """Spell a word in small letters without accents, punctuation and a leading article."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    return re.sub(r"^the ", "", " ".join(re.findall(r"\w+", re.sub("[.'’]", "", plain.casefold()))))
