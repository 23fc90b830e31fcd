"""One dyad in one draw of the uncertain numbers, as the model sets it up: its possible allies and its game."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from coercion_sim.analysis.deterrence.pledges import PledgedGame, Promised, Terms
from coercion_sim.dispute import DisputeGame
from coercion_sim.errors import InvalidInput, NothingToPressWith, Problem, nearest
from coercion_sim.experiments import Design, make_design, make_job
from coercion_sim.policies import Compensate, Pledge, PolicyFiles, Retaliate
from coercion_sim.world import state_label

if TYPE_CHECKING:
    from coercion_sim.dispute import OpenedDispute, PayoffTable
    from coercion_sim.model import Diplomacy
    from coercion_sim.scenario import Scenario
    from coercion_sim.world import World


@dataclass(eq=False)
class Dyad:
    """One coercer and one target in one draw of the uncertain numbers, before anything has happened.

    Attributes
    ----------
    diplomacy
        The states and the economy; used as the model uses it.
    base
        The promise whose other properties (statement, sharing, link, dependence ...) are kept.
    stake_target
        v_T, before types; None: as drawn.
    """

    diplomacy: Diplomacy
    coercer: str
    target: str
    base: Pledge
    dependence: float | None = None
    stake_target: float | None = None
    plain: dict[Terms | None, tuple[DisputeGame, PayoffTable]] = field(default_factory=dict)

    @property
    def world(self) -> World:
        """The world the dyad is in."""
        return self.diplomacy.world

    def promise(self, terms: Terms, strength: float) -> Pledge:
        """The pledge of these terms: instruments that are not promised are off the menu."""
        supports, cuts = terms.kind != "retaliation", terms.kind != "support"
        dependence = self.base.instrument(Retaliate).dependence if self.dependence is None else self.dependence
        words = tuple(x.name for x in self.base.instruments if x.side == "words" and x.name in self.base.promised)
        named = ((Compensate.name,) if supports else ()) + ((Retaliate.name,) if cuts else ())
        promise = replace(
            self.base,
            allies=terms.members,
            strength=strength,
            promised=words + named,
            instruments=tuple(x if supports else x.scaled(0.0) for x in self.base.instruments),
        )
        promise = promise.with_instrument(Compensate(fraction=terms.intensity if supports else 0.0))
        left_open = 1.0 - terms.intensity if cuts else 1.0
        return promise.with_instrument(Retaliate(retaliate_open=left_open, dependence=dependence))

    def pledged(self, terms: Terms | None, stake: float) -> PledgedGame:
        """The game under these terms at v_C = `stake`; None: no ally promises or helps.

        Raises
        ------
        NothingToPressWith
            Where the coercer has nothing to press with.
        """
        game, table = self._plain(terms)
        step = np.sqrt(game.stake_coercer[1] / game.stake_coercer[0])
        return PledgedGame(replace(game, stake_coercer=stake * np.array([1.0 / step, step])), table)

    def spoken(self, stake: float) -> PledgedGame:
        """The game where no ally promises or helps, but condemns where the base promise does.

        Raises
        ------
        NothingToPressWith
            Where the coercer has nothing to press with.
        """
        unaided = self.pledged(None, stake)
        words = replace(unaided.game.parameters, statement_cost=self.words_cost)
        return replace(unaided, game=replace(unaided.game, parameters=words))

    @property
    def words_cost(self) -> float:
        """a_name: cost to the coercer of the words of the base promise, percent of its GDP; 0 where it has none."""
        words = (x for x in self.base.instruments if x.side == "words" and x.name in self.base.promised)
        return sum((x.condemnation for x in words), 0.0)

    def _plain(self, terms: Terms | None) -> tuple[DisputeGame, PayoffTable]:
        if terms not in self.plain:
            # Any strength above zero makes the same allies act: those of the terms, at most `most_allies`.
            promise = replace(self.base, allies=(), promised=()) if terms is None else self.promise(terms, 1.0)
            self.diplomacy.policy = Promised(promise)
            game, table = self.open()
            if self.stake_target is not None and not (self._given is not None and self._given.stake_target):
                step = np.sqrt(game.stake_target[1] / game.stake_target[0])
                game = replace(game, stake_target=self.stake_target * np.array([1.0 / step, step]))
            self.plain[terms] = (game, table)
        return self.plain[terms]

    @property
    def _given(self) -> OpenedDispute | None:
        """What ``[[dispute.opened]]`` says of this pair."""
        pair = (self.coercer, self.target)
        return next((o for _, o in self.diplomacy.opened if (o.coercer, o.target) == pair), None)

    def open(self) -> tuple[DisputeGame, PayoffTable]:
        """Open the dispute under the policy as it stands: its game, and the payoffs behind it.

        Raises
        ------
        NothingToPressWith
            Where the coercer has nothing to press with.
        """
        dispute = self.diplomacy.open_dispute(self.coercer, self.target, 0, self._given)
        if dispute is None:
            policy = self.diplomacy.policy
            under = "" if isinstance(policy, Promised) else f" under {policy.name}"
            raise NothingToPressWith(
                f"{self.coercer} has nothing to press {self.target} with{under}: every package is without effect or"
                " struck out by the screen of [dispute]; loosen it (dispute.screen), name another pair, or leave this"
                " policy out (--policy)"
            )
        return dispute.game, self.diplomacy.cases[-1].table

    def bound(self) -> dict[str, float]:
        """States with any tie to the target and its strength, the coercer left out."""
        world = self.world
        ties = {
            s: world.alliance_strength(s, self.target) for s in world.states if s not in (self.coercer, self.target)
        }
        return {s: tie for s, tie in ties.items() if tie > 0.0}

    def gdp(self, state: str) -> float:
        """US$ million a year."""
        return float(self.world.baseline.gdp[self.world.state_index(state)])

    @property
    def stake_coercer(self) -> float:
        """v_C before types, percent of the coercer's GDP: the pair's own, else the scenario's median."""
        challenger = self.diplomacy.challengers.get((self.coercer, self.target))
        own = challenger.stake if challenger is not None else None
        return float(self.diplomacy.settings.stake_coercer if own is None else own)

    def disputes_a_year(self) -> float:
        """Expected number that arise: four times the chance a quarter."""
        challenger = self.diplomacy.challengers.get((self.coercer, self.target))
        rate = self.diplomacy.settings.rate
        return 4.0 * (rate if challenger is None or challenger.rate is None else challenger.rate)


