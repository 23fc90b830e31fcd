"""Behavioural numbers that may be drawn: their ranges, and draws weighed by published rates (docs/behaviour.md).

The table is made by ``benchmarks/weigh_behaviour.py``. Its rows are equally likely, the first is the most central,
and a row is drawn as a whole, so that correlations are kept.
"""

from __future__ import annotations

import csv
from collections.abc import Collection
from functools import cache
from importlib.resources import files
from typing import Final, Literal

BehaviourDraws = Literal["fixed", "prior", "posterior"]
Form = Literal["uniform", "log_uniform"]
#: Keys of ``[dispute]`` -> distribution and ends of the range, those of docs/disputes.md.
BEHAVIOUR_RANGES: Final[dict[str, tuple[Form, float, float]]] = {
    "rationality": ("log_uniform", 3.0, 12.0),
    "stake_target": ("log_uniform", 0.3, 1.5),
    "stake_coercer": ("log_uniform", 0.03, 0.3),
    "cost_once": ("log_uniform", 0.01, 0.08),
    "cost_year": ("uniform", 0.0, 0.03),
    "audience_back_down": ("uniform", 0.0, 0.8),
    "audience_lift": ("uniform", 0.1, 0.6),
    "audience_concede": ("uniform", 0.0, 0.5),
    "review": ("uniform", 0.3, 1.0),
    "type_spread": ("log_uniform", 4.0, 25.0),
    "belief_target": ("uniform", 0.3, 0.7),
    "belief_coercer": ("uniform", 0.3, 0.7),
    "lapse": ("uniform", 0.0, 0.1),
    "lapse_cost": ("uniform", 0.0, 1.0),
    "discount": ("uniform", 0.95, 0.99),
    "last_quarter_bite": ("uniform", 0.0, 0.5),
    "forgetting": ("uniform", 0.8, 1.0),
    "interest": ("log_uniform", 0.003, 0.03),
    "exposure_retaliate": ("uniform", 0.0, 0.1),
    "exposure_support": ("uniform", 0.0, 0.1),
    "reliability": ("uniform", 0.3, 0.7),
}
#: Of these, numbers drawn apart from the rows that are weighed: the rates say nothing of them, so that their posterior
#: is their prior whatever the rest of the row.
DRAWN_APART: Final = ("reliability",)
#: Rows of the table.
POSTERIOR_ROWS: Final = 256
#: Numbers that games without allies depend on: the rates say nothing of the others.
WEIGHED_NUMBERS: Final = tuple(BEHAVIOUR_RANGES)[:16]


@cache
def behaviour_draws() -> dict[str, tuple[float, ...]]:
    """Draws weighed by published rates: key of ``[dispute]`` -> its column; row k of all columns is one draw."""
    text = files("coercion_sim.dispute").joinpath("behaviour.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    return {name: tuple(float(row[name]) for row in rows) for name in BEHAVIOUR_RANGES}


def row_of_behaviour(row: int, without: Collection[str] = ()) -> dict[str, float]:
    """One draw: key of ``[dispute]`` -> number, some left out."""
    return {name: column[row] for name, column in behaviour_draws().items() if name not in without}
