"""A session: people decide for some states of a scenario; every position is the replay of the moves so far.

The run is a function of the scenario, the policy, the seed, the replicate and the moves, because every draw is keyed by
its event. To undo is to replay fewer moves, to load is to replay a file's, to branch is to copy the moves.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coercion_sim.analysis.play.afterwards import what_else
from coercion_sim.analysis.play.position import endings, replayed, weighed
from coercion_sim.analysis.play.role import Role, roles
from coercion_sim.analysis.play.saved_game import Move, Proposal, SavedGame, job_of_game, read_game
from coercion_sim.analysis.play.sentences import dealt
from coercion_sim.analysis.play.turn import Debrief, Hidden, Turn
from coercion_sim.errors import ConvergenceError, GameError, InvalidInput, Problem
from coercion_sim.files import Document, plain_data, validate, write_text
from coercion_sim.wording import listing

if TYPE_CHECKING:
    from coercion_sim.experiments import Job
    from coercion_sim.policies import PolicyFiles
    from coercion_sim.world import World

#: Draws tried for one in which a seat has to decide.
DRAWS_TRIED = 40


class Session:
    """A game in which people decide for some states. Use `play` or `Session.load`.

    Attributes
    ----------
    game
        What replays it.
    turn
        The decision that waits; None when the game is over.
    """

    def __init__(
        self, game: SavedGame, policy_files: PolicyFiles = (), world: World | None = None, job: Job | None = None
    ) -> None:
        self.sources = policy_files, world
        if job is None:
            job, game = job_of_game(game, *self.sources)
        self.job = job
        self.game = game.model_copy(update={"policy": self.job.design.policies[0], "seed": self.job.design.seed})
        self._at = replayed(self.job, self.game)

    @property
    def turn(self) -> Turn | None:
        """The decision that waits; None when the game is over."""
        return self._at.turn

    @property
    def events(self) -> tuple[str, ...]:
        """What everybody saw so far, in order, and what each seat's economy did."""
        return self._at.events

    @property
    def names(self) -> dict[str, str]:
        """Code -> name of every state and outside actor."""
        return self.job.scenario.actors.names(self.job.world)

    @property
    def luck(self) -> str:
        """Sentence on the draw that the whole game is played in."""
        return dealt(self.job.design.seed, self.game.replicate, self.job.design.of_replicate(self.game.replicate))

    @property
    def over(self) -> bool:
        """Whether the last quarter has been played."""
        return self.turn is None

    # ------------------------------------------------------------------ moves

    def step(self, choice: str | Mapping[str, Any]) -> Turn | None:
        """Takes a choice (a label, its beginning or number from 1, or ``{"choice": label}``); returns the next turn.

        Raises
        ------
        InvalidInput
            For a choice that is no option, or where the game is over. The session stays as it is.
        """
        if self.turn is None:
            raise InvalidInput(Problem("the game is over", key="choice", found=repr(choice), allowed="undo"))
        wanted = choice.get("choice") if isinstance(choice, Mapping) else choice
        label = _option(self.turn, str(wanted))
        done = Move(quarter=self.turn.quarter, seat=self.turn.seat, move=self.turn.move, choice=label)
        game = self.game.model_copy(update={"moves": (*self.game.moves, done)})
        self._at = replayed(self.job, game)
        self.game = game
        return self.turn

    def undo(self, moves: int = 1) -> Turn | None:
        """Takes back the last moves; returns the turn that waits then."""
        left = len(self.game.moves) - moves
        if moves < 1 or left < 0:
            allowed = f"1 to {len(self.game.moves)}" if self.game.moves else "none: no move was made"
            raise InvalidInput(Problem("cannot take back so many moves", key="undo", found=str(moves), allowed=allowed))
        self.game = self.game.model_copy(update={"moves": self.game.moves[:left]})
        self._at = replayed(self.job, self.game)
        return self.turn

    def branch(self, moves: int, choice: str | None = None) -> Session:
        """Another session that shares the first `moves` moves and then, if given, takes another choice."""
        if not 0 <= moves <= len(self.game.moves):
            allowed = f"0 to {len(self.game.moves)}"
            raise InvalidInput(Problem("no such move", key="branch", found=str(moves), allowed=allowed))
        other = Session(self.game.model_copy(update={"moves": self.game.moves[:moves]}), *self.sources, self.job)
        if choice is not None:
            other.step(choice)
        return other

    def deal(self) -> Session:
        """Another game of the same terms: the next draw in which one of the seats has to decide.

        Raises
        ------
        InvalidInput
            Where none of the draws tried has a decision.
        """
        first = self.game.replicate + 1
        fresh = self.game.model_copy(update={"moves": (), "proposals": (), "replicate": first + DRAWS_TRIED - 1})
        return _dealt(fresh, range(first, first + DRAWS_TRIED), *self.sources)

    def roles(self) -> tuple[Role, ...]:
        """Sheets of the seats that have something to decide: what each wants, knows and can do."""
        sheets = {role.seat: role for role in roles(self.job, self.game.policy, self.game.replicate)}
        return tuple(sheets[seat] for seat in self.game.seats if seat in sheets)

    def propose(self, kind: str, size: float = 0.0, goods: Sequence[str] = ()) -> Turn | None:
        """Changes the terms of the game: see `Proposal`; returns the turn that waits then.

        A proposal replaces the earlier one of its kind, so that terms can be bargained over.

        Raises
        ------
        InvalidInput
            For what the model has no price for, a policy that promises nothing, goods the world does not have, or moves
            already made that no longer fit. The session stays as it is.
        """
        turn, scenario = self.turn, self.job.scenario
        offered: dict[str, Any] = {"seat": turn.seat if turn else self.game.seats[0], "kind": kind, "size": size}
        pair = (turn.coercer, turn.target) if turn else (scenario.coercer or "", scenario.target or "")
        offered |= {"goods": list(goods), "by": pair[0], "on": pair[1]}
        made, problems = validate(Proposal, Document("proposal", {"proposal": offered}), ("proposal",))
        if made is None or problems:
            raise InvalidInput(problems)
        pair = (made.by, made.on)
        stay = (p for p in self.game.proposals if p.kind != kind or (kind == "package" and (p.by, p.on) != pair))
        game = self.game.model_copy(update={"proposals": (*stay, made)})
        other = Session(game, *self.sources)
        if kind == "package" and "record" in other._at.struck_out:
            allowed = "a package that passes the screen, or --set dispute.screen=off"
            raise InvalidInput(
                Problem(other._at.struck_out["record"], key="package", found=listing(goods), allowed=allowed)
            )
        self.game, self.job, self._at = game, other.job, other._at
        return self.turn

    # ------------------------------------------------------------------ files

    def save(self, path: str | Path) -> None:
        """Writes the game as JSON: the scenario, the seed and the moves, which replay it.

        Raises
        ------
        InvalidInput
            Where the file exists and is not a saved game; it is left unchanged.
        """
        target = Path(path)
        if target.is_file() and target.stat().st_size:
            try:
                read_game(target)
            except InvalidInput as error:
                message = "exists and is not a saved game; give another name"
                raise InvalidInput(Problem(message, file=str(target), key="save")) from error
        write_text(target, json.dumps(plain_data(self.game.model_dump()), indent=1) + "\n")

    @classmethod
    def load(cls, path: str | Path, *, policy_files: PolicyFiles = (), world: World | None = None) -> Session:
        """Replays a saved game.

        Raises
        ------
        InvalidInput
            For a file that is no saved game, or moves that the game does not ask for (another version or scenario).
        """
        return cls(read_game(Path(path)), policy_files, world)

    def as_dict(self) -> dict[str, Any]:
        """The game, the turn that waits, and, when it is over, the debrief, as plain data."""
        over = self.debrief().as_dict() if self.over else None
        return {"game": plain_data(self.game.model_dump()), "turn": self.turn and self.turn.as_dict(), "debrief": over}

    def __repr__(self) -> str:
        where = repr(self.turn) if self.turn else self.debrief().headline
        return f"Session({self.game.scenario} as {', '.join(self.game.seats)}, {len(self.game.moves)} moves: {where})"

    # ------------------------------------------------------------------ the end

    def debrief(self) -> Debrief:
        """What happened, what each decision was worth against its alternatives, what the equilibrium would have done.

        Raises
        ------
        InvalidInput
            Where the game is not over.
        """
        if self.turn is not None:
            raise InvalidInput(Problem("the game is not over", key="debrief", found=repr(self.turn), allowed="step"))
        at, alone = self._at, replayed(self.job, self.game, seats=())
        sheets = roles(self.job, self.game.policy, self.game.replicate)
        others = [role for role in sheets if role.seat not in self.game.seats]
        return Debrief(
            endings=endings(at.disputes),
            instead=endings(alone.disputes),
            decisions=tuple(weighed(d, m, at.gdp) for d, m in zip(at.answered, self.game.moves, strict=True)),
            incomes=at.incomes,
            incomes_usd={s: x / 100.0 * at.gdp[s] for s, x in at.incomes.items()},
            events=at.events,
            types=tuple((f"{d.coercer}-{d.target}", d.firm, d.resolved) for d in at.disputes),
            afterwards=at.afterwards,
            what_else=tuple(what_else(self.job, self.game, at.answered, at.disputes, others)),
        )

    def hidden(self) -> Hidden:
        """For a facilitator: types and stakes of this draw, and how it ends where everybody plays the equilibrium."""
        alone = replayed(self.job, self.game, seats=())
        return Hidden(
            types=tuple(
                (f"{d.coercer}-{d.target}", d.firm, d.resolved, d.stake_coercer, d.stake_target) for d in alone.disputes
            ),
            instead=endings(alone.disputes),
            events=alone.events,
        )


