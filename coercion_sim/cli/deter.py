"""`coercion-sim deter`: the least pledge that deters; and the options by which pledges are described."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coercion_sim.cli import options
from coercion_sim.cli.options import FOLDER, echo_json, read_pair, with_options
from coercion_sim.cli.tables import paragraph, paragraphs, table
from coercion_sim.files import write_text
from coercion_sim.intervals import share_of_draws
from coercion_sim.wording import capital, count, listing, number, percent, quantity, verb

if TYPE_CHECKING:
    from coercion_sim.analysis import Frontier, FrontierPoint

#: Share of draws in which a pledge that deters does.
_MOST_DRAWS = 0.9
#: Kind of promise -> what is promised.
PROMISES = {
    "support": "make good {share} of the loss together",
    "retaliation": "cut off {share} of critical exports",
    "both": "make good {share} of the loss together and cut off {share} of critical exports",
}
_TYPES = {
    "mean": "the mean over its types at the belief about them",
    "soft": "the soft type's",
    "firm": "the firm type's",
}


#: Options of `deter` and `coalition`: which game is asked about.
pledge_options = with_options(
    click.option(
        "--policy", metavar="NAME",
        help="Policy whose pledge sets the other terms: statement, sharing, link.  [default: the first that pledges]",
    ),
    options.pair,
    click.option(
        "--kind", "kinds", multiple=True, type=click.Choice(["support", "retaliation", "both"]),
        help="Kind of promise; repeat for several.  [default: all three]",
    ),
    click.option(
        "--intensity", "intensities", multiple=True, type=float, metavar="X",
        help="Share of the loss made good together, and of critical exports cut off, 0-1; repeat for several."
        "  [default: support .25 .5 1, retaliation .25 .5 .75 .9, both .25 .5 .9]",
    ),
    click.option(
        "--dependence", type=click.FloatRange(0, 1), metavar="X",
        help="A good can be cut off where members supply at least this share of the coercer's imports.",
    ),
    click.option(
        "--strongest", type=float, default=0.3, show_default=True, metavar="A",
        help="Strongest pledge tried, percent of a member's GDP.",
    ),
    click.option(
        "--type", "who", type=click.Choice(["mean", "soft", "firm"]), default="mean", show_default=True,
        help="Type of coercer whose value of pressing must not exceed 0; mean averages over both.",
    ),
    options.scenario,
    options.output,
)  # fmt: skip


def pledge_arguments(given: dict[str, Any]) -> dict[str, Any]:
    """Values of `pledge_options` as arguments of the analysis; options not given are left to its defaults."""
    chosen = {name: given[name] for name in ("policy", "strongest", "who", "seed", "overrides", "policy_files")}
    chosen |= {"dependence": given["dependence"], "pair": read_pair(given["pair"])}
    return chosen | {name: given[name] for name in ("kinds", "intensities") if given[name]}


@click.command("deter")
@click.argument("scenario")
@click.option(
    "--stake", "stakes", multiple=True, type=float, metavar="V",
    help="v_C, percent of the coercer's GDP, before types; repeat for several.  [default: .03 .1 .3]",
)  # fmt: skip
@click.option(
    "--members", multiple=True, metavar="RULE|STATE,STATE",
    help="States that pledge: gdp or strength (nested sets of the states bound to the target, growing by either), bloc,"
    " policy (the states it names), or states; repeat for several.  [default: gdp, bloc and policy]",
)  # fmt: skip
@click.option("--draws", type=click.IntRange(1), default=16, show_default=True, metavar="N", help="Number of draws.")
@options.workers
@click.option(
    "--out", type=FOLDER, callback=options.creatable, metavar="FOLDER",
    help="Also write frontier.csv and frontier_costs.csv there.",
)  # fmt: skip
@pledge_options
def deter(scenario: str, draws: int, out: Path | None, as_json: bool, quiet: bool, **given: Any) -> None:
    """Find the least pledge at which pressing does not pay the coercer of SCENARIO's first dispute.

    For each stake of the coercer, kind and size of the promise, and members: the least strength A (cost of breaking the
    promise to a member, percent of its GDP), its range over draws, the share of draws in which no pledge deters and
    why, and the expected cost of keeping it. In a scripted scenario too, states choose here.
    """
    from coercion_sim.analysis import deterrence_frontier, to_csv
    from coercion_sim.experiments import available_cores, reporting

    chosen = pledge_arguments(given) | {name: given[name] for name in ("stakes", "members") if given[name]}
    with reporting("frontier", quiet=quiet, what="draws") as progress:
        frontier = deterrence_frontier(
            scenario, draws=draws, workers=given["workers"] or available_cores(), progress=progress, **chosen
        )
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        write_text(out / "frontier.csv", to_csv(frontier.records()))
        write_text(out / "frontier_costs.csv", to_csv(frontier.cost_records()))
    if as_json:
        echo_json(frontier)
        return
    click.echo(frontier_text(frontier))
    if out is not None:
        click.echo(f"\nTables are in {out}")


def frontier_text(f: Frontier) -> str:
    """Least pledges for each stake, the obstacles where none deters, and the cheapest pledge that does."""
    texts = [
        f"{f.scenario}: the least pledge that deters {f.coercer} from pressing {f.target}, {count(f.draws, 'draw')}"
        + (f", {f.unsolved} left out without an equilibrium found" if f.unsolved else ""),
        f"Pledge A: cost of breaking the promise to a member, % of its GDP; tried up to {f.strongest:g}.",
        f"Deterred: the value of pressing, {_TYPES[f.who]}, is not above 0.",
        "Each cell: median A over draws, and the draws in which some A deters; -: none does in most draws.",
    ]
    lines = [*paragraph(_answer(f), rest=""), "", *paragraphs(texts, rest="")]
    for stake in f.stakes:
        points = f.at(stake)
        alone = next(u for u in f.unaided if u.stake == stake)
        lines += ["", f"Stake v_C {stake:g} % of {f.coercer}'s GDP (Z / v_C {number(f.cost_once / stake)})"]
        for u in (u for u in f.unaided if u.stake == stake):
            lines += paragraph(
                f"{'a joint statement alone' if u.words else 'no help'}: pressing is worth {number(u.value)} % of GDP,"
                f" pressed {percent(u.pressed)} of disputes, draws deterred: {share_of_draws(u.deterred, f.draws)}",
                "  ",
            )
        lines += _matrix(points, f.draws)
        lines += _obstacles(points)
        if alone.deterred < _MOST_DRAWS:
            lines += _cheapest(points)
    lines += ["", "Members"]
    members = dict.fromkeys(f"{p.named}: {' '.join(p.members)}" for p in f.points)
    return "\n".join([*lines, *paragraphs(members, "  ")])


def _answer(f: Frontier) -> str:
    """What deters at each stake, in one sentence."""
    texts = []
    for stake in f.stakes:
        alone = next(u for u in f.unaided if u.stake == stake)
        p = _cheapest_point(f.at(stake))
        if alone.deterred >= _MOST_DRAWS:
            deters = f"{f.coercer} has no reason to press {f.target}, pledges or none"
        elif p is not None:
            # Where the median draw needs no pledge: in how many draws the help alone deters.
            share = share_of_draws(p.already, f.draws)
            strength = f"no pledge needed in {share} {'draws' if ' of ' in share else 'of draws'}"
            strength = f"a pledge of {number(p.median)} % of GDP each" if p.median > 0.0 else strength
            deters = (
                f"{listing(p.members)} {verb('deters', len(p.members) > 1)} {f.coercer} from pressing {f.target} by a"
                f" promise to {promise_in_words(p.kind, p.intensity, p.members, p.idle)}, with {strength}"
                f" ({quantity(p.cost, 'US$ million')} a dispute)"
            )
        else:
            deters = f"no pledge up to {f.strongest:g} % of GDP deters {f.coercer} from pressing {f.target}"
        texts.append(f"at a stake of {stake:g} % of its GDP {deters}")
    return capital("; ".join(texts)) + "."


def promise_in_words(kind: str, intensity: float, members: Sequence[str] = (), idle: Sequence[str] = ()) -> str:
    """What a promise of a kind is, its size filled in; `idle` members have no exports that they could cut off."""
    share = percent(intensity)
    if kind == "support" or not idle:
        return PROMISES[kind].format(share=share)
    nobody = len(idle) == len(members)
    words = PROMISES["support" if nobody and kind == "both" else kind].format(share=share)
    have = f"{listing(idle)} {'have' if len(idle) > 1 else 'has'}"
    return f"{words} ({have} no critical exports to cut off)"


def _cheapest_point(points: Sequence[FrontierPoint]) -> FrontierPoint | None:
    """The pledge with least expected cost of those that deter in at least nine draws of ten; None without one."""
    able = [p for p in points if p.no_root <= 1.0 - _MOST_DRAWS]
    return min(able, key=lambda point: point.cost) if able else None


def _matrix(points: Sequence[FrontierPoint], draws: int) -> list[str]:
    """Least pledge by promise (down) and members (across), with the draws in which it exists."""
    names = list(dict.fromkeys(p.named for p in points))
    rows: dict[str, dict[str, str]] = {}
    for p in points:
        share = share_of_draws(1.0 - p.no_root, draws).replace(" of ", "/")
        rows.setdefault(f"{p.kind} {p.intensity:g}", {})[p.named] = f"{_finite(p.median)} {share:>5}"
    body = [[promise, *(cells[name] for name in names)] for promise, cells in rows.items()]
    return table(["promise", *names], body, indent="  ")


def _finite(value: float) -> str:
    """Pledge; a dash for one that is not finite, where no pledge deters."""
    return "-" if value == float("inf") else number(value)


def _obstacles(points: Sequence[FrontierPoint]) -> list[str]:
    """Commonest reason why no pledge deters, with the promises it holds for."""
    from coercion_sim.analysis import BINDS

    reasons: dict[str, dict[str, dict[str, None]]] = {}
    for p in points:
        if p.binds:
            reasons.setdefault(p.binds, {}).setdefault(p.kind, {})[f"{p.intensity:g}"] = None
    lines = ["  where none deters:"] if reasons else []
    for reason, kinds in reasons.items():
        promises = "; ".join(f"{kind} {' '.join(intensities)}" for kind, intensities in kinds.items())
        lines += paragraph(f"{BINDS[reason]}: {promises}", "    ")
    return lines


def _cheapest(points: Sequence[FrontierPoint]) -> list[str]:
    """The cheapest pledge, and what it costs each member."""
    p = _cheapest_point(points)
    if p is None:
        return []
    lines = paragraph(
        f"cheapest of those that deter in nine draws of ten or more: {p.kind} {p.intensity:g} by {p.named},"
        f" A {number(p.median)} [{_finite(p.low)}, {_finite(p.high)}]; pressed {percent(p.press)} instead of"
        f" {percent(p.press_unpledged)}; {percent(p.kept)} of the promise kept if imposed",
        "  ",
    )
    rows = [[c.ally, *map(number, (c.per_dispute, c.per_year, c.if_called, c.per_dispute_pct))] for c in p.costs]
    heads = ["US$ million", "a dispute", "a year", "if called upon", "% of GDP a dispute"]
    return lines + table(heads, rows, indent="    ")
