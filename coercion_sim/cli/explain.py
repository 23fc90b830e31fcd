"""`coercion-sim explain`: the narrative of one run, decision by decision."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import click

from coercion_sim.cli import options
from coercion_sim.cli.answer import echo_record
from coercion_sim.cli.options import echo_json
from coercion_sim.cli.tables import PROSE, paragraph, paragraphs, plain, screen_width, table
from coercion_sim.environment import prints_aside
from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.wording import count, listing, number

if TYPE_CHECKING:
    from coercion_sim.analysis import Choice, DisputeNarrative, RunNarrative

#: A move, behind the state that makes it.
MOVES = {
    "press": "presses or not",
    "package": "presses with one of its packages",
    "answer": "answers the demand",
    "impose": "imposes or backs down",
    "help": "helps or not",
    "review": "reviews its stance (target)",
    "accept": "answers an offer to settle",
    "lift": "reviews its stance (coercer)",
}
ENDINGS = {
    "no_pressure": "no pressure",
    "conceded_to_demand": "conceded to the demand",
    "backed_down": "coercer backed down",
    "conceded": "target conceded under the measures",
    "settled": "settled",
    "lifted": "measures lifted unrewarded",
    "lapsed": "measures lapsed",
    "unended": "still on at the end of the run",
}


@click.command("explain")
@click.argument("scenario")
@click.option("--policy", metavar="NAME", help="Policy of the run; a+b for two at once.  [default: the first named]")
@options.scenario
@click.option("--replicate", type=click.IntRange(0), default=0, show_default=True, metavar="K", help="Which to run.")
@click.option("--defaults", is_flag=True, help="Leave every uncertain parameter at its default.")
@click.option("--dispute", type=click.IntRange(1), metavar="N", help="Print only the N-th dispute.")
@click.option("--record", is_flag=True, help="Instead: how likely the game makes what the script says happened.")
@click.option("--draws", type=click.IntRange(1), metavar="N", help="Draws of --record.  [default: 64]")
@options.as_json
def explain(
    scenario: str, defaults: bool, dispute: int | None, record: bool, draws: int | None, as_json: bool, **given: Any
) -> None:
    """Explain one run of SCENARIO: who chose what from which options, with which probabilities, and what followed.

    The run is replicate K of `coercion-sim run` with the same seed and policy. Every alternative of every decision is
    printed with its worth in percent of the mover's GDP, term by term, its probability, and the number drawn.

    With --record: the likelihood of the scripted path, step by step, beside the published rates.
    """
    if record:
        echo_record(scenario, dispute=dispute, at_defaults=defaults, as_json=as_json, draws=draws or 64, **given)
        return
    if draws is not None:
        raise click.UsageError("--draws is of --record: one run has one draw, named by --replicate.")
    from coercion_sim.analysis import run_narrative

    with prints_aside():
        run = run_narrative(
            scenario, given["policy"], given["seed"], given["replicate"], overrides=given["overrides"],
            at_defaults=defaults, policy_files=given["policy_files"],
        )  # fmt: skip
    if dispute is not None and dispute > len(run.disputes):
        allowed = f"1 to {len(run.disputes)}" if run.disputes else "none: no dispute arose"
        raise InvalidInput(Problem("no such dispute in this run", key="--dispute", found=str(dispute), allowed=allowed))
    if not as_json:
        click.echo(narrative_text(run, only=dispute))
        return
    data = run.as_dict()
    if dispute is not None:
        data["disputes"] = [data["disputes"][dispute - 1]]
    echo_json(data)


def narrative_text(run: RunNarrative, *, only: int | None = None) -> str:
    """A run in words and tables; with `only`, its N-th dispute alone."""
    lines = [*_head(run), *(_overview(run) if only is None else ())]
    seen: set[tuple[str, str]] = set()
    for n, dispute in enumerate(run.disputes, start=1):
        if only in (None, n):
            lines += ["", *_dispute(run, n, dispute, seen)]
    return "\n".join([*lines, *(_measures(run) if only is None else ())])


def _head(run: RunNarrative) -> Iterator[str]:
    yield from paragraph(run.title or run.scenario)
    span = f"{run.quarters[0]} to {run.quarters[-1]}"
    yield from paragraph(
        f"{run.scenario} under {run.policy}, seed {run.seed}, replicate {run.replicate}; world {run.world}, {span}"
    )
    if run.values:
        values = ", ".join(f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}" for k, v in run.values.items())
        yield from paragraph(f"Uncertain numbers in this replicate: {values}")
    if run.conduct == "scripted":
        yield from paragraph(
            "No state chooses here (conduct = scripted): measures come from the scenario's script, answers from the"
            " policy's rule. --set conduct=strategic lets states choose.",
            rest="",
        )


def _overview(run: RunNarrative) -> Iterator[str]:
    """One line per dispute."""
    if run.conduct == "scripted":
        return
    if run.scripted_measures:
        number_of = count(run.scripted_measures, "coercive measure")
        yield from paragraph(f"{number_of} come from the scenario's script; states choose after it.")
    yield ""
    if not run.disputes:
        yield "No dispute arose in this run."
        return
    yield f"{count(len(run.disputes), 'dispute')} arose:"
    rows = []
    for n, d in enumerate(run.disputes, start=1):
        then = (x or "-" for x in (d.package, d.imposed, d.ended))
        rows.append([str(n), d.quarter, f"{d.coercer}-{d.target}", *then, ENDINGS[d.ending]])
    heads = ["", "arose", "between", "package", "imposed", "ended", "ending"]
    yield from table(heads, rows, left=range(7), indent="  ")


# ------------------------------------------------------------------ one dispute


def _dispute(run: RunNarrative, n: int, d: DisputeNarrative, seen: set[tuple[str, str]]) -> Iterator[str]:
    title = f"Dispute {n}: {d.coercer} and {d.target}, {d.quarter}: {ENDINGS[d.ending]}"
    yield title
    yield "=" * len(title)
    firm, resolved = "firm" if d.firm else "soft", "resolved" if d.resolved else "irresolute"
    yield from paragraph(
        f"Stakes, % of GDP: {d.coercer} {number(d.stake_coercer)} ({firm}), {d.target} {number(d.stake_target)}"
        f" ({resolved}). Beliefs at the start: resolved with probability {d.belief_target[0]:.2f}, firm with"
        f" {d.belief_coercer[0]:.2f}; at the end {d.belief_target[1]:.2f} and {d.belief_coercer[1]:.2f}.",
        rest="",
    )
    if (d.coercer, d.target) in seen:
        yield f"Goods, packages and allies' ties: see the first dispute of {d.coercer} and {d.target}."
    else:
        seen.add((d.coercer, d.target))
        yield from _goods(d)
        yield from _packages(d)
    yield from _allies(d)
    for quarter, choices in groupby(d.decisions, key=lambda choice: choice.quarter):
        yield ""
        yield quarter
        for choice in choices:
            yield from _choice(choice)
    yield ""
    yield from _end(run, d)


def _goods(d: DisputeNarrative) -> Iterator[str]:
    """Each screened good, hardest hit first."""
    if not d.goods:
        return
    yield ""
    yield from paragraph(
        f"Goods {d.target} sells {d.coercer}: its share of {d.coercer}'s imports; long-run effect of a complete ban, "
        f"% of GDP: cost to {d.coercer} (below 0: a gain), loss of {d.target}; rule that struck it out",
        rest="",
    )
    rows = []
    for g in sorted(d.goods, key=lambda g: (-g.loss if not math.isnan(g.loss) else -math.inf, g.good)):
        cost = "no supplier left" if math.isinf(g.cost) else number(g.cost)
        rows.append([g.good, number(g.supply_share), cost, number(g.loss), g.struck_by or "-"])
    yield from table(["good", "share", "cost", "loss", "struck by"], rows, left=(0, 4), indent="  ")


def _packages(d: DisputeNarrative) -> Iterator[str]:
    yield ""
    yield from paragraph(f"Packages, % of GDP a year (for {d.coercer} by trade alone; above 0 counts as 0)")
    years = attrgetter("target_first_year", "target_long_run", "coercer_first_year", "coercer_long_run")
    rows = [[p.name, *map(number, years(p))] for p in d.packages]
    heads = ["package", f"{d.target} year 1", "long run", f"{d.coercer} year 1", "long run"]
    yield from table(heads, rows, indent="  ")
    if d.interpolation is not None:
        first, later, solved = d.interpolation.first_year, d.interpolation.long_run, d.interpolation.solved
        text = (
            f"These are interpolated between solved economies; largest difference found from solved ones {first:.1g} in"
            f" year 1, {later:.1g} in the long run"
        )
        yield from paragraph(text + (f"; {solved} effects, less exact than allowed, were solved" if solved else ""))
    yield from paragraphs((f"{p.name}: {'; '.join(p.measures)}" for p in d.packages), "  ")
    yield from paragraphs((f"dropped: {name} ({why})" for name, why in d.dropped), "  ")


def _allies(d: DisputeNarrative) -> Iterator[str]:
    if not d.allies:
        yield f"No state is bound to {d.target}, so none could help."
        return
    yield ""
    yield "Allies in the order they move, % of GDP"
    rows = [
        [a.state, *map(number, (a.interest, a.pledge)), f"{a.reliability:.2f}", number(a.loss_if_next),
         a.did or "(made no choice)"]
        for a in d.allies
    ]  # fmt: skip
    heads = ["ally", "interest", "pledge", "reliability", "loss if next", "choice"]
    yield from table(heads, rows, left=(0, 5), indent="  ")
    if d.retaliation_goods:
        goods = ", ".join(d.retaliation_goods)
        yield from paragraph(f"Goods they could together deny {d.coercer}: {goods}", "  ")


def _choice(choice: Choice) -> Iterator[str]:
    """One decision: every alternative, the chosen one marked, its terms below each other where they do not fit."""
    yield from paragraph(
        f"{choice.mover} {MOVES[choice.move]} (by {choice.rule}; beliefs: resolved {choice.belief_target:.2f}, firm "
        f"{choice.belief_coercer:.2f}; number drawn {choice.draw:.4f})",
        "  ",
    )
    labels = max(len(option.label) for option in choice.options)
    low = 0.0
    for option in choice.options:
        mark = ">" if option.label == choice.chosen else " "
        value = plain(number(option.value))
        span = f"[{low:.3f}, {low + option.probability:.3f})"
        low += option.probability
        start = f"  {mark} {option.label.ljust(labels)} {value:>8}  p {option.probability:.3f}  {span}  "
        terms = {name: term for name, term in option.terms.items() if term != 0.0} or {"nothing": 0.0}
        text = plain(", ".join(f"{number(term, sign=True)} {name}" for name, term in terms.items()))
        room = max(24, min(screen_width(), PROSE) - len(start))
        first, *rest = textwrap.wrap(text, room, break_on_hyphens=False)
        yield start + first
        yield from (" " * len(start) + line for line in rest)


def _end(run: RunNarrative, d: DisputeNarrative) -> Iterator[str]:
    """Ending, and the effect of the table beside the realised effect."""
    if not d.imposed:
        yield f"Ending: {ENDINGS[d.ending]}; nothing was imposed."
        return
    until = f"to {d.ended}" if d.ended else "and still on at the end of the run"
    yield from paragraph(
        f"Ending: {ENDINGS[d.ending]}. {d.package} in force from {d.imposed} {until} "
        f"({count(int(d.length), 'quarter')}). Governments review their stance with probability {run.review:g} a "
        "quarter; a quarter without a line had no review.",
        rest="",
    )
    effects = (d.table_effect, d.realised_effect, d.realised_effect - d.table_effect)
    by_table, realised, gap = (number(x, sign=True) for x in effects)
    yield from paragraph(
        f"Effect on {d.target}, % of GDP, mean over those quarters: {by_table} by the table the choices rest on, "
        f"{realised} on the realised path (which holds all disputes at once); gap {gap}.",
        rest="",
    )


# ------------------------------------------------------------------ measures


def _measures(run: RunNarrative) -> Iterator[str]:
    """Everything that was in force, and its cost."""
    yield ""
    for heading, coercive in (("Coercive measures", True), ("Answers and standing measures", False)):
        listed = [m for m in run.measures if (m.purpose == "coercion") is coercive]
        yield heading if listed else f"{heading}: none."
        rows = []
        for m in listed:
            goods = m.sectors if len(m.sectors) <= 3 else (*m.sectors[:2], f"{len(m.sectors) - 2} more")
            rows.append([f"{m.first}-{m.last}", m.by, m.on, m.name, m.kind, f"{m.size:.4g}", listing(goods)])
        heads = ["quarters", "by", "on", "name", "kind", "size", "goods"]
        yield from table(heads, rows, left=(0, 1, 2, 3, 4, 6), indent="  ", shortest=10)
    if run.payments:
        yield from paragraph(
            "Cost of the answers over the run: US$ million paid, % of a year's GDP lost by own responses", rest=""
        )
        rows = [[p.state, number(p.paid), number(p.burden)] for p in run.payments]
        yield from table(["state", "paid", "burden"], rows, indent="  ")
    if run.effects:
        yield "Effect of coercion and answers over the run, % of a year's GDP"
        yield from table(["", ""], [[s, number(e, sign=True)] for s, e in run.effects], indent="  ")
