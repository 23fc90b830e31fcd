"""Tables fit their width: no row wraps, labels stay distinct, numbers are whole; a pipe gets one row a line."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.cli import tables
from coercion_sim.cli.app import run
from coercion_sim.cli.explain import ENDINGS
from coercion_sim.cli.tables import WIDE, entries, fit, fit_apart, paragraph, plain, table
from coercion_sim.dispute.game import Ending
from coercion_sim.wording import interval

NUMBERS = st.lists(st.tuples(*[st.integers(-(10**8), 10**8)] * 4), min_size=1, max_size=5)


def test_labels_that_differ_at_their_end_stay_different() -> None:
    labels = ["Other EU members in NATO", "Other EU members outside NATO", "Poland", "A long name that nobody shares"]
    assert fit_apart(labels, 17) == ["Other EU… in NATO", "Other EU…ide NATO", "Poland", "A long name that…"]


@given(st.lists(st.text(st.characters(codec="ascii"), max_size=30), max_size=6), st.integers(2, 40))
def test_no_label_is_wider_and_what_fits_is_untouched(labels: list[str], width: int) -> None:
    for label, short in zip(labels, fit_apart(labels, width), strict=True):
        assert len(short) <= width
        if len(label) <= width or sum(fit(other, width) == fit(label, width) for other in labels) == 1:
            assert short == fit(label, width)


@given(NUMBERS, st.integers(40, 140))
def test_a_table_fits_and_holds_every_number_whole(rows: list[tuple[int, ...]], width: int) -> None:
    written = [[f"policy_{n}" * 4, *map(str, row)] for n, row in enumerate(rows)]
    lines = table(["", "real income", "real GDP", "exports", "imports"], written, width=width)
    assert max(map(len, lines)) <= width
    words = " ".join(lines).split()
    assert all(words.count(str(x)) >= 1 for row in rows for x in row)


def test_columns_that_do_not_fit_follow_in_a_second_table_with_the_labels() -> None:
    lines = table(["", *"abcd"], [["one", *["1" * 12] * 4], ["two", *["2" * 12] * 4]], width=34)
    assert lines.count("") == 1
    assert [line.split()[0] for line in lines if line and line[0] in "ot"] == ["one", "two", "one", "two"]


def test_headings_break_before_labels_are_cut() -> None:
    rows = [["respond_as_allies", "1.0", "2.0"]]
    wide = table(["", "less stand_alone", "mean [95 %]"], rows, width=80)
    assert len(wide) == 2
    narrow = table(["", "less stand_alone", "mean [95 %]"], rows, width=44)
    assert len(narrow) == 3
    assert narrow[-1].split() == wide[-1].split()
    assert "[95 %]" in narrow[1]


def test_numbers_end_at_the_right_and_text_starts_at_the_left() -> None:
    lines = table(["name", "value"], [["a", "1"], ["bcd", "−12"]], indent="  ")
    assert lines == ["  name  value", "  a         1", "  bcd     -12"]


def test_without_rows_a_table_has_no_lines() -> None:
    assert table(["a"], []) == []
    assert entries([], ["a"]) == []


def test_entries_are_rows_in_a_pipe_and_paragraphs_on_a_terminal() -> None:
    rows = [{"key": "a", "unit": "%", "meaning": "word " * 20}, {"key": "longer", "unit": "", "meaning": "short"}]
    piped = entries(rows, ["key"], width=WIDE)
    assert len(piped) == 3
    assert piped[1].index("word") == piped[2].index("short")
    shown = entries(rows, ["key"], width=40)
    assert max(map(len, shown)) <= 40
    assert [line for line in shown if not line.startswith(" ")] == ["key", "a", "longer"]


def test_a_paragraph_is_at_most_a_hundred_columns_wide() -> None:
    assert max(map(len, paragraph("word " * 60))) <= 100
    narrow = paragraph("word " * 60, "  ", "    ", 40)
    assert max(map(len, narrow)) <= 40
    assert narrow[0].startswith("  w")
    assert all(line.startswith("    w") for line in narrow[1:])


def test_numbers_on_a_terminal_can_be_read_by_a_program() -> None:
    text = plain(interval(-0.5, -0.7, -0.3))
    assert [float(part.strip("[],")) for part in text.split()] == [-0.5, -0.7, -0.3]
    assert text.isascii()


def test_the_width_is_that_of_columns_or_the_terminal_and_unlimited_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert tables.screen_width() == WIDE  # pytest captures the output
    monkeypatch.setenv("COLUMNS", "93")
    assert tables.screen_width() == 93
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "71")
    assert tables.screen_width() == 71


def test_explain_has_words_for_every_ending() -> None:
    assert set(ENDINGS) == set(get_args(Ending))


def test_draws_of_one_run_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "australia-2020", "--draws", "3"]) == 2
    assert "--record" in capsys.readouterr().err