@dataclass(frozen=True, eq=False)
class Question:
    """A scenario with its design: what every draw of a question about pledges needs."""

    scenario: Scenario
    world: World
    design: Design
    policy: str
    pair: tuple[str, str] | None
    dependence: float | None
    central: bool

    def dyad(self, draw: int) -> Dyad:
        """The pair in one draw: the economy's and the scenario's uncertain numbers, and v_T, as replicate `draw`."""
        from coercion_sim.model import build_model, release

        resolved = self.scenario.with_values(dict(self.design.of_replicate(draw)))
        model = build_model(resolved, self.world, self.policy, self.design.seed, replicate=draw)
        d = model.diplomacy
        assert d is not None
        release(model)
        coercer, target = self._pair(d)
        base = d.policy.pledge(d.outlook, coercer, target)
        if base is None:
            allies = tuple(s for s in d.world.states if s != coercer and d.world.alliance_strength(s, target) > 0)
            base = Pledge(allies)
        return Dyad(d, coercer, target, base, self.dependence, resolved.dispute.stake_target if self.central else None)

    def _pair(self, d: Diplomacy) -> tuple[str, str]:
        """The pair given, else the first dispute sure to arise, else the first pair that may quarrel."""
        if self.pair is not None:
            outside = {c for c, _ in d.challengers} | {o.coercer for _, o in d.opened}
            coercer, target = (
                state_label(word, d.world.states, d.world.state_names) or (word if word in allowed else None)
                for word, allowed in zip(self.pair, (outside, ()), strict=True)
            )
            for word, label in zip(self.pair, (coercer, target), strict=True):
                if label is None:
                    near = nearest(word, d.world.states)
                    raise InvalidInput(Problem("no such state in the world", key="--pair", found=word, suggestion=near))
            if coercer == target:
                raise InvalidInput(Problem("a state does not coerce itself", key="--pair", found=":".join(self.pair)))
            return str(coercer), str(target)
        pairs = [(o.coercer, o.target) for _, o in d.opened] + list(d.challengers)
        if not pairs:
            why = "no dispute can arise: no coercer and target under [actors], and none under [dispute]"
            allowed = "name them, or give --pair COERCER:TARGET"
            raise InvalidInput(Problem(f"{self.scenario.name}: {why}", allowed=allowed))
        return pairs[0]


