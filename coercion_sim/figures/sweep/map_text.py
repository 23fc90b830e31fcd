"""What a map of deterrence says: its title, its labels with their units, and the line below."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coercion_sim.experiments import Results
from coercion_sim.figures.style.data import baseline, counted, script_end
from coercion_sim.figures.style.layout import axis_label, wrap
from coercion_sim.figures.style.outcome_words import outcome_label
from coercion_sim.figures.style.text import (
    BASELINE,
    capital,
    listing,
    number,
    percent,
    policy_label,
    source_line,
    state_name,
)
from coercion_sim.figures.sweep.map_cells import COERCION, Cells, Scale
from coercion_sim.figures.sweep.sweep_text import parameter_label
from coercion_sim.outcomes import OUTCOMES
from coercion_sim.scenario import dictionary

_WORDS = {"pct_gdp": "% of own GDP", "percent": "%", "fraction": "share"}


def title(results: Results, cells: Cells, level: float | None) -> str:
    """Say in how many cells the coercer is deterred under each policy, or between what the outcome lies."""
    policies = list(cells.mean)
    base = baseline(results) if baseline(results) in policies else policies[0]
    order = [base, *[p for p in policies if p != base]]
    if cells.outcome != COERCION or level is None:
        low, high = np.nanmin(cells.mean[base]), np.nanmax(cells.mean[base])
        unit = outcome_unit(cells.outcome)
        words = f"{_name(cells)} is between {number(low)} and {number(high)} {unit}{_how(base, policies)}"
        parts = [f"{policy_label(p)} lowers it in {_lower(cells, base, p)}" for p in order[1:3]]
        return "; ".join([words, *([listing(parts)] if parts else [])])
    below = {p: int((cells.mean[p] < level).sum()) for p in order}
    known = {p: int(np.isfinite(cells.mean[p]).sum()) for p in order}
    share = "half the runs" if level == 0.5 else f"{percent(level)} of runs"
    who = _who(results)
    if all(count == 0 for count in below.values()):
        return f"{who} presses in {share} or more everywhere on the map{_whatever(policies)}"
    if all(below[p] == known[p] for p in order):
        return f"{who} presses in less than {share} everywhere on the map{_whatever(policies)}"
    told = []
    for p in order[:4]:
        count = "all" if below[p] == known[p] else "none" if below[p] == 0 else str(below[p])
        told.append(f"in {count}{f' of {known[p]} cells' if p == base else ''}{_how(p, policies)}")
    return f"{who} presses in less than {share} {listing(told)}"


def _lower(cells: Cells, base: str, policy: str) -> str:
    gap = cells.mean[policy] - cells.mean[base]
    return f"{int((gap < 0).sum())} of {int(np.isfinite(gap).sum())} cells"


def _how(policy: str, policies: Sequence[str]) -> str:
    """Phrase that names a policy, where there are several."""
    if len(policies) == 1:
        return ""
    return " standing alone" if policy == BASELINE else f" under {policy_label(policy)}"


def _whatever(policies: Sequence[str]) -> str:
    return ", whatever the policy" if len(policies) > 1 else ""


def _who(results: Results) -> str:
    """Who presses: the coercer by name, or ``some state`` where several may."""
    dispute = results.manifest["scenario"]["content"].get("dispute") or {}
    states = {
        results.coercer,
        *(dispute.get("coercers") or ()),
        *(c["state"] for c in dispute.get("challengers") or ()),
    }
    return state_name(results, results.coercer) if len(states - {""}) == 1 else "Some state"


def map_caption(results: Results, cells: Cells, level: float | None) -> str:
    """Line under the map: what a cell is, how many runs are in it, what is averaged over, and the sample."""
    what = "Share of runs" if cells.outcome == COERCION else "Mean over runs"
    counts = np.concatenate([c[c > 0] for c in cells.count.values()])
    runs = f"{counts.min()}" if counts.min() == counts.max() else f"{counts.min()} to {counts.max()}"
    notes = [f"{what} in each cell ({runs} runs of each policy in it)."]
    if any((c == 0).any() for c in cells.count.values()):
        notes.append("Hatched: no run.")
    if level is not None and cells.low:
        notes.append("Dot: the 95 % interval (Wilson) of the cell holds the frontier's level.")
    if cells.outcome == COERCION and _begun(results):
        notes.append("Pressure that goes on from the script counts as well.")
    if cells.averaged:
        names = [parameter_label(path) for path in cells.averaged]
        told = f"{len(names)} further parameters varied" if len(names) > 3 else listing(names)
        notes.append(f"Averaged over {told}.")
    if cells.outcome == COERCION and not cells.low:
        draws = "draw" if results.replicates == 1 else f"{results.replicates:,} draws"
        notes.append(f"Every point has the same {draws} of luck.")
    if any(scale.labels for scale in (cells.x, cells.y)):
        notes.append("Values of the design stand at even distances.")
    return source_line(results, counted(results), *notes)


def _begun(results: Results) -> bool:
    """Whether disputes go on from measures of the script, so that a run may have pressure that no state chose."""
    end = script_end(results)
    return end is not None and end >= 0


def quantity(results: Results, cells: Cells, numbered: bool) -> str:
    """What the shades mean, with the unit; `numbered` where cells have their numbers written in them."""
    if cells.outcome == COERCION:
        told = " (in cells: %)" if numbered else ""
        return f"Share of runs in which {_who(results).replace('Some', 'some')} pressed{told}"
    return f"{_name(cells)} ({outcome_unit(cells.outcome)}), mean over runs"


def _name(cells: Cells) -> str:
    return capital(outcome_label(cells.outcome))


def outcome_unit(outcome: str) -> str:
    """Unit of an outcome in the words of an axis label."""
    unit = next(c.unit for c in OUTCOMES if c.name == outcome)
    return _WORDS.get(unit, unit)


def scale_label(scale: Scale, room: float) -> str:
    """Parameter with its unit, as the data dictionary has it."""
    unit = parameter_unit(scale.path)
    words = capital(parameter_label(scale.path))
    return axis_label(words, unit, room) if unit else wrap(words, room, 7.0)


def parameter_unit(path: str) -> str:
    """Unit of a scenario's parameter; empty where it has none."""
    parts = path.split(".")
    general = ".".join([parts[0], "NAME", *parts[2:]]) if parts[0] == "measures" else path
    unit = next((row["unit"] for row in dictionary("parameters") if row["key"] in (path, general)), "")
    return _WORDS.get(unit, unit.replace("pct_gdp", "% of GDP"))
