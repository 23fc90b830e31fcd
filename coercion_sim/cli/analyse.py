"""`coercion-sim analyse`: the questions put to a sweep, and their answers as text and JSON."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coercion_sim.cli import options
from coercion_sim.cli.options import PATH, echo_json, read_journal
from coercion_sim.cli.tables import paragraph, paragraphs, table
from coercion_sim.files import plain_data
from coercion_sim.outcomes import label_of
from coercion_sim.wording import count, interval, number, p_value, percent, with_unit

if TYPE_CHECKING:
    from coercion_sim.analysis import Analysis, IndexRow, MeanRow, RegretRow

#: Method -> the index printed, and its meaning; the tables have the others.
_INDICES = {
    "sobol": ("ST", "total index ST: share of the variance that would stay if all else were known"),
    "morris": ("mu_star", "mu*: mean size of the change over the parameter's whole range"),
    "rbd_fast": ("S1", "first-order index S1: share of the variance that would go if it were known"),
}


@click.command("analyse")
@click.argument("results", type=PATH)
@click.option(
    "--outcome", "outcomes", multiple=True, metavar="NAME",
    help="Outcome to look at; repeat for several, `all` for all.  [default: those of the scenario's report]",
)  # fmt: skip
@click.option("--baseline", metavar="POLICY", help="Policy the others are compared with.  [default: stand_alone]")
@options.fails
@click.option("--maximise", multiple=True, metavar="NAME", help="Outcome to maximise; repeat for several.")
@click.option("--minimise", multiple=True, metavar="NAME", help="Outcome to minimise; repeat for several.")
@click.option("--no-figures", is_flag=True, help="Draw no figures.")
@options.style
@click.option("--json", "as_json", is_flag=True, help="Print JSON, without the rows by point.")
@options.quiet
def analyse(results: Path, no_figures: bool, as_json: bool, quiet: bool, **given: Any) -> None:
    """Analyse the runs in the folder RESULTS: policies compared, what matters, what is robust, where a policy misses.

    The design decides which questions have an answer: Sobol' indices from `saltelli` blocks, elementary effects from
    `morris`, first-order indices from `random`, `sobol` and `latin_hypercube`; parts of the variance from two or more
    replicates. Tables and figures are written to RESULTS/analysis.
    """
    from coercion_sim.analysis import analyse as answer_questions
    from coercion_sim.analysis import write_analysis
    from coercion_sim.experiments import open_results, reporting

    journal, opened = read_journal(given["style"]), open_results(results)
    with reporting("analysis", quiet=quiet, what="questions") as progress:
        answer = answer_questions(
            opened, given["outcomes"] or None, given["baseline"], failing=given["fails"],
            maximise=given["maximise"], minimise=given["minimise"], progress=progress,
        )  # fmt: skip
    folder = opened.folder or results
    written = write_analysis(answer, folder)
    if not no_figures:
        from coercion_sim.figures import write_analysis_figures

        written += write_analysis_figures(answer, folder, style=journal)
    if as_json:
        echo_json(analysis_data(answer))
    else:
        where = paragraph(f"Tables and figures are in {written[0].parent}")
        click.echo("\n".join([analysis_text(answer), "", *where]))


def analysis_data(analysis: Analysis) -> Any:
    """Everything but the rows by point, as data."""
    data = plain_data(
        replace(
            analysis, levels=analysis.overall(analysis.levels), contrasts=analysis.overall(analysis.contrasts),
            settings=(), blocks=(), boxes=tuple(replace(box, trajectory=()) for box in analysis.boxes),
        )
    )  # fmt: skip
    data["blocks"] = [{"how": b.how, "rows": b.rows, "paths": list(b.paths)} for b in analysis.blocks]
    del data["settings"]
    return data


def analysis_text(analysis: Analysis) -> str:
    """Size of the sweep; by outcome the policies, the parts of the variance, what matters; misses; notes."""
    size = f"{count(analysis.points, 'point')} x {count(analysis.replicates, 'replicate')}"
    size += f" x {count(len(analysis.policies), 'policy', 'policies')}"
    lost = f"; {count(analysis.failed, 'run')} failed" if analysis.failed else ""
    lines = [*paragraph(f"{analysis.name}: {size}{lost}"), *paragraph(analysis.question)]
    lines += paragraphs((f"{b.how}, {count(b.rows, 'row')}: {', '.join(b.paths)}" for b in analysis.blocks), "  ")
    for outcome in analysis.outcomes:
        lines += ["", *paragraph(f"{outcome}: {with_unit(label_of(outcome), analysis.units[outcome])}")]
        for part in (_policies, _variance, _indices):
            lines += part(analysis, outcome)
    lines += _boxes(analysis)
    if analysis.notes:
        lines += ["", "Notes", *paragraphs(f"- {note}" for note in analysis.notes)]
    return "\n".join(lines)


def _policies(analysis: Analysis, outcome: str) -> list[str]:
    """Mean, difference from the baseline, what pairing saves, regret and how often a policy is best."""
    levels = {r.policy: r for r in analysis.overall(analysis.levels) if r.outcome == outcome}
    apart = {r.policy: r for r in analysis.overall(analysis.contrasts) if r.outcome == outcome}
    regret = {r.policy: r for r in analysis.regret if r.outcome == outcome}
    columns: list[tuple[str, Mapping[str, Any], Callable[[Any], str]]] = [
        ("mean [95 %]", levels, _mean),
        (f"less {analysis.baseline} [95 %]", apart, lambda row: _mean(row, difference=True)),
        ("pairing", apart, lambda row: _ratio(row.variance_ratio)),
        ("regret", regret, lambda row: number(row.mean)),
        ("best in [95 %]", regret, lambda row: row.best_text()),
    ]
    used = [column for column in columns if column[1]]
    rows = [[policy, *(write(of[policy]) if policy in of else "" for _, of, write in used)] for policy in levels]
    lines = table(["", *(heading for heading, _, _ in used)], rows, indent="  ")
    return lines + _sample([*apart.values(), *levels.values()], [*regret.values()])


def _sample(means: Sequence[MeanRow], regret: Sequence[RegretRow]) -> list[str]:
    """Line on the independent units behind the intervals, and the direction in which the outcome is better."""
    sample = next((row.sample for row in means if row.unit), None)
    better = next((f"; {'more' if row.maximise else 'less'} is better" for row in regret), "")
    return paragraph(f"{sample}{better}", "  ") if sample is not None else []


def _variance(analysis: Analysis, outcome: str) -> list[str]:
    """Shares of the variance by policy and difference."""
    rows = []
    for policy, against in _columns(analysis):
        parts = [r for r in analysis.variance if (r.outcome, r.policy, r.against) == (outcome, policy, against)]
        if parts:
            rows.append([_name(policy, against), *(percent(r.share, r.low, r.high) for r in parts)])
    heads = ["share of the variance of a run [95 %]", "parameters", "luck", "both together"]
    return ["", *table(heads, rows, indent="  ")] if rows else []


def _indices(analysis: Analysis, outcome: str) -> list[str]:
    """One table a block: parameters down, policies and differences across."""
    from coercion_sim.analysis import AVERAGED

    mine = [r for r in analysis.indices if r.outcome == outcome and r.given in ("", AVERAGED)]
    lines: list[str] = []
    for position, block in enumerate(analysis.blocks):
        here = [r for r in mine if r.block == position]
        if here:
            average = f", {AVERAGED}" if here[0].given else ""
            lines += ["", *paragraph(f"{_INDICES[here[0].method][1]} [95 %]{average}", "  ")]
            lines += _index_table(analysis, here, block.paths)
    return lines


def _index_table(analysis: Analysis, here: Sequence[IndexRow], paths: Sequence[str]) -> list[str]:
    """Indices of one block, and a line for each reason why a column has none."""
    cells: dict[str, Mapping[str, str]] = {}
    without: dict[str, list[str]] = {}
    for policy, against in _columns(analysis):
        rows = [r for r in here if (r.policy, r.against) == (policy, against)]
        missing = next((r for r in rows if r.status != "ok"), None)
        if missing is not None:
            without.setdefault(f"{missing.status}, {missing.note}", []).append(_name(policy, against))
        else:
            chosen = (r for r in rows if r.index == _INDICES[r.method][0])
            cells[_name(policy, against)] = {r.parameter: interval(r.value, r.low, r.high) for r in chosen}
    body = [[path, *(column.get(path, "-") for column in cells.values())] for path in paths if cells]
    reasons = (f"{why}: {', '.join(names)}" for why, names in without.items())
    return [*table(["", *cells], body, indent="  "), *paragraphs(reasons, "  ")]


def _boxes(analysis: Analysis) -> list[str]:
    """Settings in which each policy misses."""
    if analysis.fails is None:
        return []
    lines = ["", *paragraph(f"Where a policy misses: {analysis.fails.text}")]
    for box in analysis.boxes:
        rate = f"{box.misses} of {count(box.draws, 'run')} ({percent(box.base_rate)})" if box.draws else "no runs"
        if box.note == "never":
            lines += paragraph(f"{box.policy}: never", "  ")
        elif box.note:
            why = box.note if box.note == "always" else f"no box: {box.note}"
            lines += paragraph(f"{box.policy}: {rate}; {why}", "  ")
        else:
            lines += paragraph(f"{box.policy}: {rate}", "  ") if box.number == 1 else []
            shares = f"{percent(box.density)} of its runs miss, {percent(box.coverage)} of all misses are in it"
            lines += paragraph(f"box {box.number}: {shares}; it holds {percent(box.mass)} of all runs", "    ")
            rows = [[limit.parameter, limit.words, f"quasi-p {p_value(limit.quasi_p)}"] for limit in box.limits]
            lines += table(["", "", ""], rows, left=(0, 1, 2), indent="      ")
    return lines


def _columns(analysis: Analysis) -> list[tuple[str, str]]:
    """Levels of all policies, then differences of the others from the baseline."""
    base = analysis.baseline
    return [(p, "") for p in analysis.policies] + [(p, base) for p in analysis.policies if base and p != base]


def _name(policy: str, against: str) -> str:
    return f"{policy} less {against}" if against else policy


def _mean(row: MeanRow, *, difference: bool = False) -> str:
    """Mean with its interval; a difference has a sign, and a star where the interval excludes 0."""
    text = interval(row.mean, row.low, row.high, sign=difference, star=difference)
    return text if not difference or text.endswith("*") else f"{text} "


def _ratio(ratio: float) -> str:
    """Variance-reduction factor: how many times fewer runs the same interval takes with luck in common."""
    return number(ratio) if not math.isfinite(ratio) else f"{ratio:.2g}" if ratio < 10 else f"{ratio:,.0f}"
