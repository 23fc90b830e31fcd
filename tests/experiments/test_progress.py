"""Progress off a terminal: a line a tenth, but no burst of lines for work of a moment, and always the last."""

from __future__ import annotations

import sys

import pytest

from coercion_sim.experiments.engine import progress, sweeps


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands until it is moved."""
    at = [100.0]
    monkeypatch.setattr(progress.time, "perf_counter", lambda: at[0])
    return at


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


def test_work_of_a_moment_says_its_end_alone(now: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    with progress.reporting("work", quiet=False) as report:
        assert report is not None
        for done in range(1, 41):
            now[0] += 0.01
            report(done, 40, 0)
    (line,) = lines(capsys)
    assert line.startswith("work: 40 of 40 ")


def test_longer_work_says_every_tenth(now: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    with progress.reporting("work", quiet=False) as report:
        assert report is not None
        for done in range(1, 41):
            now[0] += 2.0
            report(done, 40, 1)
    said = lines(capsys)
    assert [line.split()[1] for line in said] == ["4", "8", "12", "16", "20", "24", "28", "32", "36", "40"]
    assert all("1 failed" in line for line in said)


def test_slow_work_says_something_once_a_minute(now: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    with progress.reporting("work", quiet=False) as report:
        assert report is not None
        for done in range(1, 4):
            now[0] += 61.0
            report(done, 1000, 0)
    assert len(lines(capsys)) == 3


def test_the_callers_progress_wins_and_a_script_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[int, int, int]] = []
    with sweeps.default_progress(lambda *counts: calls.append(counts), "work") as report:
        assert report is not None
        report(1, 2, 0)
    assert calls == [(1, 2, 0)]
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    with sweeps.default_progress(None, "work") as report:
        assert report is None


def test_a_notebook_and_a_terminal_show_progress_unless_the_environment_forbids(
    now: list[float], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "ipykernel", progress)
    with sweeps.default_progress(None, "work") as report:
        assert report is not None
        now[0] += 2.0
        report(3, 3, 0)
    assert lines(capsys)[0].split()[:4] == ["work:", "3", "of", "3"]
    monkeypatch.setenv(sweeps.PROGRESS, "0")
    with sweeps.default_progress(None, "work") as report:
        assert report is None


@pytest.mark.parametrize(("seconds", "text"), [(45, "45 s"), (720, "12 min"), (12_240, "3.4 h")])
def test_times_in_words(seconds: float, text: str) -> None:
    assert progress.clock(seconds) == text