def play(
    scenario: str | Path, seats: str | Sequence[str] = (), *, policy: str | None = None, seed: int | None = None,
    replicate: int | None = None, overrides: Iterable[str] = (), policy_files: PolicyFiles = (),
    world: World | None = None,
) -> Session:  # fmt: skip
    """Open a game in which people decide for these states, and the others by their rules.

    Parameters
    ----------
    scenario
        Name or file.
    seats
        States that people decide for, by code or name, in any number; none: the scenario's target.
    policy
        Agreed among the allies; the scenario's first if None.
    replicate
        Draw of the uncertain numbers and of luck; None: the first in which one of the seats has to decide.

    Raises
    ------
    InvalidInput
        For a seat that is no state of the scenario, or that has nothing to decide in the draws tried.
    """
    people = (seats,) if isinstance(seats, str) else tuple(seats)
    game = SavedGame(
        scenario=str(scenario), policy=policy or "", seats=people, seed=seed, overrides=tuple(overrides),
        replicate=DRAWS_TRIED - 1 if replicate is None else replicate,
    )  # fmt: skip
    if replicate is None:
        return _dealt(game, range(DRAWS_TRIED), policy_files, world)
    return Session(game, policy_files, world)


def _dealt(game: SavedGame, draws: range, policy_files: PolicyFiles, world: World | None) -> Session:
    """The game in the first of some draws in which a seat has to decide; one without an equilibrium is passed over."""
    job, seated = job_of_game(game, policy_files, world)
    for draw in draws:
        with suppress(GameError, ConvergenceError):
            session = Session(seated.model_copy(update={"replicate": draw}), policy_files, world, job)
            if session.turn is not None:
                return session
    message = f"has nothing to decide in {len(draws)} draws from draw {draws[0]}"
    parties = ", ".join(role.seat for role in roles(job, job.design.policies[0], draws[0]))
    raise InvalidInput(Problem(message, key="seat", found=", ".join(seated.seats), allowed=f"one of {parties}"))


def _option(turn: Turn, wanted: str) -> str:
    labels = [o.label for o in turn.options]
    text = wanted.strip().lower()
    if text.isdecimal() and 1 <= int(text) <= len(labels):
        return labels[int(text) - 1]
    exact = [label for label in labels if label.lower() == text]
    begun = exact or [label for label in labels if text and label.lower().startswith(text)]
    if len(begun) == 1:
        return begun[0]
    allowed = ", ".join(f"{i} {label}" for i, label in enumerate(labels, start=1))
    message = "no option of this decision" if not begun else "begins several options"
    raise InvalidInput(Problem(message, key="choice", found=repr(wanted), allowed=allowed))
