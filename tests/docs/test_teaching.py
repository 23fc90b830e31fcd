"""Lesson plans: their minutes add up, their links lead somewhere, their draws end as the notes say."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from coercion_sim.analysis import play

FOLDER = Path(__file__).parents[2] / "docs" / "teaching"

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="documentation not beside the tests")


@pytest.mark.parametrize("length", [45, 90])
def test_the_minutes_of_a_lesson_follow_each_other(length: int) -> None:
    text = (FOLDER / f"lesson-{length}.md").read_text("utf-8")
    spans = [(int(a), int(b)) for a, b in re.findall(r"^\| (\d+)-(\d+) \|", text, re.M)]
    assert spans[0][0] == 0
    assert spans[-1][1] == length
    assert all(end == begin for (_, end), (begin, _) in pairwise(spans))


@pytest.mark.parametrize("page", sorted(FOLDER.glob("*.md")), ids=lambda page: page.name)
def test_links_lead_to_pages(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    assert [t for t in targets if not (FOLDER / t).exists()] == []


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_draws_that_teach_end_as_the_notes_say() -> None:
    text = (FOLDER / "facilitator.md").read_text("utf-8")
    (table,) = re.findall(r"<!-- draws -->\n(.*?)<!-- end -->", text, re.S)
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[2:]]
    assert len(rows) == 3
    words = {
        "no_pressure": "China does not press", "backed_down": "China backs down", "lifted": "measures are imposed",
        "conceded_to_demand": "gives in to the demand", "conceded": "measures are imposed",
    }  # fmt: skip
    for draw, coercer, target, *policies in rows:
        last = ""
        for policy, noted in zip(("stand_alone", "respond_as_allies"), policies, strict=True):
            hidden = play("australia-2020", ["CHN", "AUS"], policy=policy, replicate=int(draw)).hidden()
            (_, firm, resolved, *_), ((_, _, ending, _),) = hidden.types[0], hidden.instead
            assert (coercer, target) == ("firm" if firm else "soft", "resolved" if resolved else "irresolute")
            said = noted if noted != "the same" else last
            assert words[ending] in said, (draw, policy, ending)
            last = said
