"""The paper, its bibliography and the metadata of the package agree: names, versions, licences, references, length."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

import coercion_sim
from coercion_sim.scenario import list_scenarios
from coercion_sim.world import list_worlds, load_world

ROOT = Path(__file__).parents[2]
#: Sections that the journal asks for (Journal of Open Source Software, 2026).
SECTIONS = (
    "Summary", "Statement of need", "State of the field", "Software design", "Research impact statement",
    "AI usage disclosure", "Acknowledgements", "References",
)  # fmt: skip
NUMBERS = {8: "eight", 9: "nine", 10: "ten", 11: "eleven", 12: "twelve"}

pytestmark = pytest.mark.skipif(not (ROOT / "paper.md").is_file(), reason="the paper is not beside the tests")


def cff(key: str) -> str:
    """A value of the first level of CITATION.cff."""
    found = re.search(rf"^{key}: (.*)$", (ROOT / "CITATION.cff").read_text("utf-8"), re.M)
    assert found, key
    return found[1].strip().strip('"')


def test_versions_names_and_licences_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    meta = json.loads((ROOT / "codemeta.json").read_text("utf-8"))
    assert {meta["version"], cff("version")} == {coercion_sim.__version__}
    assert (meta["name"], meta["identifier"]) == ("coercion_sim", project["name"])
    assert meta["description"] == project["description"]
    assert meta["keywords"] == project["keywords"]
    assert meta["license"].rpartition("/")[2] == project["license"] == cff("license")
    assert meta["runtimePlatform"] == f"Python {project['requires-python']}"
    assert meta["softwareRequirements"] == project["dependencies"]
    assert [a["name"] for a in meta["author"]] == [a["name"] for a in project["authors"]]
    assert meta["referencePublication"]["name"] == cff("title")


def test_the_paper_has_its_sections_its_length_and_the_title_of_the_citation() -> None:
    text = (ROOT / "paper.md").read_text("utf-8")
    _, head, body = text.split("---\n", 2)
    assert f"title: '{cff('title')}'" in head
    headings = re.findall(r"^# (.+)$", body, re.M)
    assert [h for h in headings if h in SECTIONS] == list(SECTIONS)
    assert 750 <= len(body.split()) <= 1750


def test_every_reference_is_cited_and_every_citation_has_one() -> None:
    cited = set(re.findall(r"@(\w+)", (ROOT / "paper.md").read_text("utf-8")))
    assert cited == set(re.findall(r"^@\w+\{(\w+),", (ROOT / "paper.bib").read_text("utf-8"), re.M))


def test_what_the_paper_counts_is_shipped() -> None:
    text = " ".join((ROOT / "paper.md").read_text("utf-8").split())
    worlds = [load_world(name) for name in list_worlds()]
    states, sectors = max(len(w.states) for w in worlds), max(len(w.sectors) for w in worlds)
    assert f"up to {states} states and {sectors} sectors" in text
    scenarios = NUMBERS[len(list_scenarios())]
    assert f"{scenarios.capitalize()} cases are shipped" in text
    assert f"{scenarios} scenarios and {NUMBERS[len(worlds)]} worlds" in text
