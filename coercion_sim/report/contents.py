"""Contents of a report: facts gathered from results, and the sections, tables and pictures they are written into."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.resources import files
from typing import Any

from coercion_sim.analysis import (
    Analysis,
    Answer,
    BaseRates,
    Comparison,
    MissingPackage,
    analyse,
    answer,
    base_rates,
    check_outcomes,
    compare_policies,
    payers,
)
from coercion_sim.errors import InvalidInput, ResultsError
from coercion_sim.experiments import Progress, Results, job_of
from coercion_sim.figures import state_name
from coercion_sim.outcomes import OUTCOMES
from coercion_sim.wording import policy_label

#: Tables that a comparison of policies reads; a sweep may have kept fewer.
_COMPARED = ("states", "sectors", "quarters", "disputes")


@dataclass(frozen=True)
class Failure:
    """A run that failed, and its error."""

    point: int
    policy: str
    replicate: int
    error: str


@dataclass(frozen=True, eq=False)
class Facts:
    """Source of every statement of a report.

    Attributes
    ----------
    results
        As opened.
    comparison
        Policies compared; None for a sweep of several points, or one that kept too few tables.
    analysis
        Questions put to a sweep; None with a comparison.
    outcomes
        Outcomes named by the reader, or those of the scenario's report; empty for all that differ between runs.
    same
        Outcomes of a sweep left out because they are one number in every run; none where the reader names the outcomes.
    rates
        Rates of disputes, where states choose and the design has one point.
    failures
        Runs that failed.
    missing
        Questions without an answer, for want of a package or of a dispute, in the words of the error.
    answer
        The scenario's question answered exactly; None where it was not asked, or its dispute cannot be set up again.
    """

    results: Results
    comparison: Comparison | None
    analysis: Analysis | None
    outcomes: tuple[str, ...]
    same: tuple[str, ...]
    rates: tuple[BaseRates, ...]
    failures: tuple[Failure, ...]
    missing: tuple[str, ...]
    answer: Answer | None = None

    @property
    def manifest(self) -> Mapping[str, Any]:
        """Manifest of the results."""
        return self.results.manifest

    @cached_property
    def source(self) -> Mapping[str, Any]:
        """The scenario's file as data; empty where the manifest does not hold it."""
        return (self.manifest["scenario"].get("source") or {}).get("data") or {}

    @property
    def content(self) -> Mapping[str, Any]:
        """Part of the scenario that decides numbers."""
        return self.manifest["scenario"].get("content") or {}

    @property
    def strategic(self) -> bool:
        """Whether states choose."""
        return bool(self.content.get("conduct") == "strategic")

    @cached_property
    def allies(self) -> tuple[str, ...]:
        """States that bear a burden or pay help in any run; none without a comparison."""
        return payers(self.results) if self.comparison is not None else ()

    def name(self, state: str) -> str:
        """Name of a state, or of an actor that the world does not hold."""
        outside = (self.content.get("actors") or {}).get("outside") or ()
        named = {actor["code"]: actor.get("name") for actor in outside}
        return str(named.get(state) or state_name(self.results, state))


def gather(
    results: Results, outcomes: Sequence[str] = (), *, failing: str | None = None, answer_draws: int = 0,
    progress: Progress | None = None,
) -> Facts:  # fmt: skip
    """Read results and answer the questions they allow.

    Parameters
    ----------
    outcomes
        Names of the table `outcomes`; none for those of the scenario's report, else all that differ between runs.
    failing
        Condition of a miss, for sweeps: see `analysis.analyse`.
    answer_draws
        Draws of the answer to the scenario's question, of results with one point; 0 for no answer.

    Raises
    ------
    InvalidInput
        For an unknown outcome; names the nearest.
    ResultsError
        Where the experiment was interrupted, every run failed, or tables do not fit the manifest.
    """
    check_outcomes(outcomes, "--outcome")
    _refuse(results)
    reported = (results.manifest.get("report") or {}).get("outcomes") or ()
    chosen = tuple(dict.fromkeys(outcomes)) or tuple(n for n in reported if n in {c.name for c in OUTCOMES})
    if results.points == 1 and set(_COMPARED) <= set(results.tables) and failing is None:
        rates = base_rates(results)
        exact, why = _answer(results, answer_draws, progress) if answer_draws else (None, ())
        return Facts(results, compare_policies(results), None, chosen, (), rates, _failures(results), why, exact)
    analysis, missing = _analysed(results, chosen, failing, progress)
    same = () if outcomes else tuple(name for name in analysis.outcomes if one_number(analysis, name))
    analysis = _without(analysis, same)
    return Facts(results, None, analysis, analysis.outcomes, same, (), _failures(results), missing)


