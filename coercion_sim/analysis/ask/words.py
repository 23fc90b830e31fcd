"""Words for states, goods and actions, and the list of all that a world's labels know."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, cached_property
from typing import TYPE_CHECKING, Final, TypeAlias

from coercion_sim.errors import nearest
from coercion_sim.world import countries

if TYPE_CHECKING:
    from coercion_sim.world import World, WorldLabels

#: Adjectives of states, and names that the table of countries has not; names are read from the world and that table.
_ADJECTIVES: Final[Mapping[str, str]] = {
    "ARE": "emirati", "ARG": "argentine, argentinian", "AUS": "australian", "AUT": "austrian", "BEL": "belgian",
    "BGD": "bangladeshi", "BGR": "bulgarian", "BLR": "belarusian", "BRA": "brazilian", "BRN": "bruneian",
    "CAN": "canadian", "CHE": "swiss", "CHL": "chilean", "CHN": "chinese", "COL": "colombian", "CRI": "costa rican",
    "CUB": "cuban", "CYP": "cypriot", "CZE": "czech", "DEU": "german", "DNK": "danish", "EGY": "egyptian",
    "ESP": "spanish", "EST": "estonian", "EU": "european union, european, europe", "FIN": "finnish", "FRA": "french",
    "GBR": "british", "GEO": "georgian", "GRC": "greek", "HRV": "croatian", "HUN": "hungarian", "IDN": "indonesian",
    "IND": "indian", "IRL": "irish", "IRN": "iranian", "IRQ": "iraqi", "ISL": "icelandic", "ISR": "israeli",
    "ITA": "italian", "JPN": "japanese", "KAZ": "kazakh", "KHM": "cambodian", "KOR": "korean, south korean",
    "LTU": "lithuanian", "LUX": "luxembourgish", "LVA": "latvian", "MAR": "moroccan", "MEX": "mexican",
    "MLT": "maltese", "MYS": "malaysian", "NGA": "nigerian", "NLD": "dutch", "NOR": "norwegian",
    "NZL": "new zealander", "PAK": "pakistani", "PER": "peruvian", "PHL": "philippine, filipino", "POL": "polish",
    "PRK": "north korean", "PRT": "portuguese", "QAT": "qatari", "ROU": "romanian", "ROW": "rest of world",
    "RUS": "russian", "SAU": "saudi, saudi arabian", "SGP": "singaporean", "SRB": "serbian", "SVK": "slovak",
    "SVN": "slovenian", "SWE": "swedish", "THA": "thai", "TUN": "tunisian", "TUR": "turkish", "TWN": "taiwanese",
    "UKR": "ukrainian", "USA": "american", "VEN": "venezuelan", "VNM": "vietnamese", "ZAF": "south african",
}  # fmt: skip
#: Goods by word -> sectors that hold them, the first that the world has: labels, joined by ``+``, or codes of the
#: source (ISIC Rev. 4). ``=`` marks a place that is what was named; any other holds more than it.
_GOODS: Final[Mapping[str, str]] = {
    "semiconductors, chips, microchips, computers, phones, displays": "semiconductors electronics C26",
    "batteries, cables, household appliances": "electrical C27",
    "cars, automobiles, motor cars, electric cars, trucks, electric vehicles, evs": "vehicles C29",
    "aircraft, airplanes, planes, trains": "other_transport C302T309",
    "steel, iron, iron and steel": "=iron_steel metals C24A",
    "aluminium, aluminum, copper, nickel, lithium, gallium, germanium": "nonferrous_metals metals C24B",
    "medicines, drugs, pharma, vaccines": "=pharmaceuticals chemicals C21",
    "fertilisers, fertilizers, plastics, polysilicon, photoresist, cosmetics": "chemicals C20",
    "clothes, clothing, garments, shoes, footwear": "textiles C13T15",
    "timber, lumber": "wood wood_paper C16", "paper": "=paper wood_paper C17_18",
    "grain, wheat, maize, corn, soybeans, soy, rice, fruit, fruits, cherries, pineapples, bananas, vegetables, crops":
        "agriculture A01",
    "fish, salmon, seafood": "fishing agriculture A03",
    "meat, pork, dairy, milk, cheese, sugar, tobacco, spirits, whisky, whiskey, brandy, beer, alcohol": "food C10T12",
    "beef, wine": "food C10T12", "wines": "=wine food C10T12", "barley, cotton, wool": "agriculture A01",
    "lobster, lobsters": "=lobster fishing agriculture A03", "logs": "forestry agriculture A02",
    "oil, crude, crude oil": "=crude_oil oil_gas mining B06",
    "gas, natural gas": "=pipeline_gas+lng oil_gas mining B06",
    "lng, liquefied natural gas, liquefied gas": "=lng oil_gas mining B06",
    "pipeline gas": "=pipeline_gas oil_gas mining B06",
    "oil and gas": "=oil_gas =crude_oil+pipeline_gas+lng mining B06",
    "fuels, fuel, petrol, diesel, refined oil": "=petroleum C19",
    "energy": "=coal+crude_oil+pipeline_gas+lng+petroleum =coal+oil_gas+lng+petroleum =coal+oil_gas+petroleum",
    "ores, metal ores": "=metal_ores+iron_ore+copper_ores =metal_ores mining B07",
    "iron ore, copper ore": "metal_ores mining B07", "copper ore, copper ores": "=copper_ores metal_ores mining B07",
    "rare earths, rare earth": "=rare_earths chemicals C20", "magnets": "rare_earths chemicals C20",
    "machines, machine tools, robots": "machinery C28", "ships, boats": "=ships other_transport C301",
    "tourism, travel, students": "services", "everything, trade, all trade": "=all",
}  # fmt: skip
#: Actions -> kind of measure; `sanctions` are bans in both directions, a `cut` leaves a share of the trade.
ACTIONS: Final[Mapping[str, str]] = {
    "ban, bans, banned, banning, import ban, import bans, block, blocks, blocked, boycott, boycotts, boycotted, "
    "stop buying, stops buying, stop importing, stops importing, embargoes imports": "import_ban",
    "export ban, export bans, stop selling, stops selling, stop exporting, stops exporting, cuts off, cut off, "
    "withhold, withholds, withheld": "export_ban",
    "tariff, tariffs, duty, duties, import duty, import tariff, import tariffs, tax, taxes, taxed": "import_tariff",
    "barrier, barriers, import barrier, import barriers, non-tariff barrier, non-tariff barriers": "import_barrier",
    "export control, export controls, export barrier, export barriers": "export_control",
    "sanction, sanctions, sanctioned, embargo, embargoes": "sanctions",
    "cut, cuts, reduce, reduces, reduced, restrict, restricts, restricted, curb, curbs, curbed, "
    "limit, limits, limited": "cut",
}  # fmt: skip
#: Words that change nothing.
_EMPTY: Final = (
    "a, an, the, of, at, in, with, its, their, any, some, all, imports, import, importing, buying, products, "
    "product, put, puts, impose, imposes, imposed, levy, levies, place, places, set, sets, raise, raises, has, have, "
    "would, will, should, could, were to, is, are, be, what, if, what if, when, happens, for, percent, "
    "per cent, pct, %, states, countries, members, trade with, trade from, shipments, purchases, sales"
)
#: Words that show a direction, or part one list from another.
_SIGNS: Final = {
    "by": "by", "from": "from", "to": "to", "on": "on", "against": "on", "exports": "exports", "export": "exports",
} | dict.fromkeys((",", "and", "&", "plus"), "and")  # fmt: skip
#: Numbers in words -> percent.
_PARTS: Final = {
    "half": 50.0, "a third": 100.0 / 3.0, "one third": 100.0 / 3.0, "two thirds": 200.0 / 3.0, "a quarter": 25.0,
    "one quarter": 25.0, "three quarters": 75.0,
}  # fmt: skip
#: Most words of one name.
MOST_WORDS: Final = 6
#: Least likeness of a word to the one suggested for it: the vocabulary is large, and holds a word a little like any.
#: A word of three letters with one of them wrong is less like.
_ALIKE, _ALIKE_SHORT, _SHORT = 0.7, 0.66, 3


@dataclass(frozen=True)
class Word:
    """What a word means: its role, and the labels, kind of measure or direction it stands for.

    `broader` says that the labels hold more than was named.
    """

    role: str
    means: tuple[str, ...]
    broader: bool = False


#: Labels of a world, read with its arrays or without.
Labelled: TypeAlias = "World | WorldLabels"


@dataclass(frozen=True)
class Vocabulary:
    """All words that mean something in one world."""

    labels: Labelled

    @cached_property
    def words(self) -> dict[str, Word]:
        """Folded word -> meaning; of two meanings the later entry counts."""
        words = self._goods() | self._states()
        words |= {folded(w): Word("empty", ()) for w in _split(_EMPTY)}
        words |= {sign: Word("sign", (means,)) for sign, means in _SIGNS.items()}
        words |= {part: Word("number", (repr(percent),)) for part, percent in _PARTS.items()}
        return words | {folded(w): Word("act", (kind,)) for listed, kind in ACTIONS.items() for w in _split(listed)}

    def meaning(self, text: str) -> Word | None:
        """Meaning of a name; a label spelt as the world has it is that label, whatever else the word means."""
        for role, labels in (("state", self.labels.states), ("goods", self.labels.sectors)):
            if text in labels:
                return Word(role, (text,))
        return self.words.get(folded(text))

    def named_as(self, role: str, text: str) -> Word | None:
        """Meaning of a name in this role; None where it has none."""
        word = self.meaning(text)
        return word if word is not None and word.role == role else None

    def _goods(self) -> dict[str, Word]:
        labels = self.labels
        words: dict[str, Word] = {}
        for listed, places in _GOODS.items():
            if (sectors := self._sectors(places)) is not None:
                words |= dict.fromkeys(map(folded, _split(listed)), sectors)
        tags = dict.fromkeys(tag for listed in labels.tags.values() for tag in listed)
        words |= {folded(tag): Word("goods", (tag,)) for tag in tags}
        words |= {name: words.get("goods", Word("goods", ("all",))) for name in ("goods", "all goods")}
        for sector in labels.sectors:
            own = Word("goods", (sector,))
            words |= dict.fromkeys((folded(sector), folded(labels.sector_names.get(sector, sector))), own)
        return {_singular(name): word for name, word in words.items()} | words

    def _sectors(self, places: str) -> Word | None:
        """First of these places that the world has."""
        labels = self.labels
        for place in places.split(" "):
            sectors = tuple(place.removeprefix("=").split("+"))
            if sectors == ("all",) or all(s in labels.sectors for s in sectors):
                return Word("goods", sectors, broader=not place.startswith("="))
            if coded := [s for s in labels.sectors if place in labels.tags.get(s, ())]:
                return Word("goods", tuple(coded[:1]), broader=True)
        return None

    def _states(self) -> dict[str, Word]:
        labels = self.labels
        words = {folded(g): Word("state", tuple(members)) for g, members in labels.groups.items()}
        if "eu" in words:
            words |= dict.fromkeys(_split(_ADJECTIVES["EU"]), words["eu"])
        for state in labels.states:
            if len(words.get(folded(state), Word("", ())).means) < 2:  # a group of one is its member
                own = Word("state", (state,))
                words |= {folded(name): own for name in (*_names(state), labels.state_names.get(state, state), state)}
        return words

    def absent(self, word: str) -> str | None:
        """State this word names though the world does not have it."""
        codes = dict.fromkeys((*(country.iso3 for country in countries()), *_ADJECTIVES))
        return next((code for code in codes if word in map(folded, (code, *_names(code)))), None)

    def likely(self, text: str, *roles: str) -> str | None:
        """The word of these roles that was most likely meant; None where none is near.

        A word with two letters swapped, or one spelt much alike; else the shortest that begins so, or of three letters
        one that differs in one or two and begins alike. Codes of states are meant in capitals alone. A misspelt state
        that the world does not have is no other word.
        """
        form, codes = folded(text), set() if text.isupper() else {folded(state) for state in self.labels.states}
        known = [word for word, meaning in self.words.items() if meaning.role in roles and word not in codes]
        near = _nearest(form, known)
        if near is not None and _likeness(near, form) >= _ALIKE:
            other = _nearest(form, _every_state())
            return near if other is None or _likeness(other, form) <= _likeness(near, form) else None
        if len(form) > _SHORT:
            return min((word for word in known if word.startswith(form)), key=len, default=None)
        short = (word for word in known if len(word) == len(form) == _SHORT and word[0] == form[0])
        return next((word for word in short if _likeness(word, form) >= _ALIKE_SHORT), None)


def _nearest(form: str, known: Sequence[str]) -> str | None:
    """The word with two neighbouring letters swapped, else the one spelt most alike."""
    swaps = {form[:i] + form[i + 1] + form[i] + form[i + 2 :] for i in range(len(form) - 1)}
    return next((word for word in known if word in swaps), None) or nearest(form, known)


def _likeness(word: str, other: str) -> float:
    return SequenceMatcher(None, word, other).ratio()


@cache
def _every_state() -> tuple[str, ...]:
    """Names of the states of the table of countries and their adjectives."""
    codes = dict.fromkeys((*(country.iso3 for country in countries()), *_ADJECTIVES))
    return tuple(folded(name) for code in codes for name in _names(code))


@cache
def _names(code: str) -> tuple[str, ...]:
    """Names and adjectives of a state, the article included where it takes one."""
    country = next((c for c in countries() if c.iso3 == code), None)
    names = [*_split(_ADJECTIVES.get(code, "")), *((country.name, *country.other_names) if country else ())]
    return tuple(dict.fromkeys(name for name in names if name))


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]


def folded(text: str) -> str:
    """Text in small letters, underscores and dashes as spaces."""
    return re.sub(r"[\s_-]+", " ", text.casefold()).strip()


def _singular(word: str) -> str:
    return word.removesuffix("s") if len(word) > 4 and not word.endswith(("ss", " gas")) else word
