"""What a shell is offered after a word that was begun, by the name of the parameter."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.shell_completion import BashComplete

from coercion_sim.cli.app import cli
from coercion_sim.cli.options import Completed, completing
from coercion_sim.policies import available_policies
from coercion_sim.scenario import list_scenarios
from coercion_sim.world import list_worlds, read_labels
from fakes.tiny import write_tiny


def offered(*words: str) -> list[str]:
    """Completions of the last word as a shell asks for them; files count as ``FILE``."""
    items = BashComplete(cli, {}, "coercion-sim", "_X").get_completions(list(words[:-1]), words[-1])
    return ["FILE" if item.type == "file" else item.value for item in items]


@pytest.mark.parametrize("command", ["run", "compare", "answer", "explain", "check", "play", "deter"])
def test_scenarios_complete_by_name_and_files_are_left_to_the_shell(command: str) -> None:
    assert offered(command, "") == [*list_scenarios(), "FILE"]
    assert offered(command, "aus") == [*(s for s in list_scenarios() if s.startswith("aus")), "FILE"]


def test_a_scenario_to_copy_is_a_shipped_one() -> None:
    assert offered("copy", "") == list(list_scenarios())


@pytest.mark.parametrize("words", [("shock",), ("world", "show"), ("world", "split"), ("ask", "x", "--world")])
def test_worlds_complete_by_name(words: tuple[str, ...]) -> None:
    assert offered(*words, "pac") == [*(w for w in list_worlds() if w.startswith("pac")), "FILE"]


def test_policies_complete_each_part_of_a_combination() -> None:
    assert offered("run", "australia-2020", "--policy", "") == list(available_policies())
    assert offered("run", "x", "--policy", "stand_alone+respond") == ["stand_alone+respond_as_allies"]


def test_states_are_those_of_the_world_that_the_scenario_is_in(tmp_path: Path) -> None:
    path = write_tiny(tmp_path)
    labels = read_labels(tmp_path / "tiny_world")
    assert offered("play", str(path), "--as", "") == [*labels.states, *labels.groups]
    assert offered("deter", str(path), "--pair", "CHN:a") == [
        f"CHN:{s}" for s in labels.states if s.casefold().startswith("a")
    ]
    assert offered("new", "--world", str(tmp_path / "tiny_world"), "--goods", "coal,w") == ["coal,wine"]


def test_a_measure_completes_states_then_sectors_then_nothing(tmp_path: Path) -> None:
    write_tiny(tmp_path)
    world = str(tmp_path / "tiny_world")
    labels = read_labels(world)
    assert set(offered("shock", world, "--ban", "")) == {*labels.states, *labels.groups}
    assert offered("shock", world, "--ban", "CHN:AUS:") == [f"CHN:AUS:{s}" for s in (*labels.sectors, "goods", "all")]
    assert offered("shock", world, "--ban", "CHN:AUS:coal,wi") == ["CHN:AUS:coal,wine"]
    assert offered("shock", world, "--ban", "CHN:AUS:coal:0") == []


def test_where_nothing_can_be_read_nothing_is_offered(tmp_path: Path) -> None:
    assert offered("play", str(tmp_path / "none.toml"), "--as", "A") == []


def test_only_plain_text_is_completed_and_groups_below_too() -> None:
    @click.group()
    def group() -> None:
        """Nothing."""

    @group.command()
    @click.option("--policy")
    @click.option("--state", type=int)
    @click.option("--other")
    def below(policy: str, state: int, other: str) -> None:
        """Nothing."""

    assert completing(group) is group
    kinds = {param.name: type(param.type) for param in below.params}
    assert kinds["policy"] is Completed
    assert Completed not in (kinds["state"], kinds["other"])
