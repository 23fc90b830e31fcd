"""The fuzzer itself: some files of every kind end in results or named errors; a failure without a name is counted."""

from __future__ import annotations

import random
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

import fuzz
from coercion_sim.files import write_arrays

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_spoilt_files_of_every_kind_have_named_errors(seed: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "--files", "220", "--seed", str(seed)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "220 files" in done.stdout
    assert "unnamed 0 (0 kinds), slow 0, files left 0, deaths 0" in done.stdout


def test_a_case_is_the_same_whenever_it_is_repeated() -> None:
    data = b'name = "x"\nvalue = 1.5\n' * 20
    for spoil in fuzz.PLAIN:
        assert spoil(data, random.Random("1/2/plan")) == spoil(data, random.Random("1/2/plan"))


def test_archives_stay_archives_or_not_and_json_stays_json(tmp_path: Path) -> None:
    write_arrays(tmp_path / "a.npz", {"flows": np.ones((2, 3)), "labels": np.array("x")})
    data = (tmp_path / "a.npz").read_bytes()
    changed = {fuzz.members(data, random.Random(n)) for n in range(40)} - {data}
    assert len(changed) > 20
    (tmp_path / "b.npz").write_bytes(max(changed, key=len))
    assert zipfile.is_zipfile(tmp_path / "b.npz")
    assert len({fuzz.archive(data, random.Random(n)) for n in range(40)}) > 10
    assert len({fuzz.json_value(b'{"a": [1, {"b": 2}], "c": "d"}', random.Random(n)) for n in range(40)}) > 20


def test_failures_are_grouped_by_place_and_end_in_exit_code_one(capsys: pytest.CaptureFixture[str]) -> None:
    trace = 'Traceback\n  File "/x/coercion_sim/games/game_file.py", line 9, in node\nTypeError: unhashable'
    where = fuzz._where(trace)
    assert where == 'TypeError: unhashable <- games/game_file.py", line 9, in node'
    rows = [[0, "game", "ok", 0.1, []], [1, "game", where, 0.1, []], [2, "game", where, 9.0, ["x"]]]
    assert fuzz.report(rows, [], 1, 1.0) == 1
    said = capsys.readouterr().out
    assert "unnamed 2 (1 kinds), slow 1, files left 1, deaths 0" in said
    assert fuzz.report(rows[:1], [], 1, 1.0) == 0
    assert fuzz.report(rows[:1], [[3, "game"]], 1, 1.0) == 1
