"""Trees and beliefs of disputes written by hand: rows, chances and lines follow from the numbers given."""

from __future__ import annotations

import sys
from dataclasses import replace
from math import isnan, nan
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from coercion_sim.analysis import BeliefPath, CourseTree, NoGame
from coercion_sim.dispute import Branch
from coercion_sim.experiments import Results
from coercion_sim.figures import COLUMN_WIDTH, NothingToShow, game_tree
from coercion_sim.figures.beliefs import MOST_DISPUTES, belief_course
from coercion_sim.figures.game_tree import likeliest
from coercion_sim.figures.tree_rows import Step, courses, steps_of, tree_rows
from support.figures import check_text, close, drawn, numbers_in, panels, words_of


def helps(label: str, chance: float, then: tuple[Branch, ...]) -> Branch:
    return Branch("help", "USA", label, chance, 0.0, then)


def ends(**chances: float) -> tuple[Branch, ...]:
    return tuple(Branch("end", "", label, p, nan, (), True) for label, p in chances.items())


def tree(**changes: Any) -> CourseTree:
    """China presses in three of four cases; Australia concedes to half of it; two allies' kinds of answers."""
    allies = (
        helps("none", 0.5, ends(conceded=0.6, lifted=0.4)),
        helps("absorb", 0.3, ends(lifted=1.0)),
        helps("retaliate", 0.2, ends(settled=0.25, unended=0.75)),
    )
    answers = (
        Branch("answer", "AUS", "concede", 0.5, -0.1, (), True),
        Branch("answer", "AUS", "resist", 0.5, -0.2, (
            Branch("impose", "CHN", "impose", 0.8, 0.05, allies),
            Branch("impose", "CHN", "back down", 0.2, -0.01, (), True),
        )),
    )  # fmt: skip
    package = (Branch("package", "CHN", "coal_wine", 1.0, 0.1, answers),)
    root = Branch("demand", "", "", 1.0, nan, (
        Branch("press", "CHN", "press", 0.75, 0.1, package),
        Branch("press", "CHN", "do not press", 0.25, 0.0, (), True),
    ))  # fmt: skip
    played = ("press", "coal_wine", "resist", "impose", "none", "lifted")
    made = CourseTree("CHN", "AUS", "2020Q3", "2022Q4", root, played, True, False, 0.4, 0.6, True)
    return replace(made, **changes)


def every_step(steps: tuple[Step, ...]) -> list[Step]:
    """Every step, each before those below it."""
    return [s for step in steps for s in (step, *every_step(step.then))]


def flat(steps: tuple[Step, ...]) -> dict[str, Step]:
    """Every step by its text."""
    return {s.text: s for s in every_step(steps)}


@pytest.mark.parametrize(("label", "says"), [("lapsed", "The dispute lapses"), ("unended", "Still in force in 2022Q4")])
def test_what_lapses_is_not_in_force(label: str, says: str, small: Results) -> None:
    resisted = Branch("impose", "CHN", "impose", 1.0, 0.05, (helps("none", 1.0, ends(**{label: 1.0})),))
    answer = Branch("answer", "AUS", "resist", 1.0, -0.2, (resisted,))
    package = Branch("package", "CHN", "coal_wine", 1.0, 0.1, (answer,))
    root = Branch("demand", "", "", 1.0, nan, (Branch("press", "CHN", "press", 1.0, 0.1, (package,)),))
    assert says in flat(steps_of(small, tree(root=root, played=("press",))))


def test_moves_are_written_with_their_states_and_the_course_of_the_run_is_followed(small: Results) -> None:
    every = flat(steps_of(small, tree()))
    assert {"China presses", "China does not press", "Australia concedes", "China imposes it"} <= set(every)
    assert [s.text for s in every_step(steps_of(small, tree())) if s.played] == [
        "China presses", "Package: coal wine", "Australia resists", "China imposes it", "No ally helps", "China lifts",
    ]  # fmt: skip
    assert {every[t].part for t in ("China presses", "China imposes it")} == {"coercer"}
    assert every["Australia resists"].part == "target"
    assert not any(s.played for s in every_step(steps_of(small, tree(played=()))))


def test_answers_of_allies_are_three_kinds_whose_ends_are_means(small: Results) -> None:
    imposed = flat(steps_of(small, tree()))["China imposes it"]
    assert {s.text: s.chance for s in imposed.then} == pytest.approx(
        {"No ally helps": 0.5, "Allies help the target": 0.3, "Allies strike back": 0.2}
    )
    strike = imposed.then[2]
    assert {s.text: s.chance for s in strike.then} == pytest.approx(
        {"Both settle": 0.25, "Still in force in 2022Q4": 0.75}
    )
    assert all(isnan(s.worth) and s.over for s in strike.then)


def test_answers_not_followed_are_the_rest_of_their_kind(small: Results) -> None:
    allies = (helps("none", 0.6, ends(lifted=1.0)), helps("none", 0.4, ()))
    short = Branch("impose", "CHN", "impose", 1.0, 0.0, allies)
    (imposed,) = steps_of(small, tree(root=Branch("demand", "", "", 1.0, nan, (short,)), played=()))
    (kind,) = imposed.then
    assert {s.text: s.chance for s in kind.then} == pytest.approx(
        {"China lifts": 0.6, "After rarer responses, not followed": 0.4}
    )
    assert [s.over for s in kind.then] == [True, False]


