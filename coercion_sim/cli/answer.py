"""`coercion-sim answer`: would the coercer press, would it work, what would an answer cost; on one screen."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import click

from coercion_sim.cli.options import (
    echo_json,
    json_option,
    policies_option,
    policy_file_option,
    quiet_option,
    read_pair,
    seed_option,
    set_option,
)
from coercion_sim.cli.tables import paragraph, table
from coercion_sim.wording import count, fixed, listing, policy_label, spaced

if TYPE_CHECKING:
    from coercion_sim.analysis import Answer

#: Columns of the screen; it is read in a terminal, in a mail and on a page alike.
WIDTH = 80
#: Sentences begin at this column.
_INDENT = 14
#: A loss below this share of GDP, in percent, is about nothing.
_NOTHING = 0.005


@click.command("answer")
@click.argument("scenario")
@click.option(
    "--draws", type=click.IntRange(1), default=64, show_default=True, metavar="N",
    help="Draws of the uncertain numbers and of the stakes.",
)  # fmt: skip
@policies_option
@click.option("--pair", metavar="COERCER:TARGET", help="Parties of the dispute.  [default: the scenario's first]")
@click.option("--details", is_flag=True, help="Also print every column with its interval, and every setting tried.")
@click.option("--figure", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Draw the answer.")
@click.option("--sources", is_flag=True, help="Name the command that looks further into each sentence.")
@seed_option
@set_option
@policy_file_option
@json_option
@quiet_option
def answer_command(
    scenario: str, draws: int, policies: tuple[str, ...], pair: str | None, details: bool, figure: Path | None,
    sources: bool, seed: int | None, overrides: tuple[str, ...], policy_files: tuple[Path, ...], as_json: bool,
    quiet: bool,
) -> None:  # fmt: skip
    """Answer the question of SCENARIO exactly: does it deter, does it pay, who pays.

    States choose, also in a scripted scenario. Each draw of the uncertain numbers is one exact game for each policy;
    nothing is sampled after the stakes.
    """
    from coercion_sim.analysis import answer
    from coercion_sim.experiments import reporting

    with reporting("answer", quiet=quiet, what="games") as progress:
        result = answer(
            scenario, policies or None, draws=draws, seed=seed, overrides=overrides, policy_files=policy_files,
            pair=read_pair(pair), progress=progress,
        )  # fmt: skip
    if figure is not None:
        from coercion_sim.figures import draw_answer

        draw_answer(result, figure)
    if as_json:
        echo_json(result)
        return
    click.echo(answer_text(result))
    if sources:
        click.echo("\n".join(_sources(result)))
    if details:
        click.echo("\n".join(_details(result)))


def answer_text(a: Answer, width: int | None = None) -> str:
    """The first screen: six sentences, a table of policies, robustness."""
    width = width or WIDTH
    unsolved = f", {a.unsolved} unsolved" if a.unsolved else ""
    right = f"{count(a.draws, 'draw')}, exact{unsolved}"
    title = a.title or a.scenario
    lines = [title + right.rjust(max(2, width - len(title)) if len(title) + len(right) < width else 0)]
    sentences = {
        "Deterrence": _deterrence(a), "Relief": _relief(a), "Who pays": _who_pays(a), "Integration": _integration(a),
        "Us or them": _us_or_them(a), "Does it hold": _holds(a),
    }  # fmt: skip
    for head, text in sentences.items():
        if text:
            lines += _hanging(head, text, width)
    lines += ["", *table(_HEADS, [_row(a, policy) for policy in a.policies], width=width), ""]
    lines += _hanging("Read", _UNITS, width)
    if a.settings:
        lines += _hanging("How sure", _robust(a), width)
    return "\n".join(lines)


_HEADS = ["", "pressed", "conceded", "imposed", "its way", "loss, % GDP", "US$ bn", "burden"]


_UNITS = (
    "pressed and its way: % of disputes; conceded and imposed: % of those pressed; loss: a dispute pressed; burden:"
    " US$ bn of all allies."
)


def _row(a: Answer, policy: str) -> list[str]:
    cells = [a.mean(n, policy).value for n in ("pressed", "conceded", "imposed", "gets_its_way")]
    loss, usd, burden = (a.mean(n, policy).value for n in ("loss", "loss_usd", "burden_usd"))
    shares = [fixed(100.0 * x, 0) if not math.isnan(x) else "-" for x in cells]
    return [policy_label(policy).replace(" economies", ""), *shares, _money(loss, 2), _money(usd), _money(burden)]


def _money(value: float, places: int = 1) -> str:
    return "-" if math.isnan(value) else fixed(value, places)


def _hanging(head: str, text: str, width: int) -> list[str]:
    first, *rest = paragraph(text, " " * _INDENT, " " * _INDENT, width=width)
    return [head.ljust(_INDENT) + first[_INDENT:], *rest]


def _name(a: Answer, state: str) -> str:
    return a.names.get(state, state)


def _points(a: Answer, name: str, policy: str) -> str:
    """Difference from the first policy in percentage points with its interval."""
    m = a.mean(name, policy)
    if math.isnan(m.difference_low):
        return f"{fixed(100.0 * m.difference, 0, sign=True)} points"
    low, high = 100.0 * m.difference_low, 100.0 * m.difference_high
    places = 0 if high - low > 2.0 else 1
    if low <= 0.0 <= high and max(abs(low), abs(high)) < 1.0:
        return "about no difference"
    return f"{fixed(100.0 * m.difference, places, sign=True)} points [{fixed(low, places)}, {fixed(high, places)}]"


def _has(a: Answer, part: str) -> str:
    """The plainest policy of this answer with a part of this name; empty for none."""
    return min((p for p in a.policies if part in p.split("+")), key=len, default="")


def _deterrence(a: Answer) -> str:
    first, coercer = a.policies[0], _name(a, a.coercer)
    m = a.mean("pressed", first)
    text = f"Under {policy_label(first)} {coercer} presses in {100 * m.value:.0f} % of disputes"
    text += f" ({100 * m.low:.0f}-{100 * m.high:.0f} over draws)"
    others = [p for p in a.policies[1:] if "+" not in p]
    if not others:
        return text + "."
    best = min(others, key=lambda p: a.mean("pressed", p).value)
    value = 100 * a.mean("pressed", best).value
    return f"{text}; under {policy_label(best)} in {value:.0f} %: {_points(a, 'pressed', best)}."


def _relief(a: Answer) -> str:
    policy, target = _has(a, "respond_as_allies"), _name(a, a.target)
    text = ""
    if not math.isnan(a.record[0]):
        text = f"The record's measures, all at once, move {target} by {a.record[0]:.2f} % of GDP in a year. "
    if not policy:
        return text.strip()
    alone, answered = a.mean("first_year_alone", policy).value, a.mean("first_year", policy).value
    share = 1.0 - answered / alone if alone > _NOTHING else math.nan
    good = "about nothing" if math.isnan(share) else f"{100 * share:.0f} %"
    return f"{text}Once measures are imposed, allies make good {good} of {target}'s {alone:.2f} % of GDP a year."


def _who_pays(a: Answer) -> str:
    policy = _has(a, "respond_as_allies")
    paid = sorted(a.ally_usd.get(policy, {}).items(), key=lambda item: -item[1])
    parts = [f"{_name(a, ally)} {usd:.2f}" for ally, usd in paid if usd >= 0.005]
    if not parts:
        return ""
    return f"Expected burden of a dispute pressed, US$ bn: {listing(parts)}."


def _integration(a: Answer) -> str:
    policy = _has(a, "integrate_economies")
    if not policy:
        return ""
    gain = a.mean("standing", policy).value
    loss, first = a.mean("loss", policy).value, a.mean("loss", a.policies[0]).value
    change = f"{100 * (loss / first - 1):+.0f} %" if first > _NOTHING else "about the same"
    trade = "a gain from trade" if gain > _NOTHING else "a cost of its own" if gain < -_NOTHING else "about nothing"
    text = f"By itself {trade} ({gain:+.2f} % of {_name(a, a.target)}'s GDP a year); as a shield: pressed"
    return f"{text} {_points(a, 'pressed', policy)}, loss if pressed {change}."


def _us_or_them(a: Answer) -> str:
    policy = _has(a, "choose_sides")
    if not policy:
        return ""
    allies = a.allies[policy]
    usd = a.mean("standing_usd", policy).value
    joined = f"{count(len(allies), 'ally', 'allies')} would act for {_name(a, a.target)}" if allies else "Nobody joins"
    text = f"{joined}; pressed {_points(a, 'pressed', policy)}"
    return f"{text}; what it asks of trade moves target and allies by US$ {usd:,.1f} bn a year."


def _holds(a: Answer) -> str:
    policy = _has(a, "respond_as_allies")
    leaves = a.leaves.get(policy, {})
    if not leaves:
        return ""
    kept = a.mean("kept", policy).value
    gone = [_name(a, ally) for ally, share in leaves.items() if share > 0.5]
    text = f"Allies that pledged deliver {100 * kept:.0f} % of the promise"
    if not gone:
        return f"{text}; none would gain by promising nothing."
    return f"{text}, kept by its price: {listing(gone)} would gain by promising nothing while the others keep theirs."


def _robust(a: Answer) -> str:
    kept = sum(s.same_order for s in a.settings[1:])
    levels = [s.pressed[0] for s in a.settings if not math.isnan(s.pressed[0])]
    low, high = (min(levels), max(levels))
    least = min(a.settings[1:], key=lambda s: s.pressed[0] if not math.isnan(s.pressed[0]) else math.inf)
    most = max(a.settings[1:], key=lambda s: s.pressed[0] if not math.isnan(s.pressed[0]) else -math.inf)
    return (
        f"The order of policies holds in {kept} of {len(a.settings) - 1} other settings of behaviour; the level of"
        f" {spaced(a.policies[0])} runs from {100 * low:.0f} % ({least.name}) to {100 * high:.0f} % ({most.name})."
    )


def _sources(a: Answer) -> list[str]:
    s = a.scenario
    commands = {
        "Deterrence": f"coercion-sim deter {s}", "Relief": f"coercion-sim compare {s}",
        "Who pays": f"coercion-sim compare {s}", "Integration": f"coercion-sim compare {s}",
        "Us or them": f"coercion-sim answer {s} --policy stand_alone --policy choose_sides --details",
        "Does it hold": f"coercion-sim coalition {s}", "How sure": f"coercion-sim answer {s} --details",
    }  # fmt: skip
    return ["", *(f"{head.ljust(_INDENT)}{command}" for head, command in commands.items())]


def _details(a: Answer) -> list[str]:
    lines = ["", "Means over draws [5-95 % of draws]; difference from the first policy [95 % interval, paired by draw]"]
    for row in a.records():
        values = [f"{row[k]:.4g}" for k in ("value", "low", "high", "difference", "difference_low", "difference_high")]
        value, low, high, gap, gap_low, gap_high = values
        difference = "" if math.isnan(row["difference"]) else f"; {gap} [{gap_low}, {gap_high}]"
        lines += paragraph(
            f"{policy_label(row['policy'])}, {spaced(row['outcome'])} ({row['unit']}): {value} [{low}, {high}]"
            + difference,
            "  ", "      ",
        )  # fmt: skip
    lines += ["", "Chance to press under other behaviour, policies in the order above"]
    for s in a.settings:
        shares = " ".join(f"{100 * p:5.1f}" for p in s.pressed)
        lines.append(f"  {s.name:34s}{shares}   {'same order' if s.same_order else 'other order'}")
    return lines
