"""Text around figures: titles, key numbers with their intervals, and the caption with sample, seed and source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from coercion_sim import wording
from coercion_sim.analysis import RANGE_OVER_DRAWS, Analysis, Spread
from coercion_sim.experiments import Results
from coercion_sim.figures.style.house import Mark, marks
from coercion_sim.wording import MINUS, capital, count, interval, listing, policy_label, spaced, span, with_unit

#: Key numbers written out above a figure; further ones are in the tables.
MOST_NUMBERS = 4
ANOTHER_VERSION = "The results are of another version of the package, so this run may differ from theirs."


def place(results: Results) -> str:
    """Coercer, target and period: ``China on Australia, 2020Q1–2024Q4``."""
    period = span(results.quarters)
    if not results.coercer or not results.target:
        return period
    return f"{state_name(results, results.coercer)} on {state_name(results, results.target)}, {period}"


def key_numbers(what: str, numbers: Mapping[str, str], unit: str = "") -> str:
    """Line of key numbers: ``Median (% of GDP): stand alone 0.42 [0.36, 0.49]; respond as allies 0.14 [0.11, 0.17]``.

    Parameters
    ----------
    numbers
        Label -> number with its interval; the first `MOST_NUMBERS` are written.
    unit
        Code of the unit.
    """
    written = [f"{label} {text}" for label, text in numbers.items()]
    rest = len(written) - MOST_NUMBERS
    line = "; ".join(written[:MOST_NUMBERS]) + (f"; and {rest} more" if rest > 0 else "")
    return f"{with_unit(what, unit)}: {line}." if written else ""


def by_policy(spreads: Mapping[str, Spread], *, median: bool = False) -> dict[str, str]:
    """Policy label -> mean (or median) with the 5-95 % range over draws."""
    return {policy_label(p): interval(s.median if median else s.mean, s.low, s.high) for p, s in spreads.items()}


def range_words(what: str, n: int) -> str:
    """Words for a number that has a range where several draws were run: ``Mean [5-95 % range over draws]``."""
    return f"{what} [{RANGE_OVER_DRAWS}]" if n > 1 else what


def caption(results: Results, counts: Sequence[int], what: str, *notes: str) -> str:
    """Caption of a figure of a mean or median (`what`) with its range.

    Parameters
    ----------
    counts
        Finished replicates of each policy drawn.
    notes
        Sentences before it.
    """
    drawn = f"{capital(what)} and {RANGE_OVER_DRAWS}" if max(counts, default=0) > 1 else "One draw, so no range"
    return source_line(results, counts, *notes, f"{drawn};")


def source_line(results: Results, counts: Sequence[int], *notes: str) -> str:
    """End of a caption: notes, then sample size, seed, scenario, world and key of the run."""
    low, high = min(counts, default=0), max(counts, default=0)
    planned, points = results.draws_planned, results.draws_planned // max(results.replicates, 1)
    size = f"n = {low:,}" if low == high else f"n = {low:,} to {high:,}"
    size += f" of {planned:,}" if low < planned else ""
    size += " replicate" if planned == 1 else " replicates" if points == 1 else " draws"
    size += f" ({points:,} points of the design x {results.replicates:,} replicates)" if points > 1 else ""
    lost = [policy_label(p) for p, n in zip(results.policies, counts, strict=False) if not n]
    none = [f"No run finished under {listing(lost)}."] if lost and len(counts) == len(results.policies) else []
    return " ".join((*none, *notes, f"{size}, {origin(results)}."))


def one_run(results: Results, replicate: int, point: int = 0, *notes: str) -> str:
    """Caption of a figure of one run: notes, then the run and its source."""
    where = f"point {point}, " if results.points > 1 else ""
    return " ".join([*notes, f"One run ({where}replicate {replicate}), so no range; n = 1, {origin(results)}."])


def points_label(only: Sequence[int], points: int) -> str:
    """Points of a sweep that are drawn: ``point 3 of 0 to 8``, or their number where they are more than a few."""
    if len(only) > 4:
        return f"{len(only):,} of {points:,} points"
    return f"point{'s' * (len(only) > 1)} {listing([str(point) for point in only])} of 0 to {points - 1:,}"


def origin(results: Results) -> str:
    """Source of the runs: seed, scenario, world, and key of the run."""
    manifest = results.manifest
    key = f", run {manifest['key']}" if manifest.get("key") else ""
    sweep = f", sweep {manifest['name']}" if manifest.get("name") and results.points > 1 else ""
    sweep += f" ({points_label(results.only_points, results.points)})" if results.only_points else ""
    where = f"scenario {manifest['scenario']['name']}, world {manifest['world']['name']}{sweep}{key}"
    return f"seed {manifest['design']['seed']}; {where}"


def sweep_caption(analysis: Analysis, *notes: str) -> str:
    """Caption of a figure of an analysis: notes, then size, seed and source of the sweep."""
    points = count(analysis.points, "point")
    replicates = count(analysis.replicates, "replicate")
    lost = f"; {count(analysis.failed, 'run')} failed" if analysis.failed else ""
    size = f"{points}, {replicates} of each{lost}" if analysis.points != 1 else f"{replicates}{lost}"
    if analysis.only_points:
        size = f"{replicates} of {points_label(analysis.only_points, analysis.points)}{lost}"
    key = f", run {analysis.key}" if analysis.key else ""
    return " ".join((*notes, f"n = {size}; seed {analysis.seed}; {analysis.name}{key}."))


def policy_marks(analysis: Analysis) -> dict[str, Mark]:
    """Mark of each policy compared, by its place among all that were run: as `house.marks_of`."""
    every = marks(analysis.every_policy or analysis.policies)
    return {policy: every[policy] for policy in analysis.policies}


def difference_label(policy: str, against: str) -> str:
    """Policy, or a difference between two: ``respond as allies − stand alone``."""
    return f"{policy_label(policy)} − {policy_label(against)}" if against else policy_label(policy)


def parameter_label(path: str) -> str:
    """Parameter as its last two parts, underscores undone: ``economy: factor mobility``."""
    parts = [spaced(part) for part in path.split(".")]
    return f"{parts[-2]}: {parts[-1]}" if len(parts) > 1 else parts[0]


def value_text(value: float) -> str:
    """Value of a parameter to three digits, without trailing zeros: ``0.1``."""
    return f"{value:.3g}".replace("-", MINUS)


def state_name(results: Results, state: str) -> str:
    """Name of a state of these results; its code where the world has none."""
    return wording.state_name(results.manifest["world"].get("state_names", {}), state)


def sector_name(results: Results, sector: str) -> str:
    """Name of a sector of these results; its label, without underscores, where the world has none."""
    return wording.sector_name(results.manifest["world"].get("sector_names", {}), sector)
