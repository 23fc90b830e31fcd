"""A small scenario to change in one place at a time, checked against a small fake world."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from scenario_text import SMALL

from coercion_sim import world as world_room
from coercion_sim.errors import Problem, WorldError, nearest
from coercion_sim.scenario import Scenario, check_scenario, checking, load_scenario
from coercion_sim.world import Alliance, World


@dataclass(frozen=True)
class TinyLabels:
    """Six states, three sectors."""

    states: tuple[str, ...] = ("AUS", "CHN", "USA", "JPN", "KOR", "NZL")
    sectors: tuple[str, ...] = ("coal", "wine", "services")
    tags: dict[str, tuple[str, ...]] = field(
        default_factory=lambda: {"coal": ("goods",), "wine": ("goods",), "services": ("services",)}
    )
    elasticity_sets: tuple[str, ...] = ("rauch", "uniform_4")
    state_names: dict[str, str] = field(default_factory=lambda: {"AUS": "Australia", "CHN": "China"})
    groups: dict[str, tuple[str, ...]] = field(default_factory=lambda: {"QUAD": ("AUS", "JPN", "USA")})
    sector_names: dict[str, str] = field(default_factory=lambda: {"coal": "Coal and lignite"})


@pytest.fixture(autouse=True)
def tiny_world(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every world called `tiny` is the fake one; with the marker `shipped` the real ones are read."""
    if "shipped_world" in request.fixturenames:
        return

    def read_labels(name: str, relative_to: Path = Path()) -> TinyLabels:
        if name != "tiny":
            raise WorldError(
                Problem("unknown world", found=repr(name), allowed="tiny", suggestion=nearest(name, ["tiny"]))
            )
        return TinyLabels()

    monkeypatch.setattr(world_room, "read_labels", read_labels)
    monkeypatch.setattr(checking, "load_world", lambda _: fake_world())


def fake_world() -> World:
    """The fake world itself: everybody sells everybody everything, but China buys no wine of Korea; one alliance."""
    labels, flows = TinyLabels(), np.ones((3, 6, 6))
    flows[1, labels.states.index("KOR"), labels.states.index("CHN")] = 0.0
    world = World.from_flows("tiny", labels.states, labels.sectors, flows, 4.0, tags=labels.tags)
    return replace(world, alliances=(Alliance("AUS", "USA", "treaty", "defence", 0.9),))


@pytest.fixture
def shipped_world() -> None:
    """Ask for the worlds that are shipped instead of the fake one."""


class Bench:
    """Writes scenario files into a folder and checks them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, text: str | bytes = SMALL, name: str = "small.toml") -> Path:
        path = self.folder / name
        if isinstance(text, bytes):
            path.write_bytes(text)
        else:
            path.write_text(text, encoding="utf-8")
        return path

    def changed(self, old: str, new: str) -> Path:
        assert SMALL.count(old) == 1, f"{old!r} must stand once in the small scenario"
        return self.write(SMALL.replace(old, new))

    def load(self, text: str = SMALL, overrides: object = ()) -> Scenario:
        return load_scenario(self.write(text), overrides)  # type: ignore[arg-type]

    def problems(self, text: str | bytes | Path = SMALL, overrides: object = ()) -> list[Problem]:
        path = text if isinstance(text, Path) else self.write(text)
        return check_scenario(path, overrides)  # type: ignore[arg-type]

    def only(self, text: str | bytes | Path, overrides: object = ()) -> Problem:
        """Return the one problem there is."""
        found = self.problems(text, overrides)
        assert len(found) == 1, [str(p) for p in found]
        return found[0]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)
