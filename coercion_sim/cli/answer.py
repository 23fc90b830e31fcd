"""Exact games on a screen: `answer`, and `explain --record`, the likelihood of what the script says happened."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coercion_sim.cli import options
from coercion_sim.cli.options import echo_json, read_pair, writable
from coercion_sim.cli.tables import paragraph, table
from coercion_sim.intervals import FEWEST_UNITS
from coercion_sim.wording import count, fixed, listing, policy_label, spaced, verb

if TYPE_CHECKING:
    from coercion_sim.analysis import Answer, PathLikelihood

#: Columns of the screen; it is read in a terminal, in a mail and on a page alike.
WIDTH = 80
#: Sentences begin at this column.
_INDENT = 14


def _drawable(ctx: click.Context, param: click.Parameter, path: Path | None) -> Path | None:
    """Refuse a figure that could not be written, before any work is done."""
    if path is None:
        return None
    from coercion_sim.figures import FORMATS

    if path.suffix.lstrip(".").lower() not in FORMATS:
        raise click.BadParameter(f"no such format: {path.name}; end the name in .{', .'.join(FORMATS)}")
    writable(ctx, param, path)
    return path


@click.command("answer")
@click.argument("scenario")
@click.option(
    "--draws", type=click.IntRange(1), default=64, show_default=True, metavar="N",
    help="Draws of the uncertain numbers and of the stakes.",
)  # fmt: skip
@options.policies
@options.pair
@click.option(
    "--details", is_flag=True, help="Also print every column with its interval, and what robustness rests on."
)
@click.option(
    "--figure", type=click.Path(path_type=Path, dir_okay=False, writable=True), callback=_drawable, metavar="FILE",
    help="Draw the answer to FILE; its ending is the format.",
)  # fmt: skip
@click.option("--sources", is_flag=True, help="Name the command behind each sentence.")
@options.workers
@options.scenario
@options.output
def answer_command(
    scenario: str, policies: tuple[str, ...], pair: str | None, details: bool, figure: Path | None, sources: bool,
    workers: int | None, as_json: bool, quiet: bool, **given: Any,
) -> None:  # fmt: skip
    """Answer the question of SCENARIO exactly: whether the coercer presses, what policies change, who pays.

    Policies are those the scenario names, or the usual five where it names none but these. States choose, also in a
    scripted scenario. For each draw of the uncertain numbers and of the stakes, one game is solved exactly under each
    policy. Behaviour is drawn too, unless --set dispute.draws=fixed.
    """
    from coercion_sim.analysis import answer
    from coercion_sim.experiments import available_cores, reporting

    with reporting("answer", quiet=quiet, what="games") as progress:
        result = answer(
            scenario, policies or None, pair=read_pair(pair), workers=workers or available_cores(), progress=progress,
            **given,
        )  # fmt: skip
    if figure is not None:
        from coercion_sim.figures import draw_answer

        draw_answer(result, figure)
    if as_json:
        echo_json(result.as_dict())
        return
    sections = (answer_text(result), *(_sources(scenario) if sources else ()), *(_details(result) if details else ()))
    click.echo("\n".join(sections))


def answer_text(a: Answer, width: int = WIDTH) -> str:
    """The first screen: sentences, a table of policies, robustness."""
    from coercion_sim.analysis import HEADINGS, first_screen, how_sure, how_to_read, policy_rows

    title, right = a.title or a.scenario, f"{count(a.draws, 'draw')}, exact"
    right += f", behaviour: {a.behaviour}" if a.behaviour != "posterior" else ""
    right += f", {a.unsolved} unsolved" if a.unsolved else ""
    right += f", no intervals below {FEWEST_UNITS}" if a.draws < FEWEST_UNITS else ""
    apart = width - len(title) - len(right)
    lines = [title + " " * apart + right] if apart > 1 else [*paragraph(title, width=width), right.rjust(width)]

    def hanging(head: str, text: str) -> list[str]:
        """A sentence beside its head."""
        first, *rest = paragraph(text, " " * _INDENT, " " * _INDENT, width=width)
        return [head.ljust(_INDENT) + first[_INDENT:], *rest]

    for head, text in first_screen(a).items():
        lines += hanging(head, text)
    lines += ["", *table(HEADINGS, policy_rows(a), width=width)]
    if a.left_out:
        names = listing([policy_label(policy) for policy in a.left_out])
        leave = verb("leaves", len(a.left_out) > 1)
        lines += hanging("Left out", f"{names}: {leave} {a.coercer} nothing to press {a.target} with.")
    return "\n".join([*lines, *hanging("Read", how_to_read()), *hanging("How sure", how_sure(a))])


def _sources(scenario: str) -> list[str]:
    """The command that looks further into each sentence."""
    s = shlex.quote(scenario)
    commands = {
        "Deterrence": f"coercion-sim deter {s}", "Relief": f"coercion-sim compare {s}",
        "Who pays": f"coercion-sim compare {s}", "Integration": f"coercion-sim compare {s}",
        "Us or them": f"coercion-sim answer {s} --policy stand_alone --policy choose_sides --details",
        "Does it hold": f"coercion-sim coalition {s}", "How sure": f"coercion-sim answer {s} --details",
    }  # fmt: skip
    return ["", *(f"{head.ljust(_INDENT)}{command}" for head, command in commands.items())]


def _details(a: Answer) -> list[str]:
    """Every column with its range and difference, then each pair of policies and each behavioural number."""
    lines = ["", "Means over draws [5-95 % of draws]; difference from the first policy [95 % interval, paired by draw]"]
    for row in a.records():
        text = f"{policy_label(row['policy'])}, {spaced(row['outcome'])} ({row['unit']}):"
        text += f" {row['value']:.4g} [{row['low']:.4g}, {row['high']:.4g}]"
        text += "" if math.isnan(row["difference"]) else f"; {row['difference']:.4g}"
        if not math.isnan(row["difference_low"]):
            text += f" [{row['difference_low']:.4g}, {row['difference_high']:.4g}]"
        lines += paragraph(text, "  ", "      ")
    sure = a.robustness
    lines += ["", f"Order by pressed: of {count(sure.draws, 'draw')}, those that keep it"]
    for pair in sure.pairs:
        names = f"{policy_label(pair.more)} above {policy_label(pair.less)}"
        lines.append(f"  {names:60s} {pair.same:5d}" + (f", tied in {pair.tied}" if pair.tied else ""))
    if sure.drivers:
        lines += ["", f"Pressed under {policy_label(a.policies[0])}, %, in the third of draws in which a number is"]
        lines.append(f"  {'':20s} {'low':>6} {'high':>6}  difference [95 % interval for all at once]")
    for d in sure.drivers:
        least, most, change, *ends = (100.0 * x for x in (d.lower, d.upper, d.difference, d.low, d.high))
        lines.append(f"  {d.number:20s} {least:6.1f} {most:6.1f}  {change:+.1f} [{ends[0]:.1f}, {ends[1]:.1f}]")
    return lines


# ------------------------------------------------------------------ the record


def echo_record(scenario: str, *, as_json: bool, dispute: int | None, replicate: int, **given: Any) -> None:
    """Print the path, its factors, their product, and the rates of the same games beside the published ones."""
    from coercion_sim.analysis import record_likelihood
    from coercion_sim.experiments import reporting

    if dispute is not None or replicate:
        raise click.UsageError("--record is about all draws: leave --dispute and --replicate out.")
    with reporting("record", quiet=as_json, what="games") as progress:
        result = record_likelihood(scenario, **given, progress=progress)
    echo_json(result.as_dict()) if as_json else click.echo("\n".join(_record_lines(result)))


def _record_lines(result: PathLikelihood) -> Iterator[str]:
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
    rows: dict[str, list[list[str]]] = {"step": [], "part": [], "likelihood": [], "rate": []}
    for r in result.records():
        label = ("  " if r["kind"] == "part" else "") + spaced(r["name"])
        cells = [label, _share(r["value"]), f"{_share(r['low'])} to {_share(r['high'])}"]
        rows[r["kind"]].append([*cells, *([_share(r["record"])] if r["kind"] == "rate" else []), r["words"]])
    heads = ["mean", "5-95 % of draws"]
    steps = [*rows["step"], *rows["part"], *rows["likelihood"]]
    yield from ("", *table(["the game gives", *heads, ""], steps, left=(0, 3)))
    yield from ("", *table(["rates of these disputes", *heads, "published", ""], rows["rate"], left=(0, 4)))
    yield from paragraph(
        "Published: TIES 1970-2000, all senders (Morgan, Bapat and Kobayashi 2014, as published with Crisman-Cox and "
        "Gibilisco 2019); success: Hufbauer et al. 2007.",
        rest="",
    )


def _share(value: float) -> str:
    return "-" if math.isnan(value) else fixed(value, 3)
