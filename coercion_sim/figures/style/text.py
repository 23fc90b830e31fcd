"""Words and numbers on figures: how they are written, so that every title and caption says a thing the same way."""

from __future__ import annotations

import math
from collections.abc import Sequence

from coercion_sim.analysis import RANGE_OVER_DRAWS
from coercion_sim.experiments import Results

MINUS = "−"
BASELINE = "stand_alone"

#: Policies of the package as the subject of a sentence in the singular; others are named as they are.
_SUBJECTS = {
    "respond_as_allies": "an allied response",
    "integrate_economies": "integration",
    "stand_alone": "standing alone",
    "choose_sides": "choosing sides",
    "linked_domains": "linking domains",
    "bridge_silos": "bridging silos",
    "expand_alliances": "expanding alliances",
    "compatible_capacities": "keeping capacities compatible",
}


#: Beginnings of names that take an article in a sentence.
_WITH_ARTICLE = ("United ", "European ", "Netherlands", "Philippines", "Czech Republic", "Rest of ", "Russian ")


def number(value: float, digits: int = 2) -> str:
    """Write a number to `digits` significant digits, never in powers of ten: 0.0862 is ``0.086``, 1234 is ``1,230``."""
    if math.isnan(value):
        return "n/a"
    if value == 0.0:
        return "0"
    rounded = float(f"{value:.{digits - 1}e}")
    decimals = digits - 1 - math.floor(math.log10(abs(rounded)))
    text = f"{rounded:,.{max(decimals, 0)}f}"
    return text.replace("-", MINUS)


def percent(share: float) -> str:
    """Write a share in whole percent; one that is not quite 0 as ``under 1 %``, not quite 1 as ``over 99 %``."""
    if math.isnan(share):
        return "n/a"
    if 0.0 < abs(share) < 0.005:
        return "under 1 %"
    if 0.995 <= share < 1.0:
        return "over 99 %"
    return f"{100.0 * share:.0f} %".replace("-", MINUS)


def possessive(name: str) -> str:
    """Name of an owner: ``China's``, ``United States'``."""
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def listing(items: Sequence[str]) -> str:
    """Join as in a sentence: ``a, b and c``."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""


def capital(sentence: str) -> str:
    """First letter large, the rest untouched."""
    return sentence[:1].upper() + sentence[1:]


def policy_label(policy: str) -> str:
    """Policy as a legend names it: ``respond as allies + integrate economies``."""
    return " + ".join(part.replace("_", " ") for part in policy.split("+"))


def policy_subject(policy: str) -> str:
    """Policy as the subject of a sentence: ``an allied response with integration and choosing sides``."""
    first, *others = (_SUBJECTS.get(part, part.replace("_", " ")) for part in policy.split("+"))
    return f"{first} with {listing(others)}" if others else first


def under(policy: str) -> str:
    """Open a sentence about one policy: ``Standing alone`` or ``Under respond as allies``."""
    return "Standing alone" if policy == BASELINE else f"Under {policy_label(policy)}"


def when(policy: str) -> str:
    """The same within a sentence: ``standing alone`` or ``under respond as allies``."""
    said = under(policy)
    return said[:1].lower() + said[1:]


def state_name(results: Results, state: str) -> str:
    """Name of a state in words; its code where the world has none."""
    return str(results.manifest["world"].get("state_names", {}).get(state) or state)


def the_state(results: Results, state: str) -> str:
    """Name of a state as a sentence has it: ``the United States``; at the head of one, made large by `capital`."""
    name = state_name(results, state)
    return f"the {name}" if name.startswith(_WITH_ARTICLE) else name


def sector_name(results: Results, sector: str) -> str:
    """Name of a sector in words; its label, without underscores, where the world has none."""
    given = results.manifest["world"].get("sector_names", {}).get(sector)
    return str(given) if given else capital(sector.replace("_", " "))


def span_label(quarters: Sequence[str]) -> str:
    """First to last quarter: ``2020Q2–2024Q3``."""
    return quarters[0] if len(quarters) == 1 else f"{quarters[0]}–{quarters[-1]}"


def caption(results: Results, counts: Sequence[int], what: str, *notes: str) -> str:
    """Line under a figure: what a mark is, sample size, seed, scenario, world and key of the run.

    Parameters
    ----------
    counts
        Replicates behind the policies shown (they differ where runs failed).
    what
        The middle of the spread drawn: ``mean`` or ``median``.
    notes
        Sentences before it.
    """
    high = max(counts, default=0)
    drawn = f"{capital(what)} and {RANGE_OVER_DRAWS}" if high > 1 else "One world, so no range"
    return source_line(results, counts, *notes, f"{drawn};")


def source_line(results: Results, counts: Sequence[int], *notes: str) -> str:
    """Notes, then sample size, seed, scenario, world and key of the run: the end of every caption."""
    low, high = min(counts, default=0), max(counts, default=0)
    size = f"n = {low:,}" if low == high else f"n = {low:,} to {high:,}"
    asked, points = results.draws_asked, results.draws_asked // max(results.replicates, 1)
    size += f" of {asked:,}" if low < asked else ""
    size += " replicate" if asked == 1 else " replicates" if points == 1 else " worlds"
    size += f" ({points:,} points of the design x {results.replicates:,} replicates)" if points > 1 else ""
    lost = [policy_label(p) for p, n in zip(results.policies, counts, strict=False) if not n]
    none = [f"No run finished under {listing(lost)}."] if lost and len(counts) == len(results.policies) else []
    return " ".join((*none, *notes, f"{size}, {origin(results)}."))


def points_label(only: Sequence[int], points: int) -> str:
    """Which points of a sweep are shown: ``point 3 of 0 to 8``, or how many where they are more than a few."""
    if len(only) > 4:
        return f"{len(only):,} of {points:,} points"
    return f"point{'s' * (len(only) > 1)} {listing([str(point) for point in only])} of 0 to {points - 1:,}"


def origin(results: Results) -> str:
    """Where the runs come from: seed, scenario, world, and key of the run."""
    manifest = results.manifest
    key = f", run {manifest['key']}" if manifest.get("key") else ""
    sweep = f", sweep {manifest['name']}" if manifest.get("name") and results.points > 1 else ""
    sweep += f" ({points_label(results.only_points, results.points)})" if results.only_points else ""
    where = f"scenario {manifest['scenario']['name']}, world {manifest['world']['name']}{sweep}{key}"
    return f"seed {manifest['design']['seed']}; {where}"
