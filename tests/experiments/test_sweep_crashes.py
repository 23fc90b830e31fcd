"""Sweeps that are killed, and sweeps on a cluster: in the end the same bytes as one that was left alone."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from coercion_sim.experiments import Workers, run_into
from support.folders import fake_job, losses, part_bytes

TESTS = Path(__file__).resolve().parents[1]

#: A sweep of 3 points x 40 replicates x 2 policies in a process of its own; with ten milliseconds a run, two seconds.
SCRIPT = """
import sys
from pathlib import Path
from coercion_sim.experiments import run_into
from coercion_sim.experiments import Cell, perform
from fakes.experiment import FakeScenario
from support.folders import fake_job, losses
job = fake_job(losses(1.0, 2.0, 3.0), scenario=FakeScenario(pause=float(sys.argv[3])), replicates=40)
perform(job, [Cell(0, 0, job.design.policies)])  # imports what a run needs: kills shall hit the sweep itself
print("ready", flush=True)
print(run_into(Path(sys.argv[1]), job, workers=int(sys.argv[2])).ran)
"""


def start(folder: Path, workers: int, pause: float = 0.01) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(folder), str(workers), str(pause)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def size_of(folder: Path) -> int:
    """Bytes in the journal of a sweep; 0 where there is none."""
    try:
        return (folder / "journal.bin").stat().st_size
    except FileNotFoundError:
        return 0


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="sends SIGKILL")
@pytest.mark.parametrize(("workers", "kills", "latest"), [(1, 20, 0.4), (2, 6, 1.5)])
def test_a_sweep_killed_again_and_again_ends_as_if_left_alone(
    tmp_path: Path, workers: int, kills: int, latest: float
) -> None:
    """Half of the kills take the process alone and half its workers too.

    Half of each come at any moment from the start on, the others at one soon after the journal has grown: on a busy
    machine the start alone may take longer than any moment drawn beforehand.
    """
    luck = random.Random(workers)
    killed, folder = 0, tmp_path / "killed"
    size, sizes = 0, []
    while killed < kills:
        process = start(folder, workers)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        while killed // 2 % 2 and size_of(folder) <= size and process.poll() is None:
            time.sleep(0.005)
        time.sleep(luck.uniform(0.0, latest))
        if process.poll() is not None:  # it came to its end: begin anew, so that all kills hit a live sweep
            assert process.returncode == 0, process.communicate()[1]
            for part in sorted(folder.rglob("*"), reverse=True):
                part.unlink() if part.is_file() else part.rmdir()
            size = 0
            continue
        if killed % 2:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.communicate()
        killed += 1
        size = size_of(folder)
        sizes.append(size)
    last = start(folder, workers, pause=0.0)
    said, trouble = last.communicate(timeout=120)
    assert last.returncode == 0, trouble
    assert 0 <= int(said.split()[-1]) <= 240
    assert max(sizes) > 0  # kills did hit a sweep that had got on
    run_into(tmp_path / "alone", fake_job(losses(1.0, 2.0, 3.0), replicates=40))
    assert part_bytes(folder) == part_bytes(tmp_path / "alone")


@pytest.mark.slow
def test_a_dask_cluster_leaves_the_same_bytes(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    from coercion_sim.experiments import dask_pool

    job = fake_job(losses(1.0, 2.0, 3.0), replicates=20)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as cluster:
        run_into(tmp_path / "dask", job, workers=Workers(2, dask_pool(cluster.scheduler_address)))
    run_into(tmp_path / "here", job)
    assert part_bytes(tmp_path / "dask") == part_bytes(tmp_path / "here")
