"""Answers to the ideas of the speech, one command each: the table of docs/ideas.md.

    python benchmarks/ideas.py [--draws 16] [--json FOLDER] [--write]

Runs `coercion-sim answer SCENARIO --policy FIRST --policy SECOND --json` for every idea and writes a sentence from its
numbers. `--json` keeps the answers in a folder and reads those that are there; `--write` puts the table into the page.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coercion_sim.analysis import expected_disputes
from coercion_sim.intervals import FEW_UNITS
from coercion_sim.scenario import load_scenario
from coercion_sim.wording import (
    MATERIAL_PCT_GDP,
    MATERIAL_SHARE,
    capital,
    fixed,
    listing,
    percent,
    policy_label,
    state_name,
    the,
)
from coercion_sim.world import load_world

PAGE = Path(__file__).parents[1] / "docs" / "ideas.md"
BEGIN, END = "<!-- table: begin -->\n", "<!-- table: end -->\n"


@dataclass(frozen=True)
class Idea:
    """A sentence of the speech, the scenario that tries it, and the two policies compared."""

    words: str
    scenario: str
    without: str
    policy: str

    def command(self, draws: int) -> str:
        """The command that answers it."""
        policies = f"--policy {self.without} --policy {self.policy}"
        return f"coercion-sim answer {self.scenario} {policies} --draws {draws}"


HELP, KEEP = "respond_as_allies", "respond_as_allies+selective_cooperation"
IDEAS = (
    Idea("respond as allies", "australia-2020", "stand_alone", HELP),
    Idea(
        "more integrated with each other than with competitors", "australia-2020", "stand_alone", "integrate_economies"
    ),
    Idea(
        "no us-or-them choice (`choose_sides` is what the speech rejects)", "dilemma-japan-korea", HELP, "choose_sides"
    ),
    Idea("work with China where possible", "dilemma-japan-korea", HELP, KEEP),
    Idea("economic coercion not apart from other pressure", "many-challengers", HELP, "linked_domains"),
    Idea("alliances out of their silos", "quad-and-nato", HELP, "bridge_silos"),
)


def answer_of(idea: Idea, draws: int, kept: Path | None) -> dict[str, Any]:
    """Answer of one idea, from the folder of those kept if it is there."""
    file = None if kept is None else kept / f"{idea.scenario}-{idea.policy}-{draws}.json"
    if file is None or not file.exists():
        run = [
            sys.executable,
            "-m",
            *idea.command(draws).replace("coercion-sim", "coercion_sim").split(),
            "--json",
            "-q",
        ]
        text = subprocess.run(run, check=True, capture_output=True, text=True).stdout
        if file is None:
            return dict(json.loads(text))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return dict(json.loads(file.read_text("utf-8")))


def sentence(idea: Idea, answer: dict[str, Any], draws: int) -> str:
    """What the second policy changes, in one sentence."""
    names = load_world(load_scenario(idea.scenario).world_source).state_names
    target, coercer = (state_name(names, answer[who]) for who in ("target", "coercer"))
    rows = {(r["policy"], r["outcome"]): r for r in answer["rows"]}
    pressed, loss, burden = (rows[idea.policy, name] for name in ("pressed", "loss", "burden_usd"))
    before = {name: rows[idea.without, name]["value"] for name in ("pressed", "loss", "burden_usd")}
    often = f"{_percent(pressed['value'])} instead of {_percent(before['pressed'])} % of disputes"
    costs = f"{_thousandths(loss['value'])} instead of {_thousandths(before['loss'])} % of GDP"
    parts = [
        f"{the(coercer)} presses {the(target)} in {often}{_points(pressed)}{_told(pressed, MATERIAL_SHARE)}",
        f"a dispute pressed costs it {costs}{_told(loss, MATERIAL_PCT_GDP)}",
    ]
    paid, paid_before = _hundredths(burden["value"]), _hundredths(before["burden_usd"])
    parts.append(f"allies pay US$ {paid} bn {'either way' if paid == paid_before else f'instead of {paid_before}'}")
    return capital("; ".join(parts + _besides(idea, answer, rows, draws))) + "."


def _besides(idea: Idea, answer: dict[str, Any], rows: dict[Any, Any], draws: int) -> list[str]:
    """What this policy alone does."""
    standing = rows[idea.policy, "standing"]["value"]
    if "integrate_economies" in idea.policy:
        return [f"lower trade costs are worth {fixed(standing, 2, sign=True)} % of GDP a year to it, pressed or not"]
    if "choose_sides" in idea.policy:
        cuts = answer["cuts"][idea.policy]
        who = listing([f"{state} ({_percent(share)} % of draws)" for state, share in cuts.items() if share > 0])
        money = rows[idea.policy, "standing_usd"]["value"]
        return [f"the price is paid before any dispute: {who} cut trade, at US$ {fixed(-money, 0)} bn a year"]
    if "linked_domains" in idea.policy:
        pair = [(answer["coercer"], answer["target"])]
        alone, unlinked, linked = (
            _percent(expected_disputes(idea.scenario, p, replicates=draws, pairs=pair).by_draw("grey_share").mean())
            for p in ("stand_alone", idea.without, idea.policy)
        )
        return [
            f"{linked} % of what is pressed with is beyond trade, {unlinked} % without the link, {alone} % unanswered"
        ]
    return []


def robust(answer: dict[str, Any]) -> str:
    """In how many draws of behaviour, economy and stakes the difference of the chance to press keeps its sign."""
    found = answer["robustness"]
    if not found["pairs"]:
        return f"about as often; not so in {found['draws'] - found['tied']} of {found['draws']} draws"
    same, draws = found["pairs"][0]["same"], found["draws"]
    return (
        f"same sign in {percent(same / draws)} of {draws}" if draws >= FEW_UNITS else f"same sign in {same} of {draws}"
    )


def _told(row: dict[str, Any], floor: float) -> str:
    """What the interval of a difference with 0 in it says: about the same within the floor, else nothing."""
    low, high = row["difference_low"], row["difference_high"]
    if low is None or low > 0.0 or high < 0.0:
        return ""
    return ", about the same" if max(-low, high) < floor else ", undecided"


def _thousandths(value: float) -> str:
    return "0" if abs(value) < 0.0005 else fixed(value, 3)


def _hundredths(value: float) -> str:
    return "0" if abs(value) < 0.005 else fixed(value, 2)


def _percent(share: float) -> str:
    return fixed(100.0 * share, 0)


def _points(row: dict[str, Any]) -> str:
    low, high = row["difference_low"], row["difference_high"]
    if low is None:
        return ""
    middle, ends = fixed(100.0 * row["difference"], 1, sign=True), [fixed(100.0 * x, 1) for x in (low, high)]
    return f" ({middle} [{ends[0]}, {ends[1]}] points)"


def table(draws: int, kept: Path | None) -> str:
    """The table as Markdown."""
    lines = ["| idea | policy, against | answer | robust | command |", "| --- | --- | --- | --- | --- |"]
    for idea in IDEAS:
        answer = answer_of(idea, draws, kept)
        against = f"{policy_label(idea.policy)}, against {policy_label(idea.without)}"
        cells = (idea.words, against, sentence(idea, answer, draws), robust(answer), f"`{idea.command(draws)}`")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print the table, and put it into the page if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=16)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    made = table(given.draws, given.json)
    print(made)
    if given.write:
        before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
        PAGE.write_text(before + BEGIN + made + END + rest.partition(END)[2], "utf-8")


if __name__ == "__main__":
    main()
