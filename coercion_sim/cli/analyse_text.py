"""The answer to `analyse` as text, within 120 columns, and as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from coercion_sim.cli.columns import aligned, decimals, fit, fit_apart, number
from coercion_sim.cli.pledge_options import plain

if TYPE_CHECKING:
    from coercion_sim.analysis import Analysis, IndexRow, MeanRow, MissBox

WIDTH = 118
_LABEL = 26
_CELL = 20
_UNITS = {"pct_gdp": "% of GDP", "percent": "%"}
#: Index printed of each method; the rest is in the tables.
_PRINTED = {"sobol": "ST", "morris": "mu_star", "rbd_fast": "S1"}
_MEANING = {
    "sobol": "total index ST: share of the variance that would stay if all else were known",
    "morris": "mu*: mean size of the change over the parameter's whole range",
    "rbd_fast": "first-order index S1: share of the variance that would go if it were known",
}


def analysis_text(analysis: Analysis, width: int = WIDTH) -> str:
    """Size of the sweep; by outcome the policies, the parts of the variance, what matters; misses; notes."""
    lines = _head(analysis, width)
    for outcome in analysis.outcomes:
        body = [*_policies(analysis, outcome), *_variance(analysis, outcome), *_indices(analysis, outcome, width)]
        unit = _UNITS.get(analysis.units[outcome], analysis.units[outcome])
        lines += ["", f"{outcome} ({unit})", *(f"  {line}".rstrip() for line in body)]
    lines += _boxes(analysis)
    if analysis.notes:
        lines += ["", "Notes", *(line for note in analysis.notes for line in _wrapped(f"- {note}", width))]
    return "\n".join(lines)


def analysis_json(analysis: Analysis) -> Any:
    """Everything but what is one row a point, as JSON data."""
    whole = replace(
        analysis,
        levels=analysis.overall(analysis.levels),
        contrasts=analysis.overall(analysis.contrasts),
        settings=(),
        blocks=(),
        boxes=tuple(replace(box, trajectory=()) for box in analysis.boxes),
    )
    data = plain(whole)
    data["blocks"] = [{"how": b.how, "rows": b.rows, "paths": list(b.paths)} for b in analysis.blocks]
    del data["settings"]
    return data


def _head(analysis: Analysis, width: int) -> list[str]:
    size = f"{_count(analysis.points, 'point')} x {_count(analysis.replicates, 'replicate')}"
    size += f" x {_count(len(analysis.policies), 'policy', 'policies')}"
    lost = f"; {_count(analysis.failed, 'run')} failed" if analysis.failed else ""
    lines = [f"{analysis.name}: {size}{lost}"]
    if analysis.question:
        lines += _wrapped(analysis.question, width)
    for block in analysis.blocks:
        lines += _wrapped(f"  {block.how}, {_count(block.rows, 'row')}: {', '.join(block.paths)}", width)
    return lines


def _policies(analysis: Analysis, outcome: str) -> list[str]:
    """Mean, difference from the baseline with what pairing saves, regret and how often it is best."""
    levels = {r.policy: r for r in analysis.overall(analysis.levels) if r.outcome == outcome}
    apart = {r.policy: r for r in analysis.overall(analysis.contrasts) if r.outcome == outcome}
    regret = {r.policy: r for r in analysis.regret if r.outcome == outcome}
    places = _places([r.mean for r in levels.values()])
    finer = max(places, _places([r.mean for r in apart.values()]))
    names = dict(zip(analysis.policies, fit_apart(analysis.policies, _LABEL), strict=True))
    rows = [["", "mean [95 %]", f"from {analysis.baseline} [95 %]", "pairing", "regret", "best [95 %]"]]
    for policy, level in levels.items():
        row, lost = apart.get(policy), regret.get(policy)
        rows.append(
            [
                names[policy],
                _interval(level, places),
                _interval(row, finer, star=True) if row else "",
                _ratio(row.variance_ratio) if row else "",
                number(lost.mean, places) if lost else "",
                _percent(lost.best, lost.best_low, lost.best_high) if lost else "",
            ]
        )
    used = [c for c in range(len(rows[0])) if any(row[c] for row in rows[1:])]
    lines = aligned([[row[c] for c in used] for row in rows])
    sample = next((r for r in (*apart.values(), *levels.values()) if r.unit), None)
    if sample is not None:
        better = f"; {'more' if next(iter(regret.values())).maximise else 'less'} is better" if regret else ""
        lines.append(f"intervals over {sample.n} {sample.unit}{better}")
    return lines


def _variance(analysis: Analysis, outcome: str) -> list[str]:
    """Shares of the variance by policy and difference."""
    rows = [["share of the variance of a run [95 %]", "parameters", "luck", "both together"]]
    for policy, against in _columns(analysis):
        parts = [r for r in analysis.variance if (r.outcome, r.policy, r.against) == (outcome, policy, against)]
        if parts:
            rows.append([_name(policy, against, 2 * _LABEL), *(_percent(r.share, r.low, r.high) for r in parts)])
    return ["", *aligned(rows)] if len(rows) > 1 else []


def _indices(analysis: Analysis, outcome: str, width: int) -> list[str]:
    """One table a block: parameters down, policies and differences across."""
    from coercion_sim.analysis import AVERAGED

    mine = [r for r in analysis.indices if r.outcome == outcome and r.given in ("", AVERAGED)]
    lines: list[str] = []
    for number_of, block in enumerate(analysis.blocks):
        here = [r for r in mine if r.block == number_of]
        if not here:
            continue
        method = here[0].method
        average = f", {AVERAGED}" if here[0].given else ""
        lines += ["", f"{_MEANING[method]} [95 %]{average}"]
        cells: dict[tuple[str, str], dict[str, str]] = {}
        without: dict[str, list[str]] = {}
        for policy, against in _columns(analysis):
            rows = [r for r in here if (r.policy, r.against) == (policy, against)]
            said = next((r for r in rows if r.status != "ok"), None)
            if said is not None:
                without.setdefault(f"{said.status}, {said.note}", []).append(_name(policy, against, width))
                continue
            found = {r.parameter: r for r in rows if r.index == _PRINTED[method]}
            places = 2 if method != "morris" else _places([r.value for r in found.values()])
            cells[policy, against] = {path: _index(row, places) for path, row in found.items()}
        lines += _table(list(block.paths), cells, width)
        lines += [line for why, names in without.items() for line in _wrapped(f"{why}: {', '.join(names)}", width - 2)]
    return lines


def _table(paths: Sequence[str], cells: Mapping[tuple[str, str], Mapping[str, str]], width: int) -> list[str]:
    """Parameters down, columns across in as many tables as it takes."""
    label = min(max((len(path) for path in paths), default=0), _LABEL)
    across = max(1, (width - 2 - label) // (_CELL + 2))
    columns = list(cells)
    lines: list[str] = []
    for first in range(0, len(columns), across):
        chosen = columns[first : first + across]
        names = [["", *fit_apart([policy for policy, _ in chosen], _CELL)]]
        if any(against for _, against in chosen):
            names.append(["", *(fit(f"- {against}", _CELL) if against else "" for _, against in chosen)])
        body = [[fit(path, label), *(cells[column].get(path, "-") for column in chosen)] for path in paths]
        lines += aligned([*names, *body])
    return lines


def _boxes(analysis: Analysis) -> list[str]:
    """Where each policy misses."""
    if analysis.fails is None:
        return []
    lines = ["", f"Where a policy misses: {analysis.fails.text}"]
    for box in analysis.boxes:
        rate = f"{box.misses} of {box.draws} worlds ({100 * box.base_rate:.0f} %)" if box.draws else "no worlds"
        if box.note:
            why = box.note if box.note in ("never", "always") else f"no box: {box.note}"
            lines.append(f"  {box.policy}: {why if box.note == 'never' else f'{rate}; {why}'}")
            continue
        if box.number == 1:
            lines.append(f"  {box.policy}: {rate}")
        lines += _box(box)
    return lines


def _box(box: MissBox) -> list[str]:
    share = f"{100 * box.density:.0f} % of its worlds miss, {100 * box.coverage:.0f} % of all misses are in it"
    rows = [["    " + limit.parameter, limit.words, f"quasi-p {_p(limit.quasi_p)}"] for limit in box.limits]
    return [
        f"    box {box.number}: {share}, it is {100 * box.mass:.0f} % of all worlds",
        *aligned(rows, left=(0, 1, 2)),
    ]


def _columns(analysis: Analysis) -> list[tuple[str, str]]:
    """Levels of all policies, then differences of the others from the baseline."""
    base = analysis.baseline
    return [(p, "") for p in analysis.policies] + [(p, base) for p in analysis.policies if base and p != base]


def _name(policy: str, against: str, width: int) -> str:
    return fit(f"{policy} - {against}" if against else policy, width)


def _interval(row: MeanRow, places: int, *, star: bool = False) -> str:
    """Mean and interval; with `star`, one where the interval excludes 0, and a space where it does not."""
    if math.isnan(row.mean):
        return "-"
    sign = "+" if star and row.mean > 0 and float(f"{row.mean:.{places}f}") else ""
    text = sign + number(row.mean, places)
    if math.isnan(row.low):
        return text + (" " if star else "")
    mark = ("*" if row.low > 0 or row.high < 0 else " ") if star else ""
    return f"{text} [{number(row.low, places)}, {number(row.high, places)}]{mark}"


def _index(row: IndexRow, places: int) -> str:
    if math.isnan(row.low):
        return number(row.value, places)
    return f"{number(row.value, places)} [{number(row.low, places)}, {number(row.high, places)}]"


def _percent(share: float, low: float, high: float) -> str:
    if math.isnan(share):
        return "-"
    text = f"{100 * share:.0f} %"
    return text if math.isnan(low) else f"{text} [{100 * low:.0f}, {100 * high:.0f}]"


def _ratio(ratio: float) -> str:
    """Variance-reduction factor: by how much fewer runs the same interval takes with luck in common."""
    return (
        "-" if math.isnan(ratio) else "inf" if math.isinf(ratio) else f"{ratio:.2g}" if ratio < 10 else f"{ratio:,.0f}"
    )


def _p(p: float) -> str:
    return "-" if math.isnan(p) else "< 0.001" if p < 0.001 else f"{p:.3f}"


def _places(values: Sequence[float]) -> int:
    return decimals(max((abs(v) for v in values if math.isfinite(v)), default=0.0))


def _count(n: int, one: str, many: str = "") -> str:
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def _wrapped(text: str, width: int) -> list[str]:
    import textwrap

    return textwrap.wrap(text, width, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False)
