"""From results to one HTML page: sections put in order, rendered with everything escaped, written whole."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from coercion_sim.analysis import INTERVAL_OF_MEAN, RANGE_OVER_DRAWS
from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.experiments import Progress, Results
from coercion_sim.files import write_text
from coercion_sim.report import sentences, setting, sweep, sweep_sentences, tables
from coercion_sim.report.figures import pictures
from coercion_sim.report.gather import Facts, gather
from coercion_sim.report.numbers import count
from coercion_sim.report.parts import Page, Section
from coercion_sim.report.provenance import failure_section, limit_section, provenance_section

#: Name of the file where none is given.
REPORT = "report.html"
#: Heading of what a reader should not take for found.
DOUBTS = "What was not found, or is uncertain"
#: Spaces before a percent sign, and between the ends of an interval.
_APART = re.compile(r" (?=%)|(?<=,) (?=[^\s\[\]]+\])")


def write_report(
    results: Results,
    path: Path | None = None,
    outcomes: Sequence[str] = (),
    *,
    failing: str | None = None,
    progress: Progress | None = None,
) -> Path:
    """Write the report of an experiment and return its path.

    Parameters
    ----------
    path
        File to write; None for ``report.html`` in the folder of the results. It is written whole or not at all.
    outcomes, failing
        As in `gather`.

    Raises
    ------
    InvalidInput
        For an outcome there is not, and for a path that is a device or one of the files of the results.
    ResultsError
        Where the results are unfinished, without a finished run, or do not fit their manifest.
    """
    where = Path(path) if path is not None else (results.folder or Path()) / REPORT
    _must_be_free(results, where)
    html = report_html(results, outcomes, failing=failing, progress=progress)
    where.parent.mkdir(parents=True, exist_ok=True)
    write_text(where, html)
    return where


def _must_be_free(results: Results, where: Path) -> None:
    """Refuse a place that a file put there whole would take from something else: a device, a table, the manifest."""
    allowed = "a file of its own, such as report.html"
    if where.exists() and not where.is_file():
        raise InvalidInput(Problem("not a file that can be replaced", key="--out", found=str(where), allowed=allowed))
    folder = results.folder
    if folder is not None:
        held = {(folder / name).resolve() for name in ("manifest.json", *results.manifest["files"])}
        if where.resolve() in held:
            raise InvalidInput(Problem("a file of the results", key="--out", found=str(where), allowed=allowed))


def report_html(
    results: Results, outcomes: Sequence[str] = (), *, failing: str | None = None, progress: Progress | None = None
) -> str:
    """Return the page as text: a function of the results and the arguments alone."""
    return render(page_of(gather(results, outcomes, failing=failing, progress=progress)))


def render(page: Page) -> str:
    """Fill the template; every text is escaped, pictures and the style sheet are inside."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("coercion_sim.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["tied"] = tied
    style = (files("coercion_sim.report") / "report.css").read_text("utf-8")
    return environment.get_template("page.html.j2").render(page=page, style=style)


def tied(text: str) -> str:
    """Keep a number and its percent sign, and the two ends of an interval, on one line."""
    return _APART.sub("\u00a0", text)


def page_of(facts: Facts) -> Page:
    """Put the sections of a report in order."""
    m = facts.manifest
    title = str(m["scenario"].get("title") or m["scenario"]["name"])
    question = str(m.get("question") or facts.source.get("question") or "")
    name = m.get("name")
    made_from = f"Sweep {name}, scenario {m['scenario']['name']}. " if name else f"Scenario {m['scenario']['name']}. "
    results = facts.results
    made_from += f"{count(sum(m['counts'].values()), 'run')}: {count(len(results.policies), 'policy', 'policies')} in "
    made_from += f"the same {count(results.replicates, 'world')}"
    made_from += f" at {count(results.points, 'point')}" if results.points > 1 else ""
    return Page(title, question, f"{made_from}.", _sections(facts))


def _sections(facts: Facts) -> tuple[Section, ...]:
    figures = Section("figures", "Figures", pictures=pictures(facts))
    middle = (setting.scenario_section(facts), setting.policy_section(facts))
    end = (failure_section(facts), limit_section(), provenance_section(facts))
    if facts.comparison is not None:
        return (_found(facts), *middle, figures, *_compared(facts), *end)
    assert facts.analysis is not None
    answer = facts.analysis
    doubts = Section("uncertain", DOUBTS, points=sweep_sentences.uncertain(facts, answer))
    found = Section("found", "What was found", points=sweep_sentences.found(answer), parts=(doubts,))
    outcomes = Section("outcomes", "Outcomes", tables=(*sweep.outcome_tables(answer), tables.dictionary_table(facts)))
    return (
        found, *middle, sweep.design_section(answer), figures, outcomes, *sweep.question_sections(facts, answer), *end,
    )  # fmt: skip


def _found(facts: Facts) -> Section:
    assert facts.comparison is not None
    told = sentences.found(facts, facts.comparison)
    doubts = Section("uncertain", DOUBTS, points=sentences.uncertain(facts, facts.comparison))
    brackets = (
        f"Numbers are means over worlds. Brackets hold the {RANGE_OVER_DRAWS}; behind a change from another policy,"
        f" the {INTERVAL_OF_MEAN}."
    )
    words = (brackets,) if facts.results.replicates > 1 else ()
    return Section("found", "What was found", words, points=told, parts=(doubts,))


def _compared(facts: Facts) -> tuple[Section, ...]:
    comparison = facts.comparison
    assert comparison is not None
    outcomes = (*tables.outcome_tables(facts, comparison), tables.dictionary_table(facts))
    diverted = tables.diverted_table(facts, comparison)
    bearing = (*tables.bearing_tables(facts, comparison), *((diverted,) if diverted is not None else ()))
    rates = tables.rate_tables(facts.rates)
    return (
        Section("outcomes", "Outcomes", tables=outcomes),
        *((Section("disputes", "Disputes", tables=rates),) if rates else ()),
        Section("bearing", "Who bears what", tables=bearing),
    )
