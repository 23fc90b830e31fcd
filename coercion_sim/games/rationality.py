"""Logit rationality: one number, or one per player or information set; relative to a stake where wanted."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeAlias

import numpy as np

from coercion_sim.errors import Problem, nearest
from coercion_sim.games.flat_tree import FlatTree, Floats
from coercion_sim.games.game_error import GameError

Rationality: TypeAlias = float | Mapping[str, float]


def relative_rationality(Lambda: float, stakes: Mapping[str, float]) -> dict[str, float]:
    """Return lambda_j = Lambda / m_j: noise in proportion to what the mover has at stake.

    Scaling all payoffs and stakes together then changes no choice. Keys are players or information sets (so that two
    types of one player can have their own stake).
    """
    wrong = [f"{name}={stake!r}" for name, stake in stakes.items() if not stake > 0.0]
    if wrong:
        raise GameError(Problem("a stake must be positive", found=", ".join(wrong)))
    return {name: Lambda / stake for name, stake in stakes.items()}


def by_infoset(flat: FlatTree, rationality: Rationality, source: str | None = None) -> Floats:
    """Return lambda_h (H,) for each information set; a value given for an information set beats its player's.

    Raises
    ------
    GameError
        A rationality is negative or not a number, a name is unknown, or a mover has none.
    """
    if not isinstance(rationality, Mapping):
        given: dict[str, float] = dict.fromkeys(flat.players, float(rationality))
    else:
        given = {name: float(value) for name, value in rationality.items()}
    known = [*flat.players, *flat.infosets]
    problems = []
    for name, value in given.items():
        if name not in known:
            problems.append(
                Problem(
                    "no such player or information set",
                    source,
                    None,
                    "rationality",
                    repr(name),
                    None,
                    nearest(name, known),
                )
            )
        if math.isnan(value) or value < 0.0:
            problems.append(
                Problem(
                    "not a rationality",
                    source,
                    None,
                    f"rationality.{name}",
                    repr(value),
                    "0 or more, infinity included",
                )
            )
    found = []
    lacking = set()
    for h, infoset in enumerate(flat.infosets):
        player = flat.players[flat.infoset_player[h]]
        value = given.get(infoset, given.get(player, math.nan))
        if infoset not in given and player not in given:
            lacking.add(player)
        found.append(value)
    problems += [
        Problem("no rationality given for a player who moves", source, None, f"rationality.{p}")
        for p in sorted(lacking)
    ]
    if problems:
        raise GameError(problems)
    return np.array(found, dtype=np.float64)
