"""The counts of `tests.ways`."""

from __future__ import annotations

from pathlib import Path

from tests.ways import lines_by_room


def test_tests_of_a_page_count_for_the_room_that_makes_it(tmp_path: Path) -> None:
    for path, lines in {
        "app/test_a.py": 3,
        "browser/test_app_page.py": 4,
        "browser/conftest.py": 5,
        "test_b.py": 6,
    }.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("x = 1\n" * lines, "utf-8")
    assert lines_by_room(tmp_path) == {"app": 7, "browser": 5, "test_b": 6}
