"""The report as one HTML page: sections in order, figures inside, everything escaped, written whole."""

from __future__ import annotations

import base64
import shlex
from collections.abc import Iterator, Sequence
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from coercion_sim.analysis import (
    HEADINGS,
    INTERVAL_OF_MEAN,
    RANGE_OVER_DRAWS,
    Comparison,
    first_screen,
    how_sure,
    how_to_read,
    policy_rows,
)
from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.experiments import Progress, Results
from coercion_sim.figures import (
    COLUMN_WIDTH,
    FULL_WIDTH,
    KINDS,
    OF_A_COMPARISON,
    OF_ANALYSIS,
    NothingToShow,
    Request,
    Style,
    figures_of,
    house,
    picture,
    settle,
)
from coercion_sim.files import write_text
from coercion_sim.intervals import rests_on
from coercion_sim.outcomes import label_of
from coercion_sim.report import background, sentences, sweep, tables
from coercion_sim.report.contents import Facts, Page, Picture, Section, Table, gather, limit_section
from coercion_sim.scenario import list_scenarios
from coercion_sim.wording import ABOUT_NOTHING, MATERIAL_PCT_GDP, capital, count, policy_label, spaced, tied

#: Kinds of a report on one point, and on a sweep, in its order.
OF_ONE_POINT = ("distributions", "differences", *OF_A_COMPARISON, "integration")
OF_A_SWEEP = ("distributions", "deterrence_map", *OF_ANALYSIS)
#: Outcomes drawn one by one from results.
MOST_OUTCOMES = 2
#: Bytes beyond which a figure is embedded as PNG instead of SVG, so that the page opens quickly.
MOST_BYTES = 600_000
_DPI = 150
#: Name of the file where none is given.
REPORT = "report.html"
#: Heading of the doubts below the findings.
DOUBTS = "What was not found, or is uncertain"


def write_report(
    results: Results, path: Path | None = None, outcomes: Sequence[str] = (), *, failing: str | None = None,
    answer_draws: int = 0, style: Style | None = None, progress: Progress | None = None,
) -> Path:  # fmt: skip
    """Write the report of an experiment and return its path.

    Parameters
    ----------
    path
        File to write; None for ``report.html`` in the folder of the results. It is written whole or not at all.
    outcomes, failing, answer_draws
        As in `gather`.
    style
        Laid over the house style of its figures; see `figures.write_figures`.

    Raises
    ------
    InvalidInput
        For an unknown outcome, and for a path that is a device or one of the files of the results.
    ResultsError
        Where the results are unfinished, without a finished run, or do not fit their manifest.
    """
    where = Path(path) if path is not None else (results.folder or Path()) / REPORT
    _must_be_free(results, where)
    html = report_html(results, outcomes, failing=failing, answer_draws=answer_draws, style=style, progress=progress)
    where.parent.mkdir(parents=True, exist_ok=True)
    write_text(where, html)
    return where


def _must_be_free(results: Results, where: Path) -> None:
    """Refuse a path that would replace something else: a device, a table, the manifest."""
    allowed = "a file of its own, such as report.html"
    if where.exists() and not where.is_file():
        raise InvalidInput(Problem("not a file that can be replaced", key="--out", found=str(where), allowed=allowed))
    names = ("manifest.json", *results.manifest["files"]) if results.folder is not None else ()
    if where.resolve() in {((results.folder or Path()) / name).resolve() for name in names}:
        raise InvalidInput(Problem("a file of the results", key="--out", found=str(where), allowed=allowed))


def report_html(
    results: Results, outcomes: Sequence[str] = (), *, failing: str | None = None, answer_draws: int = 0,
    style: Style | None = None, progress: Progress | None = None,
) -> str:  # fmt: skip
    """Return the page as text: a function of the results and the arguments alone."""
    facts = gather(results, outcomes, failing=failing, answer_draws=answer_draws, progress=progress)
    return render(page_of(facts, style))