def ask(
    scenario: str | Path | Scenario, policy: str | None = None, *, draws: int = 1, seed: int | None = None,
    overrides: Iterable[str] = (), policy_files: PolicyFiles = (), pair: tuple[str, str] | None = None,
    dependence: float | None = None, at_defaults: bool = False,
) -> Question:  # fmt: skip
    """Set a question up; in a scripted scenario too, states choose here.

    Parameters
    ----------
    scenario, policy, seed, overrides, policy_files, at_defaults
        As in `simulate`. `policy` is the one whose pledge gives all other terms; None: the first named that
        promises anything, else a plain promise by all states bound to the target.
    draws
        Number of draws of the uncertain numbers.
    pair
        (coercer, target); None: the first dispute of the scenario.
    dependence
        Least share of the coercer's imports the members supply together, for a good to be cut off; None: the policy's.

    Raises
    ------
    InvalidInput
        For an unknown scenario, policy, override or state.
    """
    job = make_job(
        scenario, policy, replicates=draws, seed=seed, overrides=overrides, policy_files=policy_files,
        at_defaults=at_defaults,
    )  # fmt: skip
    chosen = job.scenario.with_values({"conduct": "strategic"})
    named = chosen.policies if policy is None else (policy,)
    design = make_design(chosen, policies=named, replicates=draws, seed=job.design.seed, at_defaults=at_defaults)
    questions = [Question(chosen, job.world, design, p, pair, dependence, at_defaults) for p in named]
    if policy is not None or len(questions) == 1:
        return questions[0]
    for question in questions:
        first = question.dyad(0)
        if first.diplomacy.policy.pledge(first.diplomacy.outlook, first.coercer, first.target) is not None:
            return question
    return questions[0]


def nested_members(dyad: Dyad, by_gdp: bool, most: int) -> dict[str, tuple[str, ...]]:
    """Nested sets of the states bound to the target, the largest first, or the closest tied first: 1, 2, 3, `most`."""
    bound = dyad.bound()
    ranked = sorted(bound, key=lambda s: (0.0 if by_gdp else -bound[s], -dyad.gdp(s)))
    sizes = sorted({k for k in (1, 2, 3, most) if 0 < k <= min(most, len(ranked))} | {min(most, len(ranked))} - {0})
    order = "GDP" if by_gdp else "tie"
    return {f"{k} by {order}" if k > 1 else ranked[0]: tuple(ranked[:k]) for k in sizes}


def acting(dyad: Dyad, members: Sequence[str]) -> tuple[str, ...]:
    """Of these members, those that act: the `most_allies` with the strongest tie, then the largest."""
    ties = {s: dyad.world.alliance_strength(s, dyad.target) for s in members}
    ranked = sorted(members, key=lambda s: (-ties[s], -dyad.gdp(s)))
    return tuple(sorted(ranked[: dyad.diplomacy.settings.most_allies], key=lambda s: -dyad.gdp(s)))


def named_members(dyad: Dyad, members: Sequence[str], key: str = "--members") -> tuple[str, ...]:
    """Check members given by name, with `key`.

    Raises
    ------
    InvalidInput
        For a state the world does not hold, or a party to the dispute.
    """
    problems = []
    for state in members:
        if state not in dyad.world.states:
            near = nearest(state, dyad.world.states)
            problems.append(Problem("no such state in the world", key=key, found=state, suggestion=near))
        elif state in (dyad.coercer, dyad.target):
            problems.append(Problem("a party to the dispute is no ally in it", key=key, found=state))
    InvalidInput.refuse(problems)
    return tuple(dict.fromkeys(members))
