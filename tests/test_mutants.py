"""The measurement of tests by mutants: which changes it makes, and that it tells a good test from none."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from tests import mutants

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


def test_a_file_whose_tests_fail_anyway_is_left_out(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / "coercion_sim/economy/signs.py").write_text("def minus(a):\n    return -a\n")
    tests = repository / "tests/economy/test_signs.py"
    tests.write_text("from coercion_sim.economy.signs import minus\n\ndef test_minus():\n    assert False\n")
    assert mutants.main(["--rooms", "economy"], root=repository) == pytest.approx(2 / 5)
    assert "left out: coercion_sim/economy/signs.py" in capsys.readouterr().out
    (repository / "tests/economy/test_sums.py").write_text("def test_add():\n    assert False\n")
    with pytest.raises(SystemExit, match="no mutant met tests"):
        mutants.main(["--rooms", "economy"], root=repository)