def _answer(results: Results, draws: int, progress: Progress | None) -> tuple[Answer | None, tuple[str, ...]]:
    """Answer by the scenario stored with the results, or the reason why it is missing."""
    try:
        job = job_of(results)
        return answer(job.scenario, results.policies, draws=draws, seed=job.design.seed, progress=progress), ()
    except InvalidInput as error:
        return None, (f"the exact answer: {error}",)
    except ResultsError:
        return None, ("the exact answer: the world, or policies from files, cannot be read again",)


def one_number(analysis: Analysis, outcome: str) -> bool:
    """Whether an outcome is the same in every run of a sweep."""
    return len({q.value for q in analysis.distribution if q.outcome == outcome}) <= 1


def _without(analysis: Analysis, same: Sequence[str]) -> Analysis:
    """Analysis of a sweep without outcomes that are one number; all stay if all are."""
    kept = tuple(name for name in analysis.outcomes if name not in same)
    regret = tuple(row for row in analysis.regret if row.outcome in kept)
    return replace(analysis, outcomes=kept, regret=regret) if kept else analysis


def _refuse(results: Results) -> None:
    """Refuse results that a report would misrepresent."""
    where = f"{results.folder}: " if results.folder else ""
    if not results.complete:
        raise ResultsError(f"{where}interrupted before every run was done; run the same command again to finish it")
    if results.manifest["counts"]["ok"] == 0:
        errors = [e for e in results.table("runs").column("error").to_pylist() if e]
        raise ResultsError(f"{where}every run failed; the first error: {errors[0] if errors else 'unknown'}")


def _analysed(
    results: Results, outcomes: Sequence[str], failing: str | None, progress: Progress | None
) -> tuple[Analysis, tuple[str, ...]]:
    """Analysis of a sweep, without sensitivity indices where SALib is not installed, and the note on that."""
    try:
        return analyse(results, outcomes or None, failing=failing, progress=progress), ()
    except MissingPackage as error:
        analysis = analyse(results, outcomes or None, failing=failing, indices=False, progress=progress)
        return analysis, (str(error),)


def _failures(results: Results) -> tuple[Failure, ...]:
    """Failed runs in the order of the table."""
    if not results.failed:
        return ()
    runs = results.table("runs", ["point", "policy", "replicate", "status", "error"]).to_pylist()
    return tuple(
        Failure(int(run["point"] or 0), run["policy"], int(run["replicate"]), run["error"] or "")
        for run in runs
        if run["status"] == "failed"
    )


# ------------------------------------------------------------------ parts of a page, all as text not yet escaped


@dataclass(frozen=True)
class Table:
    """One table.

    Attributes
    ----------
    caption
        Content; unique on the page, because it names the box in which the table scrolls.
    head, rows
        Texts of the cells. The first cell of a row is its heading.
    prose
        Positions of columns with sentences; all others but the first hold numbers.
    note
        Line below.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    prose: tuple[int, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Picture:
    """One figure, drawn for a page and for a phone, as data URIs, with its name and its text for screen readers."""

    label: str
    alt: str
    wide: str
    narrow: str


@dataclass(frozen=True)
class Section:
    """One section.

    Attributes
    ----------
    key
        Anchor.
    heading
        Of the section; `parts` have headings one level down.
    words, points
        Paragraphs, then a list.
    commands
        Command lines.
    """

    key: str
    heading: str
    words: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()
    commands: tuple[str, ...] = ()
    parts: tuple[Section, ...] = ()


@dataclass(frozen=True)
class Page:
    """A report: title and question, one line on the run, and the sections."""

    title: str
    question: str
    made_from: str
    sections: tuple[Section, ...]


def quoted(policy: str) -> str:
    """Policy in a sentence: ``“respond as allies”``."""
    return f"“{policy_label(policy)}”"


@dataclass(frozen=True)
class Limit:
    """One limit of the model: an anchor, a heading, and its meaning for a reader."""

    key: str
    heading: str
    text: str


def limits() -> tuple[Limit, ...]:
    """All limits, in the order in which reports print them."""
    text = (files("coercion_sim.report") / "limits.toml").read_text("utf-8")
    return tuple(Limit(**entry) for entry in tomllib.loads(text)["limit"])


def limit_section() -> Section:
    """Limits of the model."""
    parts = tuple(Section(f"limit-{each.key}", each.heading, (each.text,)) for each in limits())
    return Section("limits", "Limits of the model", parts=parts)
