"""Named errors: what a problem says, the exit code of each family, and the trip between processes."""

from __future__ import annotations

import pickle
import warnings

import pytest

from coercion_sim import errors
from coercion_sim.errors import MOST_LISTED, InvalidInput, Problem, WorldError, nearest, note_warning, unlisted

CODES = {
    "CoercionSimError": 1,
    "InvalidInput": 3,
    "WorldError": 3,
    "MeasureError": 3,
    "ScenarioError": 3,
    "GameError": 3,
    "NothingToPressWith": 3,
    "NoSupplierError": 3,
    "ConvergenceError": 4,
    "InfeasibleError": 4,
    "NoRoomError": 4,
    "ResultsError": 5,
}


@pytest.mark.parametrize(("name", "code"), CODES.items())
def test_every_error_has_the_exit_code_of_its_family(name: str, code: int) -> None:
    kind = getattr(errors, name)
    assert kind.exit_code == code
    assert issubclass(kind, errors.CoercionSimError)
    assert issubclass(kind, InvalidInput) == (code == 3)


def test_no_error_is_left_out() -> None:
    kinds = {name for name, x in vars(errors).items() if isinstance(x, type) and issubclass(x, Exception)}
    assert kinds == set(CODES)


def test_every_part_of_a_problem_has_an_end() -> None:
    long = "x" * 10**6
    assert len(str(Problem(long, "file", 1, long, long, long, long))) < 11_000
    assert "x... (1,000,000 characters)" in str(Problem("unknown", allowed=long))
    assert str(Problem("unknown", allowed=long[:2000])).endswith("x" * 2000)


def test_a_problem_is_one_line_with_place_key_value_rule_and_suggestion() -> None:
    problem = Problem("out of range", "a.toml", 3, "x.y", "7", "0 to 1", "0.7")
    text = str(problem)
    assert text.startswith("a.toml:3: x.y: out of range")
    for part in ("7", "0 to 1", "0.7"):
        assert part in text
    assert str(Problem("plain")) == "plain"
    assert str(Problem("no line", file="a.toml")) == "a.toml: no line"


def test_problems_survive_the_trip_between_processes() -> None:
    error = errors.ScenarioError([Problem("one", key="a"), Problem("two", line=4)])
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is errors.ScenarioError
    assert again.problems == error.problems
    assert str(again).count("\n") == 1
    assert InvalidInput("text").problems == (Problem("text"),)


@pytest.mark.parametrize(("word", "near"), [("austrlia", "Australia"), ("CHINA", "china"), ("zzz", None), ("", None)])
def test_the_nearest_word_ignores_case_and_gives_up_where_none_is_close(word: str, near: str | None) -> None:
    assert nearest(word, ("Australia", "china", "Korea")) == near


def test_of_two_words_as_close_the_one_that_begins_alike_is_offered() -> None:
    assert nearest("AUX", ("AUS", "SAU")) == nearest("AUX", ("SAU", "AUS")) == "AUS"


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem("bad", line=7), "7: bad"),
        (Problem("bad", file="a.toml", key="x"), "a.toml: x: bad"),
        (Problem("bad", found=""), "bad; found "),
        (Problem("bad", allowed="1 to 2", suggestion="1"), "bad; allowed: 1 to 2; did you mean 1?"),
        (Problem("bad", severity="warning"), "bad"),
    ],
)
def test_parts_that_are_not_known_leave_no_trace(problem: Problem, text: str) -> None:
    assert str(problem) == text


def test_an_error_lists_every_problem_in_order_and_one_alone_is_a_list() -> None:
    one, two = Problem("one", "a.toml", 1), Problem("two", "a.toml", 2)
    assert InvalidInput(one).problems == (one,)
    assert InvalidInput(p for p in (one, two)).problems == (one, two)
    assert str(InvalidInput((one, two))).splitlines() == [str(one), str(two)]
    assert InvalidInput([]).problems == ()


def test_of_many_problems_the_first_are_listed_and_all_survive_the_trip_between_processes() -> None:
    many = [Problem(f"fault {n}", "a.toml", n) for n in range(MOST_LISTED + 3)]
    error = pickle.loads(pickle.dumps(WorldError(many)))
    assert isinstance(error, WorldError)
    assert error.problems == tuple(many)
    assert str(error).splitlines() == [*map(str, many[:MOST_LISTED]), "and 3 more"]
    assert not str(WorldError(many[:MOST_LISTED])).endswith("more")


def test_problems_are_refused_together_and_none_is_no_error() -> None:
    InvalidInput.refuse([])
    with pytest.raises(WorldError) as caught:
        WorldError.refuse(Problem(text) for text in ("one", "two"))
    assert [p.message for p in caught.value.problems] == ["one", "two"]


def test_the_nearest_word_may_come_from_an_iterator_and_keeps_its_case() -> None:
    assert nearest("rel_income", (name for name in ("real_income", "help_total"))) == "real_income"
    assert nearest("COAL", ["Coal", "wine"]) == "Coal"
    assert nearest("coal", []) is None


def test_names_that_are_not_known_are_one_problem_each_with_the_nearest() -> None:
    known = ("alpha", "beta")
    (problem,) = unlisted("no such letter", ["alpha", "betta"], known, "--letter")
    assert (problem.found, problem.allowed, problem.suggestion) == ("'betta'", "alpha, beta", "beta")
    assert problem.key == "--letter"
    assert unlisted("no such letter", known, iter(known)) == []
    assert unlisted("no such letter", ["x"], ())[0].allowed == "none"


def test_a_warning_is_a_note_of_80_columns_without_the_file_that_gave_it(capsys: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = note_warning
        warnings.warn("effects are solved for every draw " * 5, stacklevel=1)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("note: effects are solved")
    assert len(lines) == 3
    assert max(map(len, lines)) <= 80
    assert "test_errors" not in "".join(lines)
