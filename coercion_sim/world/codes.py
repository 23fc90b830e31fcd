"""The tables of codes: countries (`codes.csv`: ISO3, names, codes of data sets), products by heading and by word."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
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
    """Name of an ISO3 code; the code itself where it is not one."""
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


def of_two_letters(word: str) -> str | None:
    """ISO3 code of a country's code of two letters, as FIGARO and Eurostat write it; None for no such."""
    return _two_letters().get(word)


def _slip(a: str, b: str) -> bool:
    """Whether two words of one length, at least 3, differ by one letter or by two neighbours swapped."""
    if len(a) != len(b) or len(a) < 3:
        return False
    at = [i for i, (x, y) in enumerate(zip(a, b, strict=True)) if x != y]
    return len(at) == 1 or (len(at) == 2 and at[1] == at[0] + 1 and a[at[0]] == b[at[1]] and a[at[1]] == b[at[0]])


@cache
def _two_letters() -> Mapping[str, str]:
    return {code: country.iso3 for country in countries() for code in country.figaro.split(";") if code}


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


def product_place(word: str, sectors: Collection[str], tags: Mapping[str, Iterable[str]]) -> tuple[str, str] | None:
    """Sector that holds a product, and why a message about it may say so; None for a word that is no product here.

    The word gives a heading (`products.csv`), the heading an industry (`hs_icio.csv`), and the sector has the code of
    that industry among its tags. A product that is a sector of its own has no such place.
    """
    product = _product(word)
    industry = None if product is None else sector_of_hs(_headings()[product].ljust(6, "0"))
    sector = next((s for s in sectors if industry is not None and industry in tags.get(s, ())), None)
    if sector is None or product is None or product in sectors:
        return None
    why = (
        f"{product} (HS {_headings()[product]}) belongs to {sector} and is not split in this world; "
        f"`coercion-sim world split WORLD --product {product.replace(' ', '_')} --out-of {sector} --facts FILE` "
        "splits it, from its exports by destination"
    )
    return sector, why


def _product(word: str) -> str | None:
    """Product that a word means: itself, or the one spelt most like it."""
    plain = " ".join(word.casefold().replace("_", " ").replace("-", " ").split())
    forms = (plain, f"{plain}s", plain.removesuffix("s"), f"{plain.removesuffix('y')}ies", f"{plain}es")
    known = next((form for form in forms if form in _headings()), None)
    return known or next(iter(get_close_matches(plain, _headings(), n=1, cutoff=0.85)), None)


@cache
def _headings() -> Mapping[str, str]:
    """Product -> code of its chapter, heading or subheading."""
    text = files("coercion_sim.world").joinpath("products.csv").read_text("utf-8")
    return {row["word"]: row["hs"] for row in csv.DictReader(text.splitlines())}


@cache
def hs_sectors() -> Mapping[str, str]:
    """Industry of the ICIO (2025 edition) by HS chapter, heading or subheading, as in `hs_icio.csv`."""
    text = files("coercion_sim.world.sources").joinpath("hs_icio.csv").read_text("utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {row["hs"]: row["sector"] for row in rows}


def sector_of_hs(code: str) -> str | None:
    """Industry of an HS6 code by its longest prefix in the table; None for no code. A lost leading zero is put back."""
    full = code.zfill(6) if code.isdecimal() else code
    prefixes = (full[:length] for length in range(6, 1, -1))
    return (
        next((hs_sectors()[prefix] for prefix in prefixes if prefix in hs_sectors()), None) if len(full) == 6 else None
    )
