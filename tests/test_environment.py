"""The environment: what is named, what differs, and one thread of BLAS whatever the process was started with."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
import scipy

import coercion_sim
from coercion_sim.environment import (
    KERNELS,
    ONE_THREAD,
    __version__,
    environment,
    environment_hash,
    environments_differ,
    installed,
    one_environment,
    one_thread,
)

#: Threads of numpy's and scipy's BLAS within a run, in a process that was given four.
COUNT = """
import numpy, scipy.linalg
from threadpoolctl import threadpool_info
from coercion_sim.environment import one_thread
threads = lambda: [x["num_threads"] for x in threadpool_info() if x["user_api"] == "blas"]
before = threads()
with one_thread():
    within = threads()
print(before, within, threads() == before)
"""


def test_versions_are_those_in_use() -> None:
    known = environment()
    assert (known["numpy"], known["scipy"]) == (np.__version__, scipy.__version__)
    assert known["python"] == f"{sys.version_info.major}.{sys.version_info.minor}"
    assert known["blas"].split()[0] in ("openblas", "mkl", "blis", "scipy-openblas", "accelerate", "blas")
    assert set(known) == {"python", "numpy", "scipy", "blas", KERNELS}
    assert installed("no-such-package") is None


def test_the_version_stands_in_one_place_that_the_build_reads() -> None:
    root = Path(__file__).parents[1]
    built = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    assert built["project"]["dynamic"] == ["version"]
    source = (root / built["tool"]["hatch"]["version"]["path"]).read_text("utf-8")
    assert re.findall(r'(?m)^__version__ = "(.+)"$', source) == [__version__]
    assert coercion_sim.__version__ == __version__
    assert f"\nversion: {__version__}\n" in (root / "CITATION.cff").read_text("utf-8")


def test_the_hash_follows_every_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    known = environment()
    hashes = {environment_hash()}
    for name in known:
        monkeypatch.setattr("coercion_sim.environment._environment", lambda name=name: known | {name: "other"})
        hashes.add(environment_hash())
    assert len(hashes) == len(known) + 1


def test_what_differs_is_named_with_both_values() -> None:
    assert environments_differ({"numpy": "1.26.4", "blas": "x"}, {"numpy": "2.4.6", "blas": "x"}) == {
        "numpy": "1.26.4, now 2.4.6"
    }
    assert environments_differ({}, environment()) == {}
    assert environments_differ(environment(), environment()) == {}


def test_kernels_of_several_machines_are_all_named() -> None:
    assert one_environment([{}, {"numpy": "2", KERNELS: "B"}]) == {"numpy": "2", KERNELS: "B"}
    assert one_environment([{KERNELS: "B, C"}, {KERNELS: "A"}, {KERNELS: "B"}])[KERNELS] == "A, B, C"


def test_blas_has_one_thread_within_a_run_and_its_own_number_outside() -> None:
    threads = dict.fromkeys(ONE_THREAD, "2")
    done = subprocess.run(
        [sys.executable, "-c", COUNT], env=os.environ | threads, capture_output=True, text=True, check=True
    )
    before, within, same = done.stdout.replace("] ", "]|").split("|")
    assert set(within) <= set("[1, ]")
    assert before == "[2, 2]" or os.cpu_count() == 1 or "2" not in before
    assert same.strip() == "True"


def test_a_run_is_performed_on_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    from contextlib import contextmanager

    from coercion_sim.experiments.engine import pools, tasks
    from support.folders import fake_job

    entered = []

    @contextmanager
    def noted():
        with one_thread():
            entered.append(1)
            yield

    for module in (tasks, pools):
        monkeypatch.setattr(module, "one_thread", noted)
    job = fake_job(replicates=2)
    tasks.perform(job, [tasks.Cell(0, 0, job.design.policies), tasks.Cell(0, 1, job.design.policies)])
    assert len(entered) == 2
    assert list(pools.in_processes(abs, [-1, -2])) == [1, 2]
    assert len(entered) == 4
