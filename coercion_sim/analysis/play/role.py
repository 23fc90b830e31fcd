"""The sheet of a seat, one page: what its government wants, knows and can do, from the scenario itself."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from coercion_sim.analysis.play.saved_game import SavedGame, job_of_game
from coercion_sim.analysis.play.sentences import good_in_words
from coercion_sim.analysis.replay.replay import model_of
from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.wording import capital, fixed, listing, policy_label, quantity, sector_name, spaced, state_name, the

if TYPE_CHECKING:
    import numpy as np

    from coercion_sim.dispute import DisputeSettings
    from coercion_sim.experiments import Job
    from coercion_sim.model import Diplomacy
    from coercion_sim.policies import Pledge, PolicyFiles
    from coercion_sim.scenario import Scenario
    from coercion_sim.world import World

#: Goods of a trade relation named one by one, and parts of its value worth a name.
MOST_GOODS, LEAST_SHARE = 5, 0.02
#: Parts of a seat, in the order of its sheet.
PARTS = ("coercer", "target", "ally")
#: What every seat can do at any turn.
PROPOSALS = "At any turn: propose terms to all (a settlement, a pledge, a joint statement, a package of bans)."


@dataclass(frozen=True)
class Role:
    """The sheet of one seat.

    Attributes
    ----------
    seat, name
        Code and name of the state.
    part
        ``coercer``, ``target`` or ``ally``; joined by ``and`` where it has several.
    case
        Title of the scenario and its quarters.
    wants, knows, unknown, can, others
        One sentence each: aims, facts and beliefs, what it cannot know, moves, the others at the table.
    """

    seat: str
    name: str
    part: str
    case: str
    wants: tuple[str, ...]
    knows: tuple[str, ...]
    unknown: tuple[str, ...]
    can: tuple[str, ...]
    others: tuple[str, ...]

    def markdown(self) -> str:
        """The sheet as a page of Markdown."""
        chapters = {
            "What you want": self.wants, "What you know": self.knows, "What you cannot know": self.unknown,
            "What you can do": self.can, "Who else is at the table": self.others,
        }  # fmt: skip
        lines = [f"# {self.name} ({self.seat}): {self.part}", "", f"*{self.case}*"]
        for title, sentences in chapters.items():
            lines += ["", f"## {title}", "", *(f"- {sentence}" for sentence in sentences)]
        return "\n".join(lines) + "\n"

    def __repr__(self) -> str:
        return f"Role({self.seat}, {self.part})"


@dataclass(frozen=True)
class _Pair:
    """A dispute that may arise, with the allies that act in it and what they promised."""

    coercer: str
    target: str
    allies: tuple[str, ...]
    pledge: Pledge | None

    def part(self, seat: str) -> str:
        """Part a state has in it; empty for none."""
        return dict.fromkeys(self.allies, "ally").get(
            seat, {self.coercer: "coercer", self.target: "target"}.get(seat, "")
        )


def roles(job: Job, policy: str, replicate: int, seats: tuple[str, ...] = ()) -> tuple[Role, ...]:
    """Write the sheets of these seats in a draw; without any, of everybody who has something to decide.

    Raises
    ------
    InvalidInput
        For a seat that has no part in any dispute of the scenario.
    """
    with model_of(job, replicate, strategic=True, policy=policy, burdens=False) as (model, scenario):
        assert model.diplomacy is not None
        pairs = tuple(_pairs(model.diplomacy))
    parts = {seat: [p for p in pairs if p.part(seat)] for p in pairs for seat in (p.coercer, p.target, *p.allies)}
    if wrong := [seat for seat in seats if seat not in parts]:
        message = "has nothing to decide in this scenario under this policy"
        raise InvalidInput([Problem(message, key="seat", found=seat, allowed=", ".join(parts)) for seat in wrong])
    return tuple(_role(scenario, job.world, policy, seat, parts[seat]) for seat in seats or parts)


def role_sheets(
    scenario: str | Path, seats: str | Sequence[str] = (), *, policy: str | None = None, seed: int | None = None,
    replicate: int | None = None, overrides: Iterable[str] = (), policy_files: PolicyFiles = (),
    world: World | None = None,
) -> tuple[Role, ...]:  # fmt: skip
    """Write the sheets of a scenario's seats in a draw (None: the first), without a game; arguments as of `play`.

    Raises
    ------
    InvalidInput
        For a seat that is no state, or that has no part in any dispute of the scenario.
    """
    people = (seats,) if isinstance(seats, str) else tuple(seats)
    game = SavedGame(
        scenario=str(scenario), policy=policy or "", seats=people, seed=seed, overrides=tuple(overrides),
        replicate=replicate or 0,
    )  # fmt: skip
    job, seated = job_of_game(game, policy_files, world)
    return roles(job, job.design.policies[0], game.replicate, seated.seats if people else ())


def _pairs(diplomacy: Diplomacy) -> Iterator[_Pair]:
    """Disputes that may arise, those sure to arise first."""
    sure = [(o.coercer, o.target) for _, o in diplomacy.opened]
    for coercer, target in dict.fromkeys((*sure, *diplomacy.challengers)):
        pledge = diplomacy.policy.pledge(diplomacy.outlook, coercer, target)
        yield _Pair(coercer, target, diplomacy.acting(coercer, target, pledge), pledge)


def _role(scenario: Scenario, world: World, policy: str, seat: str, pairs: list[_Pair]) -> Role:
    named = [part for part in PARTS if any(p.part(seat) == part for p in pairs)]
    writer = _Writer(world, scenario.dispute, seat, scenario.actors.names(world))
    quarters = f"{scenario.quarter_label(0)} to {scenario.quarter_label(scenario.quarters - 1)}, a quarter a turn"
    writers = {"coercer": writer.as_coercer, "target": writer.as_target, "ally": writer.as_ally}
    chapters = [writers[part](next(p for p in pairs if p.part(seat) == part)) for part in named]
    joined = [tuple(dict.fromkeys(line for chapter in chapters for line in chapter[k])) for k in range(4)]
    return Role(
        seat, writer.called(seat), " and ".join(named), f"{scenario.title or scenario.name}; {quarters}.",
        joined[0], (writer.economy(), *joined[1]), (*joined[2], "When a dispute arises, and when others review it."),
        (*joined[3], PROPOSALS), tuple(writer.table(pairs, policy)),
    )  # fmt: skip


def _pct(value: float) -> str:
    """Percent of GDP, two digits."""
    return quantity(value, "pct_gdp", about=True)


class _Writer:
    """Writes the sentences of one seat."""

    def __init__(self, world: World, settings: DisputeSettings, seat: str, names: Mapping[str, str]) -> None:
        self.world, self.s, self.seat, self.names = world, settings, seat, names
        self.apart = math.sqrt(settings.type_spread)

    def called(self, state: str) -> str:
        """Name of a state."""
        return state_name(self.names, state)

    def listed(self, states: tuple[str, ...], last: str) -> str:
        """Names of states in a sentence."""
        return listing([the(self.called(state)) for state in states], last)

    def economy(self) -> str:
        """Size of the seat's economy; of an actor outside the world nothing is known."""
        if self.seat not in self.world.states:
            return "Your economy is not part of the trade data."
        gdp = float(self.world.baseline.gdp[self.world.state_index(self.seat)])
        return (
            f"Your GDP is {quantity(gdp, 'US$ million')} a year; every worth is percent of it, over the years to come."
        )

    def trade(self, seller: str, buyer: str) -> str:
        """Sales of one state to another: share of all exports, and the goods that matter most."""
        if not {seller, buyer} <= set(self.world.states):
            return f"No trade of {the(self.called(seller))} with {the(self.called(buyer))} is recorded."
        i, n = self.world.state_index(seller), self.world.state_index(buyer)
        abroad = self.world.flows[:, i, :].sum(axis=1) - self.world.flows[:, i, i]
        sold = self.world.flows[:, i, n]
        share = float(sold.sum() / abroad.sum())
        goods = listing(list(self._goods(sold, abroad)))
        return (
            f"{capital(the(self.called(seller)))} sells {quantity(float(sold.sum()), 'US$ million')} a year to"
            f" {the(self.called(buyer))}, {fixed(100 * share, 0)} % of all it exports; most of it {goods}."
        )

    def _goods(self, sold: np.ndarray, abroad: np.ndarray) -> Iterator[str]:
        for j in sold.argsort()[::-1][:MOST_GOODS]:
            if sold[j] > LEAST_SHARE * sold.sum():
                name = good_in_words(sector_name(self.world.sector_names, self.world.sectors[j]))
                yield f"{name} ({fixed(100 * float(sold[j] / abroad[j]), 0)} % of its exports of that good)"

    def stakes(self, stake: float, low: str, high: str) -> str:
        """Stake of either type."""
        return f"{_pct(stake / self.apart)} if you are {low}, {_pct(stake * self.apart)} if you are {high}"

    def review(self) -> str:
        """How often a stance is reviewed."""
        return f"In force, you review your stance in {fixed(100 * self.s.review, 0)} % of quarters, drawn by luck."

    def as_coercer(self, pair: _Pair) -> tuple[tuple[str, ...], ...]:
        """Wants, knows, unknown and can of a coercer."""
        s, target = self.s, the(self.called(pair.target))
        wants = (
            f"{capital(target)} changes its policy: your stake, {self.stakes(s.stake_coercer, 'soft', 'firm')}.",
            f"Pay little for it: imposing costs {_pct(s.cost_once)} at once and"
            f" {_pct(s.cost_year)} a year, besides the trade you lose.",
            f"Keep face: backing down costs {fixed(100 * s.audience_back_down, 0)} % of your stake, lifting measures"
            f" unrewarded {fixed(100 * s.audience_lift, 0)} %.",
        )
        knows = (
            self.trade(pair.target, pair.coercer),
            "Whether you are firm or soft: the first turn says your stake, near one of these two.",
            f"Everybody believes at first that {target} is resolved with probability"
            f" {fixed(100 * s.belief_target, 0)} %.",
            "Each package's cost to the target and to you, and how the others choose on average.",
        )
        unknown = (f"Whether {target} is resolved.", *(["What allies will do."] if pair.allies else []))
        packages = listing([spaced(name) for name in s.packages], "or")
        can = (
            f"Press or not, once in a dispute; then with which package: {packages}.",
            "If the target resists: impose, or back down.",
            f"{self.review()} Then lift, or go on.",
            *([f"Take a settlement at {fixed(100 * s.settle, 0)} % of the stake, if offered."] if s.settle else []),
        )
        return wants, knows, unknown, can

    def as_target(self, pair: _Pair) -> tuple[tuple[str, ...], ...]:
        """Wants, knows, unknown and can of a target."""
        s, coercer = self.s, the(self.called(pair.coercer))
        wants = (
            f"Keep your policy. Giving in costs your stake, {self.stakes(s.stake_target, 'irresolute', 'resolved')},"
            f" and {fixed(100 * s.audience_concede, 0)} % more because everybody sees it.",
            "Lose little income while measures are in force; help of allies makes up for part of it.",
        )
        knows = (
            self.trade(pair.target, pair.coercer),
            "Whether you are resolved: the first turn says your stake, near one of these two.",
            f"Everybody believes at first that {coercer} is firm with probability {fixed(100 * s.belief_coercer, 0)} %;"
            " its acts move that belief, as yours move the belief about you.",
        )
        unknown = (
            f"Whether {coercer} is firm.",
            *(
                [f"Whether {listing([the(self.called(a)) for a in pair.allies], 'or')} will help."]
                if pair.allies
                else []
            ),
        )
        can = (
            "At a demand: concede or resist.",
            f"{self.review()} Then concede or hold out{', or offer to settle' if s.settle else ''}.",
            *(["Take help that asks for a cut of trade with the coercer, or refuse it."]
              if pair.pledge is not None and pair.pledge.required_cut else []),
        )  # fmt: skip
        return wants, knows, unknown, can

    def as_ally(self, pair: _Pair) -> tuple[tuple[str, ...], ...]:
        """Wants, knows, unknown and can of an ally."""
        s, coercer, target = self.s, the(self.called(pair.coercer)), the(self.called(pair.target))
        tie = self.world.alliance_strength(self.seat, pair.target)
        word = pair.pledge.strength if pair.pledge is not None else 0.0
        promised = [] if pair.pledge is None else [p for p in pair.pledge.promised if p not in self.idle(pair)]
        wants = (
            f"{capital(target)} holds out: if it yields you lose {_pct(s.interest * tie)}"
            f" (your tie has strength {fixed(tie, 1)} of 1).",
            *([f"Keep your word: you promised {listing([spaced(p) for p in promised])}; breaking it costs"
               f" {_pct(word)}."] if word and promised else ["You promised nothing."]),
            f"Do not become the next: who supports is pressed with a chance of {fixed(100 * s.exposure_support, 0)} % a"
            f" year, who retaliates with {fixed(100 * s.exposure_retaliate, 0)} %.",
        )  # fmt: skip
        knows = (
            self.trade(self.seat, pair.coercer),
            "What each way to help costs you and does, and what larger allies have done before you.",
        )
        can = ("When measures are imposed: stand aside, or help, and how: with money, by buying, or by retaliating.",)
        return wants, knows, (f"Whether {coercer} is firm and {target} resolved.",), can

    def idle(self, pair: _Pair) -> set[str]:
        """Instruments promised against the coercer with which the seat cannot act: it breaks no promise there."""
        against = [x for x in pair.pledge.instruments if x.side == "coercer"] if pair.pledge is not None else []
        return {x.name for x in against if not x.goods_by_ally(self.world, pair.coercer, pair.allies)[self.seat]}

    def table(self, pairs: list[_Pair], policy: str) -> Iterator[str]:
        """Others at the table, and what allies agreed."""
        for pair in pairs:
            yield f"{self.called(pair.coercer)}, the coercer, and {self.called(pair.target)}, the target."
            if pair.allies:
                ties = [
                    f"{self.called(a)} ({fixed(self.world.alliance_strength(a, pair.target), 1)})" for a in pair.allies
                ]
                yield f"Allies of {the(self.called(pair.target))}, by the strength of their tie: {listing(ties)}."
        yield f"Agreed among allies: {policy_label(policy)}."
