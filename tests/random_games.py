"""Plays games at random: seats, scenarios, policies, moves, proposals, undo; every game replays to the byte.

    python tests/random_games.py --games 1000 --seed 1 [--scenario australia-2020 --scenario tiny]

A game ends in a debrief or in a named error. Saved and loaded it is the same JSON, a branch that follows its moves
ends as it does, and no turn lacks a number. Prints the counts, and the seed of every game that failed;
Ctrl-C ends it early and prints those so far.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from coercion_sim.analysis import Session, play  # noqa: E402
from coercion_sim.errors import CoercionSimError  # noqa: E402
from fakes.tiny import SCENARIO, write_tiny  # noqa: E402

#: Pressure that pays, in one dispute, and several that arise at random.
QUARREL = """
[dispute]
stake_target = 0.3
stake_coercer = 0.2
screen = "share"
screen_supply_share = 0.9
"""
MANY = (
    QUARREL
    + """rate = 0.4
coercers = ["CHN", "USA"]
targets = ["AUS", "JPN"]
settle = 0.4
"""
)
#: Seats, policies and goods of the cases; `tiny` and `many` are made for the occasion.
CASES: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "tiny": (("CHN", "AUS", "USA", "JPN"), ("stand_alone", "respond_as_allies"), ("coal", "wine", "services")),
    "many": (("CHN", "AUS", "USA", "JPN"), ("stand_alone", "respond_as_allies"), ("coal", "wine", "services")),
    "australia-2020": (
        ("CHN", "AUS", "USA", "JPN", "NZL", "India", "Australia"),
        ("stand_alone", "respond_as_allies", "integrate_economies"), ("wine", "coal", "barley", "goods"),
    ),
    "china-disputes": (("CHN", "KOR", "JPN", "AUS", "USA"), ("stand_alone", "respond_as_allies"), ("goods",)),
    "korea-2017": (("CHN", "KOR", "USA", "JPN"), ("stand_alone", "respond_as_allies"), ("services", "goods")),
    "many-challengers": (("CHN", "RUS", "USA", "JPN", "KOR"), ("stand_alone", "linked_domains"), ("goods",)),
}  # fmt: skip
#: Acts of one game, and draws it is dealt from: few, so that their disputes are solved once.
MOST_ACTS, DRAWS = 25, 6


def one_game(seed: int, folder: Path, cases: Sequence[str]) -> str:
    """Play one game and check its replay; return how it went: a phrase without numbers."""
    r = random.Random(seed)
    case = r.choice(list(cases))
    seats, policies, goods = CASES[case]
    source = written(case, folder) if case in ("tiny", "many") else case
    people = r.sample(seats, r.randint(1, min(3, len(seats))))
    draw = r.choice((None, r.randrange(DRAWS), r.randrange(DRAWS)))
    try:
        game = play(source, people, policy=r.choice(policies), seed=r.choice((None, None, None, seed)), replicate=draw)
        played = played_on(game, r, goods)
    except CoercionSimError as error:
        return f"named: {type(error).__name__}"
    check_replay(game, r, folder)
    return f"{case}: {played}"


def written(case: str, folder: Path) -> Path:
    """The scenario of a small case, as a file."""
    place = folder / case
    if not place.is_dir():
        place.mkdir()
        write_tiny(place, SCENARIO.replace("quarters = 4", "quarters = 8") + (QUARREL if case == "tiny" else MANY))
    return place / "tiny.toml"


def played_on(game: Session, r: random.Random, goods: Sequence[str]) -> str:
    """Play to the end with proposals, undo and wrong input between; return what happened."""
    acts: Counter[str] = Counter()
    while game.turn is not None and sum(acts.values()) < MOST_ACTS:
        check_turn(game)
        act = r.choices(("step", "undo", "propose", "wrong"), (10, 1, 1, 1))[0]
        before = json.dumps(game.as_dict())
        try:
            if act == "step":
                options = game.turn.options
                game.step(r.choice([o.label for o in options] + [str(r.randint(1, len(options)))]))
            elif act == "undo":
                game.undo(r.randint(1, 3))
            elif act == "propose":
                kind = r.choice(("settlement", "pledge", "statement", "package", "war"))
                game.propose(kind, r.choice((0.0, 0.1, 0.5, 2.0, -1.0)), r.sample(list(goods), 1))
            else:
                game.step(r.choice(("", "attack", "99", "0", "é")))
            acts[act] += 1
        except CoercionSimError:
            assert json.dumps(game.as_dict()) == before, f"a refused {act} changed the game"
            acts["refused"] += 1
    return "ended" if game.turn is None else "long"


def check_turn(game: Session) -> None:
    """A turn has options with finite worths and probabilities that add up to 1."""
    turn = game.turn
    assert turn is not None
    assert turn.seat in game.game.seats, "somebody else is to decide"
    assert len(turn.options) >= 2, "nothing to choose from"
    assert all(o.value == o.value for o in turn.options), "a worth is missing"
    assert abs(sum(o.probability for o in turn.options) - 1.0) < 1e-6, "probabilities do not add up"
    assert turn.seat in turn.names, "a seat without a name"


def check_replay(game: Session, r: random.Random, folder: Path) -> None:
    """Saved and loaded, and branched, the game is the same to the byte."""
    path = folder / "game.json"
    game.save(path)
    again = Session.load(path)
    assert json.dumps(again.as_dict()) == json.dumps(game.as_dict()), "a loaded game differs"
    again.save(folder / "again.json")
    assert (folder / "again.json").read_bytes() == path.read_bytes(), "a file saved again differs"
    at = r.randint(0, len(game.game.moves))
    branch = game.branch(at)
    for move in game.game.moves[at:]:
        branch.step(move.choice)
    assert json.dumps(branch.as_dict()) == json.dumps(game.as_dict()), "a branch that follows the game differs"


def main() -> int:
    """Play the games and print what became of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--games", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scenario", action="append", choices=list(CASES), help="repeat; default: all")
    given = parser.parse_args()
    count: Counter[str] = Counter()
    failed: list[tuple[int, str]] = []
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(given.seed, given.seed + given.games):
            try:
                count[one_game(seed, Path(folder), given.scenario or list(CASES))] += 1
            except KeyboardInterrupt:
                break
            except Exception:
                failed.append((seed, traceback.format_exc(limit=-3)))
                print(f"FAILED seed {seed}: {failed[-1][1]}", flush=True)
            if (seed - given.seed + 1) % 10 == 0:
                print(f"up to seed {seed}: {len(failed)} failed, {time.perf_counter() - began:.0f} s", flush=True)
    seconds, played = time.perf_counter() - began, count.total() + len(failed)
    print(f"{played} games in {seconds:.0f} s, seeds from {given.seed}; {len(failed)} failed")
    for what, n in sorted(count.items(), key=lambda item: -item[1]):
        print(f"  {n:5d} {what}")
    return int(bool(failed))


def sample(games: int, seed: int, folder: Path, cases: Sequence[str]) -> Any:
    """Play some games for a test; return their phrases, and raise at the first failure."""
    return Counter(one_game(at, folder, cases) for at in range(seed, seed + games))


if __name__ == "__main__":
    sys.exit(main())