def test_whole_courses_have_all_the_probability(small: Results) -> None:
    every = list(courses(steps_of(small, tree())))
    assert sum(p for p, _ in every) == pytest.approx(1.0)
    assert {words: p for p, words in every}[("China does not press",)] == 0.25
    line = likeliest(steps_of(small, tree()))
    assert "Australia concedes" in line
    assert close(line.partition(")")[0], 37.5)


def test_where_no_pressure_is_likeliest_the_likeliest_pressure_is_named_too(small: Results) -> None:
    press, rest = tree().root.then
    calm = replace(tree().root, then=(replace(press, probability=0.1), replace(rest, probability=0.9)))
    first, second = likeliest(steps_of(small, tree(root=calm))).split(". ")
    assert "does not press" in first
    assert close(first, 90.0)
    assert close(second, 50.0)
    assert "concedes" in second


@given(st.floats(0.001, 0.5), st.integers(5, 40))
def test_rows_keep_the_chance_of_every_level(least: float, most: int) -> None:
    steps = tuple(
        Step(f"s{i}", "", "coercer", p, 0.0, then=tuple(
            Step(f"s{i}{j}", "", "target", q, 0.0, over=True) for j, q in enumerate((0.7, 0.2, 0.06, 0.04))
        ))
        for i, p in enumerate((0.6, 0.3, 0.1))
    )  # fmt: skip
    rows, bound = tree_rows(steps, least, most)
    assert bound >= least
    assert len(rows) <= most
    for at, row in enumerate(rows):
        below = [r for r in rows if r.parent == at]
        if below:
            assert sum(r.step.chance for r in below) == pytest.approx(1.0)
            assert sum(r.reach for r in below) == pytest.approx(row.reach)
            assert {r.depth for r in below} == {row.depth + 1}


def test_the_figure_is_of_the_tree_of_its_run(small: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[Any, ...]] = []
    monkeypatch.setattr(
        sys.modules[game_tree.__module__], "course_tree", lambda *given: calls.append(given[1:]) or tree()
    )
    figure = drawn(game_tree, small, policy="respond_as_allies", replicate=2)
    assert calls == [("respond_as_allies", 2, 0)]
    words = words_of(figure)
    assert words.title == "Game tree of China's dispute with Australia, 2020Q3"
    assert "China firm, Australia irresolute" in words.caption
    assert "0.400 that Australia is resolved" in words.caption
    check_text(figure)
    monkeypatch.setattr(sys.modules[game_tree.__module__], "course_tree", lambda *given: tree(same_code=False))
    other = words_of(drawn(game_tree, small, policy="stand_alone", replicate=1)).caption
    assert len(other) > len(words.caption)

    def none(*given: Any) -> CourseTree:
        raise NoGame("no dispute began with a demand")

    monkeypatch.setattr(sys.modules[game_tree.__module__], "course_tree", none)
    with pytest.raises(NothingToShow, match="no dispute began with a demand"):
        game_tree(small, replicate=0)


# ------------------------------------------------------------------ beliefs in one run


def path(first: int, quarters: int, **changes: Any) -> BeliefPath:
    steps = tuple(range(first, first + quarters))
    mu = tuple(np.linspace(0.4, 0.9, quarters + 1))
    made = BeliefPath("CHN", "AUS", steps, mu, tuple(1.0 - m for m in mu), True, False, True, "lifted", True)
    return replace(made, **changes)


def course(monkeypatch: pytest.MonkeyPatch, results: Results, *paths: BeliefPath, **options: Any) -> Figure:
    monkeypatch.setattr(sys.modules[belief_course.__module__], "belief_paths", lambda *given: paths)
    return drawn(belief_course, results, policy="stand_alone", replicate=len(paths), **options)


def test_both_beliefs_of_every_dispute_with_pressure_are_drawn(small: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    calm = path(0, 1, pressed=False)
    figure = course(monkeypatch, small, calm, path(2, 3), path(6, 4, target="USA", ending="conceded"))
    resolved, firm = panels(figure)
    for ax, name in ((resolved, "target_resolved"), (firm, "coercer_firm")):
        lines = [line for line in ax.lines if len(line.get_xdata()) > 2]
        assert [list(line.get_ydata()) for line in lines] == [
            pytest.approx(getattr(p, name)) for p in (path(2, 3), path(6, 4))
        ]
    words = words_of(figure)
    assert "China on United States" in words.numbers  # the longest
    assert numbers_in(words.numbers) == pytest.approx([0.4, 0.9, 0.6, 0.1])
    labels = [t.get_text() for t in figure.subfigs[0].legends[0].get_texts()]
    assert labels == ["CHN on AUS, 2020Q3: lifted (resolved, soft)", "CHN on USA, 2021Q3: conceded (resolved, soft)"]


def test_of_many_disputes_the_first_are_drawn_and_the_others_counted(
    small: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    figure = course(monkeypatch, small, *(path(i, 2) for i in range(MOST_DISPUTES + 2)), width=COLUMN_WIDTH)
    assert f"The first {MOST_DISPUTES} of {MOST_DISPUTES + 2} disputes." in words_of(figure).caption
    upper, lower = panels(figure)
    assert len([line for line in upper.lines if len(line.get_xdata()) == 3]) == MOST_DISPUTES
    assert upper.get_ylim() == lower.get_ylim() == (-0.03, 1.03)


def test_a_run_without_pressure_has_no_course(small: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NothingToShow, match="no coercer pressed in replicate 1"):
        course(monkeypatch, small, path(0, 1, pressed=False))
