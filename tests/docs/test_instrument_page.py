"""The page on instruments runs as written, under script and where states choose."""

from __future__ import annotations

from pathlib import Path

import pytest

from coercion_sim.model import build_model
from coercion_sim.policies import load_policies
from coercion_sim.scenario import load_scenario
from coercion_sim.world import save_world
from docs.test_snippets import ROOT, blocks
from support.small import SCENARIO, small_world
from support.stores import payoff_tables_in_memory

PAGE = ROOT / "docs" / "how-to-write-an-instrument.md"


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for block in blocks(PAGE, "python"):
        if block["mark"] == "file":
            Path(block["what"]).write_text(block["body"], encoding="utf-8")


def test_the_page_runs_from_top_to_bottom(capsys: pytest.CaptureFixture[str]) -> None:
    for block in blocks(PAGE, "python"):
        if block["mark"] != "file":
            exec(compile(block["body"], str(PAGE), "exec"), {})
    assert capsys.readouterr().out.split() == ["facilitation", "USA", "AUS", "0.8"]


@pytest.mark.parametrize("conduct", ["scripted", "strategic"])
def test_the_instrument_of_the_page_acts(conduct: str) -> None:
    world = small_world()
    save_world(world, Path("world"))
    Path("small.toml").write_text(SCENARIO, encoding="utf-8")
    sets = [
        'policies=["escorting"]', f"conduct={conduct}", "quarters=5", 'policy.escorting.instruments=["escort"]',
        "policy.escorting.pledge=5.0", 'dispute.scripted_until="2020Q3"', "dispute.review=0.01",
    ]  # fmt: skip
    policies = load_policies("my_instruments.py")
    with payoff_tables_in_memory():
        model = build_model(load_scenario("small.toml", sets, policies=policies), world, "escorting", 3)
        while model.quarter < model.quarters:
            model.step()
    if conduct == "strategic":
        assert model.diplomacy is not None
        assert "escort" in model.diplomacy.disputes[0].game.options
    else:
        taken = [m for record in model.history for m in record.taken if m.purpose == "absorb"]
        assert {m.size for m in taken} == {0.9}
