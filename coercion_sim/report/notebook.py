"""Results, comparisons and analyses in a notebook: a table of their own accord, a figure when asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from functools import partial
from html import escape
from typing import Any

from coercion_sim.analysis import (
    INTERVAL_OF_MEAN,
    RANGE_OVER_DRAWS,
    Analysis,
    Comparison,
    Spread,
    chosen_outcomes,
    outcome_values,
)
from coercion_sim.errors import InvalidInput
from coercion_sim.experiments import Results
from coercion_sim.figures import (
    FULL_WIDTH,
    KINDS,
    NothingToShow,
    Request,
    house,
    outcome_label,
    policy_contrasts,
    policy_label,
    regrets,
    sensitivity_bars,
    unit_label,
    unit_of_column,
    unknown,
    unknown_outcomes,
)
from coercion_sim.report.numbers import difference, level, mean_row

#: Figures drawn from the answer to `analyse` itself.
OF_AN_ANALYSIS = ("contrasts", "sensitivity", "regret")
_OPTIONS = tuple(f.name for f in fields(Request) if f.name != "outcomes")


def html_of(shown: Results | Comparison | Analysis) -> str:
    """Return an object as HTML: what was run, and its outcomes by policy with their ranges."""
    if isinstance(shown, Comparison):
        return _head(shown.results) + _comparison(shown)
    return _analysis(shown) if isinstance(shown, Analysis) else _head(shown) + _levels(shown)


def plot_of(
    shown: Results | Comparison | Analysis,
    kind: str | None,
    outcome: str | None,
    *,
    width: float = FULL_WIDTH,
    **options: Any,
) -> Any:
    """Draw one figure of an object; see `Shown.plot`."""
    problems = unknown("no such option of a figure", tuple(options), ("width", *_OPTIONS), "plot")
    if problems:
        raise InvalidInput(problems)
    if isinstance(shown, Analysis):
        draw = _of_analysis(shown, kind or OF_AN_ANALYSIS[0], outcome)
    else:
        results = shown.results if isinstance(shown, Comparison) else shown
        draw = _of_results(results, kind or next(iter(KINDS)), outcome, options)
    with house():
        return draw(width=width)


def _of_results(results: Results, kind: str, outcome: str | None, options: dict[str, Any]) -> Any:
    asked = (outcome,) if outcome else ()
    problems = unknown("unknown kind of figure", (kind,), tuple(KINDS), "plot") or unknown_outcomes(asked, (kind,))
    if problems:
        raise InvalidInput(problems)
    if isinstance(options.get("states"), str):
        options["states"] = (options["states"],)
    for _, draw in KINDS[kind].figures(results, Request(asked, **options)):
        return draw
    raise NothingToShow(f"no figure of the kind {kind}")


def _of_analysis(answer: Analysis, kind: str, outcome: str | None) -> Any:
    asked = () if outcome is None else (outcome,)
    problems = unknown("unknown kind of figure", (kind,), OF_AN_ANALYSIS, "plot")
    problems += unknown("no outcome of this analysis", asked, answer.outcomes, "plot")
    if problems:
        raise InvalidInput(problems)
    if kind == "regret":
        return partial(regrets, answer)
    chosen = outcome or answer.outcomes[0]
    return partial(policy_contrasts if kind == "contrasts" else sensitivity_bars, answer, chosen)


def _head(results: Results) -> str:
    manifest = results.manifest
    counts = manifest["counts"]
    points = f"{results.points:,} points x " if results.points > 1 else ""
    failed = f", {counts['failed']:,} failed" if counts["failed"] else ""
    where = f"<br>{escape(str(results.folder))}" if results.folder is not None else "<br>in memory"
    title = escape(str(manifest["scenario"].get("title") or manifest["scenario"]["name"]))
    return (
        f"<p><strong>{title}</strong><br>"
        f"{points}{results.replicates:,} replicates x {len(results.policies)} policies: {counts['ok']:,} runs{failed}; "
        f"seed {manifest['design']['seed']}, world {escape(str(manifest['world']['name']))}, "
        f"key {escape(str(manifest.get('key') or 'none'))}{where}<br>"
        f"Tables: {', '.join(results.tables)}</p>"
    )


def _levels(results: Results) -> str:
    """Outcomes of the report by policy: median and range."""
    found = outcome_values(results)
    rows = [
        [outcome_label(name), _unit(name), *(level(Spread.of(found[name][p])) for p in results.policies)]
        for name in chosen_outcomes(results, None)
    ]
    return _table(f"Median [{RANGE_OVER_DRAWS}]", ["Outcome", "Unit", *map(policy_label, results.policies)], rows)


def _comparison(comparison: Comparison) -> str:
    """Levels of the outcomes of the report, and below each its differences from the baseline."""
    results, base = comparison.results, comparison.baseline
    rows = []
    for name in chosen_outcomes(results, None):
        levels = {row.policy: level(row.spread) for row in comparison.select(name, item="")}
        rows.append([outcome_label(name), _unit(name), *(levels.get(p, "") for p in results.policies)])
        if base:
            apart = {row.policy: difference(row.spread) for row in comparison.select(name, item="", against=base)}
            rows.append([f"difference from {policy_label(base)}", "", *(apart.get(p, "") for p in results.policies)])
    caption = f"Median [{RANGE_OVER_DRAWS}]"
    caption += f"; differences world by world: mean [{INTERVAL_OF_MEAN}]" if base else ""
    return _table(caption, ["Outcome", "Unit", *map(policy_label, results.policies)], rows)


def _analysis(answer: Analysis) -> str:
    """Means over the design, and below each the paired differences from the baseline."""
    rows = []
    for name in answer.outcomes:
        levels = {r.policy: mean_row(r) for r in answer.overall(answer.levels) if r.outcome == name}
        rows.append(
            [outcome_label(name), unit_label(answer.units[name]), *(levels.get(p, "") for p in answer.policies)]
        )
        apart = {r.policy: mean_row(r, sign=True) for r in answer.overall(answer.contrasts) if r.outcome == name}
        if apart:
            base = f"difference from {policy_label(answer.baseline)}"
            rows.append([base, "", *(apart.get(p, "") for p in answer.policies)])
    points = f"{answer.points:,} points x {answer.replicates:,} replicates x {len(answer.policies)} policies"
    head = f"<p><strong>{escape(answer.name)}</strong> {escape(answer.question)}<br>{points}; seed {answer.seed}, "
    head += f"key {escape(answer.key or 'none')}</p>"
    caption = f"Mean over the design [{INTERVAL_OF_MEAN}]; differences world by world"
    return head + _table(caption, ["Outcome", "Unit", *map(policy_label, answer.policies)], rows)


def _unit(outcome: str) -> str:
    return unit_label(unit_of_column("outcomes", outcome))


def _table(caption: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A plain table: the notebook's own style applies."""
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in header)
    body = "".join(
        f'<tr><th scope="row">{escape(first)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in rest)}</tr>'
        for first, *rest in rows
    )
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
