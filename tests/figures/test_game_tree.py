"""The game tree: its chances are those of the run's own decisions, its rows add up, and it fits the page."""

from __future__ import annotations

import pytest
from matplotlib.axes import Axes

from coercion_sim import figures as views
from coercion_sim.analysis import CourseTree, course_tree, run_narrative
from coercion_sim.errors import InvalidInput
from coercion_sim.experiments import Results, open_results, simulate
from coercion_sim.figures import COLUMN_WIDTH, FULL_WIDTH
from coercion_sim.figures.game_tree import game_tree, likeliest
from coercion_sim.figures.tree_rows import MOST_ROWS, Step, courses, steps_of, tree_rows
from fakes.tiny import write_tiny
from support.figure_runs import ran, text
from support.figures import all_text, check_text
from support.figures import drawn as draw_once
from support.stores import payoff_tables_in_memory

pytestmark = pytest.mark.usefixtures("tables_in_memory")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """A dispute in every first quarter; that of replicate 1 comes to measures."""
    folder = tmp_path_factory.mktemp("tree")
    one = text(strategic=True, bloc=False, quarters=2).replace('["AUS", "JPN"]', '["AUS"]')
    path = write_tiny(folder, one.replace("rate = 0.5", 'rate = 1.0\ndraws = "fixed"'))
    with payoff_tables_in_memory():
        simulate(path, replicates=2, out=folder / "results")
    return open_results(next((folder / "results").rglob("manifest.json")).parent)


@pytest.fixture(scope="module")
def pressed(results: Results) -> tuple[str, int]:
    """A policy and replicate whose first dispute came to measures."""
    table = results.frame("disputes").groupby(["policy", "replicate"]).first()
    return next((str(p), int(k)) for (p, k), row in table.iterrows() if row.imposed)


def drawn(results: Results, width: float = FULL_WIDTH, **options: object):  # type: ignore[no-untyped-def]
    return draw_once(game_tree, results, width=width, **options)


def the_tree(results: Results, pressed: tuple[str, int]) -> CourseTree:
    return course_tree(results, *pressed)


def test_it_is_the_first_dispute_of_the_run_and_went_as_the_table_says(
    results: Results, pressed: tuple[str, int]
) -> None:
    tree = the_tree(results, pressed)
    row = results.frame("disputes").set_index(["policy", "replicate"]).loc[[pressed]].iloc[0]
    assert (tree.coercer, tree.target, tree.quarter) == (row.coercer, row.target, row.quarter)
    assert (int(tree.firm), int(tree.resolved)) == (row.firm, row.resolved)
    assert tree.played[:2] == ("press", row.package)
    assert tree.played[-1] == row.ending
    helped = [answer.split(" ")[1] for answer in row.answers.split(", ")]
    assert list(tree.played[4:-1]) == helped


def test_chances_along_the_run_are_those_of_its_story(results: Results, pressed: tuple[str, int]) -> None:
    """`run_narrative` plays the same run from the scenario file, and lists the odds of every decision."""
    narrative = run_narrative(results.manifest["scenario"]["source"]["file"], pressed[0], None, pressed[1])
    decisions = [d for d in narrative.disputes[0].decisions if d.quarter == narrative.disputes[0].quarter]
    at = the_tree(results, pressed).root
    for decision in decisions:
        assert {b.label: b.probability for b in at.then} == {o.label: o.probability for o in decision.options}
        at = next(b for b in at.then if b.label == decision.chosen)
    assert {b.move for b in at.then} == {"end"}


def test_rows_add_up_and_lead_from_row_to_row(results: Results, pressed: tuple[str, int]) -> None:
    steps = steps_of(results, the_tree(results, pressed))
    rows, bound = tree_rows(steps)
    assert len(rows) <= MOST_ROWS
    assert bound >= 0.02
    assert sum(r.step.chance for r in rows if r.depth == 0) == pytest.approx(1.0)
    for i, row in enumerate(rows):
        below = [r for r in rows if r.parent == i]
        if below:
            assert sum(r.step.chance for r in below) == pytest.approx(1.0, abs=1e-9)
            assert sum(r.reach for r in below) == pytest.approx(row.reach, abs=1e-9)
    played = [r for r in rows if r.step.played]
    assert [r.depth for r in played] == list(range(len(played)))  # one way down
    assert played[-1].step.over


