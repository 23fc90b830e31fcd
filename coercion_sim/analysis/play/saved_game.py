"""A saved game: the scenario, the seed, the terms agreed and the moves, which together replay it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from coercion_sim.dispute import PACKAGES
from coercion_sim.errors import InvalidInput, Problem, nearest
from coercion_sim.experiments import Job, make_job
from coercion_sim.files import Label, Labels, Table, read_json, validate
from coercion_sim.world import state_label

if TYPE_CHECKING:
    from coercion_sim.policies import PolicyFiles
    from coercion_sim.world import World


class Move(Table):
    """One choice of a seat, as a saved game has it."""

    quarter: str
    seat: Label
    move: str
    choice: str


class Proposal(Table):
    """Terms a seat proposes and everybody takes: they hold from the start of the replay.

    ``pledge``: what breaking its promise costs an ally, `size` percent of GDP; ``settlement``: settling at share `size`
    of the stake is an option; ``statement``: allies condemn the pressure jointly; ``package``: the coercer may press
    with bans on `goods` that leave share `size` of the trade.
    """

    seat: Label
    kind: Literal["pledge", "settlement", "statement", "package"]
    size: float = Field(0.0, ge=0, le=10)
    goods: Labels = ()
    by: str = ""
    on: str = ""


class SavedGame(Table):
    """A saved game: what replays it."""

    scenario: str
    policy: str = ""
    seats: Labels
    seed: int | None = None
    replicate: int = Field(0, ge=0)
    overrides: tuple[str, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    moves: tuple[Move, ...] = ()


def read_game(path: Path) -> SavedGame:
    """Read a saved game.

    Raises
    ------
    InvalidInput
        For a file that is no saved game.
    """
    game, problems = validate(SavedGame, read_json(path, what="saved game"))
    if game is None or problems:
        raise InvalidInput(problems)
    return game


def job_of_game(game: SavedGame, policy_files: PolicyFiles, world: World | None) -> tuple[Job, SavedGame]:
    """The design and the world of a game, its proposals agreed, and the game with its seats by code.

    Raises
    ------
    InvalidInput
        For a seat that is no state of the scenario; where the game has none and the scenario no target.
    """

    def made(overrides: Sequence[str]) -> Job:
        return make_job(
            game.scenario, game.policy or None, replicates=game.replicate + 1, seed=game.seed, overrides=overrides,
            policy_files=policy_files, world=world, strategic=True,
        )  # fmt: skip

    job = made(game.overrides)
    if game.proposals:
        agreed = dict.fromkeys(text for proposal in game.proposals for text in _agreed(proposal, job))
        job = made((*game.overrides, *agreed))
    known = (*job.world.states, *(a.code for a in job.scenario.actors.outside))
    named = job.scenario.actors.names(job.world)
    seats = {s: state_label(s, known, named) for s in game.seats or (job.scenario.target or "",)}
    InvalidInput.refuse(_no_seat(s, known) for s, code in seats.items() if code is None)
    return job, game.model_copy(update={"seats": tuple(dict.fromkeys(code for code in seats.values() if code))})


def _no_seat(word: str, known: Sequence[str]) -> Problem:
    message = "no such state" if word else "say which state you decide for"
    return Problem(message, None, None, "seat", repr(word) if word else None, ", ".join(known), nearest(word, known))


def _agreed(proposal: Proposal, job: Job) -> tuple[str, ...]:
    """What a proposal replaces in the scenario."""
    if proposal.kind == "settlement":
        return (f"dispute.settle={proposal.size}",)
    if proposal.kind == "package":
        job.world.sector_indices(proposal.goods)
        return (f"dispute.packages={json.dumps([*PACKAGES, 'record'])}",)
    policy = job.design.policies[0]
    for name in policy.split("+"):
        parameters = job.scenario.policy_parameters(name)
        if proposal.kind == "pledge" and hasattr(parameters, "pledge"):
            return (f"policy.{name}.pledge={proposal.size}",)
        if proposal.kind == "statement" and hasattr(parameters, "instruments"):
            named = dict.fromkeys(("statement", *parameters.instruments))
            return (f"policy.{name}.instruments={json.dumps(list(named))}",)
    message = f"the policy agreed has no {proposal.kind}"
    allowed = "a policy with a promise, such as respond_as_allies"
    raise InvalidInput(Problem(message, key="propose", found=policy, allowed=allowed))
