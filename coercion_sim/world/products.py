"""Products by the words people use: heading of the Harmonized System, and the sector of a world that holds them."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files


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