def test_whole_courses_have_all_the_probability_but_what_is_cut_short(
    results: Results, pressed: tuple[str, int]
) -> None:
    steps = steps_of(results, the_tree(results, pressed))
    assert sum(chance for chance, _ in courses(steps)) == pytest.approx(1.0, abs=1e-9)


def test_a_full_page_takes_more_together() -> None:
    def step(name: str, chance: float, then: tuple[Step, ...] = ()) -> Step:
        return Step(name, name, "coercer", chance, 0.0, over=not then, then=then)

    many = tuple(step(f"end {i}", 0.05) for i in range(20))
    top = (step("not", 0.5), step("press", 0.5, tuple(step(f"p{k}", 0.25, many) for k in range(4))))
    rows, bound = tree_rows(top, least=0.01, most=20)
    assert len(rows) <= 20
    assert bound > 0.01
    assert all(row.text.endswith("…") for row in rows if row.depth == 1)
    everything, same = tree_rows(top, least=0.01, most=100)
    assert len(everything) == 2 + 4 + 80
    assert same == 0.01
    # Of four ends two are rare: they share a row, and keep their chance.
    few = (step("not", 0.5), step("press", 0.5, tuple(step(f"e{c}", c) for c in (0.6, 0.38, 0.012, 0.008))))
    rows, _ = tree_rows(few, least=0.02)
    assert [(r.text, round(r.step.chance, 9)) for r in rows if r.depth == 1] == [
        ("e0.6", 0.6), ("e0.38", 0.38), ("2 others", 0.02),
    ]  # fmt: skip


def test_numbers_on_the_page_are_those_of_the_rows(results: Results, pressed: tuple[str, int]) -> None:
    policy, replicate = pressed
    rows, _ = tree_rows(steps_of(results, the_tree(results, pressed)))
    (ax,) = drawn(results, policy=policy, replicate=replicate).findobj(Axes)
    words = [t.get_text() for t in ax.texts]
    for row in rows:
        at = words.index(row.text)
        assert words[at + 1] in (f"{100 * row.step.chance:.1f}", "<0.1", ">99.9")
        assert words[at + 2] in (f"{100 * row.reach:.1f}", "<0.1", ">99.9")
        words = words[at + 1 :]


def test_the_likeliest_course_is_named_with_its_probability(results: Results, pressed: tuple[str, int]) -> None:
    steps = steps_of(results, the_tree(results, pressed))
    chance, words = max(courses(steps))
    line = likeliest(steps)
    assert line.startswith(f"Likeliest course ({100 * chance:.0f} %): {', '.join(words)}.")
    if len(words) == 1:
        among = [course for course in courses(steps) if len(course[1]) > 1]
        best, then = max(among)
        assert f"({100 * best / sum(p for p, _ in among):.0f} % of that): {', '.join(then[1:])}." in line


@pytest.mark.parametrize("width", [COLUMN_WIDTH, FULL_WIDTH])
@pytest.mark.parametrize("policy", ["stand_alone", "respond_as_allies"])
def test_text_is_whole_and_says_what_it_is(results: Results, width: float, policy: str) -> None:
    figure = drawn(results, width, policy=policy, replicate=0)
    check_text(figure)
    words = all_text(figure)
    for piece in ("One run (replicate 0)", "n = 1, seed 11", "Branches reached in under", "beliefs of each moment"):
        assert piece in words
    assert figure.get_size_inches()[1] < 10.0


def test_where_there_is_no_game_there_is_nothing_to_show() -> None:
    with pytest.raises(views.NothingToShow, match="scripted"):
        game_tree(ran(strategic=False))


def test_what_is_not_there_is_refused(results: Results) -> None:
    with pytest.raises(InvalidInput, match="no such replicate"):
        game_tree(results, replicate=99)