def render(page: Page) -> str:
    """Fill the template; every text is escaped, pictures and the style sheet are embedded."""
    environment = Environment(
        loader=PackageLoader("coercion_sim.report", "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters["tied"] = tied
    style = (files("coercion_sim.report") / "report.css").read_text("utf-8")
    return environment.get_template("page.html.j2").render(page=page, style=style)


def drawings(facts: Facts) -> Iterator[tuple[str, Any]]:
    """Every figure these results may fill, by name, not yet drawn."""
    outcomes = facts.outcomes if facts.analysis is None else facts.analysis.outcomes
    for kind in OF_A_SWEEP if facts.comparison is None else OF_ONE_POINT:
        request = Request(tuple(o for o in outcomes if o in KINDS[kind].outcomes))
        try:
            if KINDS[kind].of_analysis and facts.analysis is not None:
                yield from figures_of(facts.analysis, kind, Request())
            else:
                yield from islice(figures_of(facts.results, kind, request), MOST_OUTCOMES)
        except NothingToShow:
            continue


def pictures(facts: Facts, style: Style | None = None) -> tuple[Picture, ...]:
    """Draw every figure twice, for a page and for a phone; figures without data are left out."""
    drawn = []
    with house(style):
        for name, draw in drawings(facts):
            try:
                wide, narrow = draw(width=FULL_WIDTH), draw(width=COLUMN_WIDTH)
            except NothingToShow:
                continue
            kind, _, outcome = name.partition("-")
            label = capital(spaced(kind)) + (f": {label_of(outcome)}" if outcome else "")
            # For screen readers: title, key numbers and caption on one line.
            texts = [" ".join(text.get_text().split()) for part in wide.subfigs for text in part.texts]
            alt = " ".join(text if text.endswith((".", "!", "?")) else f"{text}." for text in texts if text)
            drawn.append(Picture(label, alt or label, _data_uri(wide), _data_uri(narrow)))
    return tuple(drawn)


def _data_uri(figure: Any) -> str:
    """Picture as a data URI: SVG, or PNG where that would be very large."""
    settle(figure)
    drawn, form = picture(figure, "svg"), "svg+xml"
    if len(drawn) > MOST_BYTES:
        drawn, form = picture(figure, "png", dpi=_DPI), "png"
    return f"data:image/{form};base64,{base64.b64encode(drawn).decode('ascii')}"


def page_of(facts: Facts, style: Style | None = None) -> Page:
    """Put the sections of a report in order."""
    m, results = facts.manifest, facts.results
    scenario = m["scenario"]["name"]
    made_from = f"Sweep {m['name']}, scenario {scenario}. " if m.get("name") else f"Scenario {scenario}. "
    made_from += f"{count(sum(m['counts'].values()), 'run')}: {count(len(results.policies), 'policy', 'policies')} in "
    made_from += f"the same {count(results.replicates, 'draw')}"
    made_from += f" at {count(results.points, 'point')}" if results.points > 1 else ""
    question = str(m.get("question") or facts.source.get("question") or "")
    return Page(str(m["scenario"].get("title") or scenario), question, f"{made_from}.", _sections(facts, style))


def _sections(facts: Facts, style: Style | None) -> tuple[Section, ...]:
    figures = Section("figures", "Figures", pictures=pictures(facts, style))
    middle = (background.scenario_section(facts), background.policy_section(facts))
    end = (background.failure_section(facts), limit_section(), background.provenance_section(facts))
    if facts.comparison is not None:
        top = _findings(facts, facts.comparison)
        return (*_answer(facts), top, *middle, figures, *_compared(facts, facts.comparison), *end)
    assert facts.analysis is not None
    answer = facts.analysis
    doubts = Section("uncertain", DOUBTS, points=sweep.uncertain(facts, answer))
    top = Section("found", "What was found", points=sweep.findings(answer), parts=(doubts,))
    outcomes = Section("outcomes", "Outcomes", tables=(*sweep.outcome_tables(answer), tables.dictionary_table(facts)))
    return (
        top, *middle, sweep.design_section(answer), figures, outcomes, *sweep.question_sections(facts, answer), *end,
    )  # fmt: skip


def _answer(facts: Facts) -> tuple[Section, ...]:
    """The first screen of `coercion-sim answer`: its sentences and its table; none without an answer."""
    a = facts.answer
    if a is None:
        return ()
    unsolved = f", {a.unsolved} more without an equilibrium" if a.unsolved else ""
    words = (
        "States choose here: every draw of the uncertain numbers is one exact game for each policy, without luck:"
        f" {count(a.draws, 'draw')}{unsolved}. Differences are from {policy_label(a.policies[0])}, draw by draw;"
        f" {rests_on(a.draws, 'draw')}."
    )
    points = tuple(f"{head}: {text}" for head, text in (*first_screen(a).items(), ("How sure", how_sure(a))))
    rows = tuple(map(tuple, policy_rows(a)))
    table = Table("Policies in one dispute", ("Policy", *HEADINGS[1:]), rows, note=how_to_read())
    draws, seed = a.draws + a.unsolved, facts.manifest["design"]["seed"]
    policies = "".join(f" --policy {policy}" for policy in a.policies)
    file = facts.manifest["scenario"]["source"]["file"]
    scenario = a.scenario if a.scenario in list_scenarios() else shlex.quote(Path(file).name)
    command = f"coercion-sim answer {scenario} --draws {draws} --seed {seed}{policies}"
    return (Section("answer", "The answer", (words,), points, (table,), commands=(command,)),)


def _findings(facts: Facts, comparison: Comparison) -> Section:
    doubts = Section("uncertain", DOUBTS, points=sentences.uncertain(facts, comparison))
    brackets = (
        f"Numbers are means over draws. Brackets hold the {RANGE_OVER_DRAWS}; behind a change from another policy,"
        f" the {INTERVAL_OF_MEAN}. Less than {MATERIAL_PCT_GDP} % of GDP is {ABOUT_NOTHING}."
    )
    words = (brackets,) if facts.results.replicates > 1 else ()
    return Section("found", "What was found", words, points=sentences.findings(facts, comparison), parts=(doubts,))


def _compared(facts: Facts, comparison: Comparison) -> tuple[Section, ...]:
    outcomes = (*tables.outcome_tables(facts, comparison), tables.dictionary_table(facts))
    diverted, rates = tables.diverted_table(facts, comparison), tables.rate_tables(facts.rates)
    bearing = (*tables.bearing_tables(facts, comparison), *((diverted,) if diverted is not None else ()))
    sections = (
        Section("outcomes", "Outcomes", tables=outcomes),
        Section("disputes", "Disputes", tables=rates),
        Section("bearing", "Losses and burdens by state", tables=bearing),
    )
    return sections if rates else (sections[0], sections[2])
