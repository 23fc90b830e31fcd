"""Results folders compared byte for byte."""

from __future__ import annotations

from pathlib import Path

from coercion_sim.experiments import Block, Job, Results, make_design
from fakes.experiment import FakeScenario, fake_run, tiny_world


def part_bytes(folder: Path) -> dict[str, bytes]:
    """Bytes of every part of every table, by path."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.glob("*/part-*.parquet"))}


def losses(*values: float) -> Block:
    """A block that varies the fake scenario's loss."""
    return Block("grid", ("loss",), tuple((value,) for value in values), {"parameters": {"loss": list(values)}})


def helps(*values: float) -> Block:
    """A block that varies the fake scenario's help."""
    return Block("grid", ("help",), tuple((value,) for value in values), {"parameters": {"help": list(values)}})


def fake_job(*blocks: Block, scenario: FakeScenario | None = None, **design: object) -> Job:
    """A job of the fake scenario whose design has these blocks."""
    chosen = scenario or FakeScenario()
    return Job(make_design(chosen, blocks=blocks, **design), chosen, tiny_world(), fake_run)  # type: ignore[arg-type]


def folder_of(results: Results) -> Path:
    """Folder of results that have one."""
    assert results.folder is not None
    return results.folder
