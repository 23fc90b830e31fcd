"""`coercion-sim explain --record`: the likelihood of what the script says happened, step by step."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from coercion_sim.cli.options import echo_json
from coercion_sim.cli.tables import paragraph, table
from coercion_sim.wording import count, fixed, policy_label, spaced

if TYPE_CHECKING:
    from coercion_sim.analysis import PathLikelihood


def echo_record(scenario: str, *, as_json: bool, dispute: int | None, replicate: int, **given: Any) -> None:
    """Print the path, its factors, their product, and the rates of the same games beside the published ones.

    Raises
    ------
    click.UsageError
        Where one dispute or replicate is asked for.
    """
    from coercion_sim.analysis import record_likelihood
    from coercion_sim.experiments import reporting

    if dispute is not None or replicate:
        raise click.UsageError("--record is about all draws: leave --dispute and --replicate out.")
    with reporting("record", quiet=as_json, what="games") as progress:
        result = record_likelihood(scenario, **given, progress=progress)
    if as_json:
        echo_json(result.as_dict())
    else:
        click.echo("\n".join(_lines(result)))


def _lines(result: PathLikelihood) -> Iterator[str]:
    path = result.path
    yield from paragraph(result.title or result.scenario)
    yield from paragraph(
        f"The record: {path.coercer} pressed {path.target}, {path.target} resisted, {path.coercer} imposed in "
        f"{path.first}; {count(path.measures, 'measure')} ended unrewarded after {path.shortest} to {path.longest} "
        f"quarters, the last in {path.last}.",
        rest="",
    )
    unsolved = f", {result.unsolved} unsolved" if result.unsolved else ""
    yield from paragraph(
        f"Under {policy_label(result.policy)}, {count(result.draws, 'draw')}, exact{unsolved}; any package counts.",
        rest="",
    )
    rows = result.records()
    yield ""
    kinds = ("step", "part", "likelihood")
    yield from table(
        ["the game gives", "mean", "5-95 % of draws", ""],
        [[_label(r), _share(r["value"]), _range(r), r["words"]] for kind in kinds for r in rows if r["kind"] == kind],
        left=(0, 3),
    )
    yield ""
    yield from table(
        ["rates of these disputes", "mean", "5-95 % of draws", "published", ""],
        [
            [_label(r), _share(r["value"]), _range(r), _share(r["record"]), r["words"]]
            for r in rows
            if r["kind"] == "rate"
        ],
        left=(0, 4),
    )
    yield from paragraph(
        "Published: TIES 1970-2000, all senders (Morgan, Bapat and Kobayashi 2014, as published with Crisman-Cox and "
        "Gibilisco 2019); success: Hufbauer et al. 2007.",
        rest="",
    )


def _label(row: dict[str, Any]) -> str:
    return ("  " if row["kind"] == "part" else "") + spaced(row["name"])


def _share(value: float) -> str:
    return "-" if math.isnan(value) else fixed(value, 3)


def _range(row: dict[str, Any]) -> str:
    return f"{_share(row['low'])} to {_share(row['high'])}"
