"""The measurement of tests by mutants: which changes it makes, and that it tells a good test from none."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from tests import mutants
from tests.support import room_tests

SOURCE = '''
"""A docstring with 1 + 1."""
from __future__ import annotations

LIMIT: int = 3

def clip(x: float, most: float = 2.0) -> float:
    """Return x - 1."""
    if x < 0 and not x > most:
        raise ValueError(f"x is {x + 1}")
    return -x ** 2
'''


def test_every_kind_of_change_and_no_other() -> None:
    changes = {(SOURCE[m.start : m.end], m.after) for m in mutants.mutants_of(SOURCE, "clip.py")}
    assert changes == {
        ("3", "(4)"), ("2.0", "(4.0)"), ("0", "(1)"), ("2", "(3)"),
        ("x < 0", "(x <= 0)"), ("x < 0", "(x >= 0)"), ("x > most", "(x >= most)"), ("x > most", "(x <= most)"),
        ("x < 0 and not x > most", "(x < 0 or not x > most)"), ("not x > most", "(x > most)"),
        ("-x ** 2", "(x ** 2)"), ("x ** 2", "(x * 2)"), ("return -x ** 2", "return None"),
    }  # fmt: skip


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A package of one room with two functions, of which one is tested."""
    files = {
        "coercion_sim/__init__.py": "",
        "coercion_sim/economy/__init__.py": "",
        "coercion_sim/economy/sums.py": """
            def add(a, b):
                return a + b


            def twice(a):
                return a * 2
            """,
        "tests/economy/test_sums.py": """
            from coercion_sim.economy.sums import add, twice


            def test_add():
                assert add(2, 3) == 5


            def test_twice_is_called():
                twice(1)
            """,
        "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['.']",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(textwrap.dedent(text))
    return tmp_path


def test_tested_lines_are_told_from_lines_only_run(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    share = mutants.main(["--rooms", "economy"], root=repository)
    printed = capsys.readouterr().out
    assert "5 mutants in 2 files" in printed
    assert share == pytest.approx(2 / 5)  # `a + b` and `return` of add
    assert "survived: coercion_sim/economy/sums.py:7: a * 2  ->  (a / 2)" in printed
    assert "return a + b" in (repository / "coercion_sim/economy/sums.py").read_text()


def test_only_tests_that_run_the_line_are_met_the_quickest_first_and_within_the_seconds() -> None:
    mutant = next(iter(mutants.mutants_of("def one():\n    return (\n        1 + 1\n    )\n", "one.py")))
    assert (list(mutant.lines), mutant.inside) == ([2, 3, 4], True)
    tests = [mutants.Test("a", 1.0, {"one.py": [3]}), mutants.Test("b", 2.0, {"one.py": [1], "two.py": [3]})]
    tests += [mutants.Test("c", 3.0, {"one.py": [2]}), mutants.Test("d", 4.0, {"one.py": [2, 3]})]
    assert [test.name for test in mutants.tests_of(mutant, tests, 4.0)] == ["a", "c"]
    assert [test.name for test in mutants.tests_of(mutant, tests[3:], 0.5)] == ["d"]  # one at least
    assert mutants.tests_of(mutant, tests[1:2], 9.0) == []
    constant = next(iter(mutants.mutants_of("\n\n\n\nLIMIT = 3\n", "two.py")))
    assert [test.name for test in mutants.tests_of(constant, tests, 9.0)] == ["b"]  # that run any line of its file


def test_a_log_says_which_mutants_to_judge_again(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mutants.main(["--rooms", "economy"], root=repository)
    log, record = repository / "log", repository / "record.json"
    log.write_text(capsys.readouterr().out)
    better = (repository / "tests/economy/test_sums.py").read_text().replace("twice(1)", "assert twice(1) == 2")
    (repository / "tests/economy/test_sums.py").write_text(better)
    again = ["--rooms", "economy", "--again", str(log), "--record", str(record)]
    assert mutants.main(again, root=repository) == 1.0  # the three that survived
    assert capsys.readouterr().out.splitlines()[-2].split() == ["all", "3", "3", "0", "0"]
    before = record.read_text()
    mutants.main(again, root=repository)
    assert record.read_text() == before


@pytest.mark.slow
def test_tests_that_fail_anyway_are_left_out(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / "coercion_sim/economy/signs.py").write_text("def minus(a):\n    return -a\n")
    tests = repository / "tests/economy/test_signs.py"
    tests.write_text("from coercion_sim.economy.signs import minus\n\ndef test_minus():\n    assert minus(1) == 1\n")
    assert mutants.main(["--rooms", "economy"], root=repository) == pytest.approx(2 / 7)  # two of `minus` survive
    printed = capsys.readouterr().out
    assert "left out: tests/economy/test_signs.py::test_minus" in printed
    assert "not run: coercion_sim/economy/signs.py:2: -a  ->  (a)" in printed
    (repository / "tests/economy/test_sums.py").write_text("def test_add():\n    assert False\n")
    with pytest.raises(SystemExit, match="no mutant met tests"):
        mutants.main(["--rooms", "economy"], root=repository)


@pytest.mark.slow
def test_a_test_that_fails_after_others_kills_nothing(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In the order of the file it passes; quickest first it comes last, and fails with and without mutants."""
    tests = repository / "tests/economy/test_sums.py"
    slow = "SEEN = []\n\n\ndef test_alone():\n    assert not SEEN\n    [add(1, 1) for _ in range(30000)]\n"
    quick = "\n\ndef test_later():\n    SEEN.append(twice(1))\n    add(1, 1)\n"
    tests.write_text("from coercion_sim.economy.sums import add, twice\n\n" + slow + quick)
    assert mutants.main(["--rooms", "economy"], root=repository) == 0.0
    assert "left out: tests/economy/test_sums.py::test_alone, which does not pass" in capsys.readouterr().out


@pytest.mark.slow
def test_a_mutant_is_gone_when_the_next_one_is_judged(repository: Path) -> None:
    """Also the first, which is there when the tests are first asked for."""
    (repository / "coercion_sim/economy/signs.py").write_text("def minus(a):\n    return -a\n")
    tests = "from coercion_sim.economy.signs import minus\n\ndef test_minus():\n    assert minus(1) == -1\n"
    (repository / "tests/economy/test_signs.py").write_text(tests)
    drawn = mutants.draw(mutants.arguments_of(["--rooms", "economy"]), repository)
    minus, twice = (next(m for m in drawn if m.after == after) for after in ("(a)", "(a / 2)"))
    names = ("tests/economy/test_signs.py::test_minus", "tests/economy/test_sums.py::test_twice_is_called")
    both, asked = [mutants.Test(name, 0.1, {}) for name in names], mutants.Pytest(repository)
    assert asked.judge(minus, both) == "killed"
    assert asked.judge(twice, both) == "survived"
    asked.end()


@pytest.mark.slow
def test_a_test_that_does_not_end_is_ended(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tests = repository / "tests/economy/test_sums.py"
    tests.write_text(tests.read_text() + "\n\ndef test_ends():\n    while add(1, 1) != 2:\n        pass\n")
    with monkeypatch.context() as patch:
        patch.setattr(room_tests, "SPARE", 1)
        asked = mutants.Pytest(repository)
        mutant = next(
            m for m in mutants.draw(mutants.arguments_of(["--rooms", "economy"]), repository) if m.after == "(a - b)"
        )
        chosen = [mutants.Test("tests/economy/test_sums.py::test_ends", 0.1, {})]
        assert asked.judge(mutant, chosen) == "timed out"
        asked.end()
