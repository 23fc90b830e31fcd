"""What a game looks like in the browser: the turn, its options as cards, the timeline, the sheets, the debrief."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from htmltools import Tag, TagChild, tags
from shiny import ui

from coercion_sim.analysis import Choosable, Debrief, Hidden, Role, Session, Turn, disputes_ended, given_up, situation
from coercion_sim.app.drawings import network
from coercion_sim.app.setting import Setting
from coercion_sim.wording import capital, count, fixed, listing, pair_name, quantity, spaced, state_name, the


def option_cards(turn: Turn, ns: Any, *, advice: bool, paused: bool) -> Tag:
    """One card for each option of a turn, with the button that takes it."""
    press = json.dumps(ns("choice"))
    cards = [
        tags.article(
            tags.h3(capital(spaced(o.label))),
            tags.p(o.measures) if o.measures else None,
            tags.dl(*_worth(turn, o, advice)),
            tags.details(
                tags.summary("Parts of the worth"),
                tags.ul(*(tags.li(f"{name}: {fixed(value, 3)} %") for name, value in o.terms.items())),
            ) if o.terms else None,
            tags.button(
                f"Choose: {spaced(o.label)}", class_="btn btn-primary", type="button", disabled="" if paused else None,
                onclick=f"Shiny.setInputValue({press}, {at}, {{priority: 'event'}})",
            ),
            class_="option",
        )
        for at, o in enumerate(turn.options)
    ]  # fmt: skip
    return tags.div(*cards, class_="options")


def _worth(turn: Turn, o: Choosable, advice: bool) -> list[Tag]:
    """Worth of an option to the seat, and what it costs the parties, as far as they are known."""
    worth = [tags.dt("Expected worth"), tags.dd(f"{fixed(o.value, 3)} % of GDP"), tags.dd(_money(o.value_usd))]
    facts = {
        f"Costs {the(turn.names[party])} without help, first year": f"{fixed(-effect, 3)} % of GDP"
        for party, effect in ((turn.target, o.loss_target), (turn.coercer, o.loss_coercer))
        if not math.isnan(effect)
    }
    if abs(o.if_firm - o.if_weak) >= 5e-4:
        other, *types = turn.faces
        for words, value in zip(types, (o.if_weak, o.if_firm), strict=True):
            facts[f"If {the(turn.names[other])} is {words}"] = f"{fixed(value, 3)} % of GDP"
    if advice:
        facts["The equilibrium takes it"] = f"{fixed(100.0 * o.probability, 0)} %"
    return worth + [tag for words, value in facts.items() for tag in (tags.dt(words), tags.dd(value))]


def turn_view(turn: Turn) -> Tag:
    """What the government of a turn knows, above its options."""
    facts = [tags.h2(f"{turn.quarter}: {turn.names[turn.seat]}"), tags.p(turn.question, class_="question")]
    return tags.section(*facts, *map(tags.p, situation(turn)), aria_live="polite")


def debrief_view(end: Debrief, names: Mapping[str, str]) -> Tag:
    """The page at the end, fit to be printed."""
    heads = (
        "Quarter",
        "Seat",
        "Chosen",
        "Worth, % GDP",
        "Best",
        "Worth, % GDP",
        "Given up, US$ m",
        "Equilibrium takes it, %",
    )
    rows = [
        (d.quarter, state_name(names, d.seat), spaced(d.chosen), fixed(d.value, 3), spaced(d.best),
         fixed(d.best_value, 3), fixed(d.regret_usd, 0), fixed(100 * d.equilibrium, 0))
        for d in end.decisions
    ]  # fmt: skip
    incomes = [(state_name(names, s), fixed(x, 3), fixed(end.incomes_usd[s], 0)) for s, x in end.incomes.items()]
    return tags.section(
        tags.h2("Debrief"), *map(tags.p, disputes_ended(end, names)), *map(tags.p, end.afterwards),
        *map(tags.p, given_up(end, names)),
        plain_table("What each decision was worth when it was taken", heads, rows) if rows else None,
        plain_table("Real income over the game", ("State", "% of a year's GDP", "US$ million"), incomes)
        if any(end.incomes.values()) else tags.p("Nobody's real income changed."),
        tags.h3("What else can be tried"), tags.ul(*map(tags.li, end.what_else)), id="debrief",
    )  # fmt: skip


def plain_table(caption: str, heads: tuple[str, ...], rows: Sequence[tuple[TagChild, ...]]) -> Tag:
    """A table with a caption and heads of columns and rows."""
    body = [tags.tr(tags.th(row[0], scope="row"), *(tags.td(cell) for cell in row[1:])) for row in rows]
    return tags.div(
        tags.table(
            tags.caption(caption), tags.thead(tags.tr(*(tags.th(h, scope="col") for h in heads))), tags.tbody(*body),
            class_="table table-sm",
        ),
        class_="wide", tabindex="0", role="region", aria_label=caption,
    )  # fmt: skip


def _money(millions: float) -> str:
    return quantity(millions, "US$ million") if millions == millions else ""


def picture(setting: Setting, game: Session) -> Tag:
    """Who presses and who helps, as far as the game has come."""
    scenario, turn = setting.scenario, game.turn
    coercer, target = (turn.coercer, turn.target) if turn else (scenario.coercer or "", scenario.target or "")
    presses = bool(turn and turn.package)
    helping = sorted(ally for ally, did in (turn.answers if turn else {}).items() if did != "none")
    roles = {coercer: "coercer", target: "target"}
    roles |= dict.fromkeys(helping, "ally") | {s: f"{roles.get(s, '')} seat" for s in game.game.seats}
    ties = {(coercer, target): "presses"} if presses else {}
    ties |= {(ally, target): "helps" for ally in helping}
    caption = _caption(*map(setting.state, (coercer, target, *helping))) if ties else "Nobody is pressed now."
    return network([s for s in setting.world.states if s != "ROW"], roles, ties, caption)


def _caption(coercer: str, target: str, *helping: str) -> str:
    """The picture in words, of names; empty ones are nobody's."""
    helpers = f", helped by {', '.join(helping)}" if helping else ""
    return f"{coercer or 'Nobody'} presses {target or 'nobody'}{helpers}."


def terms_agreed(game: Session, sector: Callable[[str], str]) -> str:
    """Terms proposed and agreed, in one sentence."""
    what = {
        "pledge": "a pledge that costs {size} % of GDP to break", "settlement": "settling at {size} of the stake",
        "statement": "a joint statement", "package": "a package on {goods} that leaves {size} of the trade",
    }  # fmt: skip
    terms = [
        f"{what[p.kind].format(size=f'{p.size:g}', goods=listing([*map(sector, p.goods)]))}"
        f" ({state_name(game.names, p.seat)})"
        for p in game.game.proposals
    ]
    return f"Terms agreed, which hold from the start: {listing(terms)}."


def timeline(game: Session, ns: Any, *, rewinds: bool) -> Tag:
    """What happened, and the moves, which whoever `rewinds` can go back to."""
    press, named = json.dumps(ns("back")), game.names
    moves = [
        tags.li(
            f"{m.quarter}, {named.get(m.seat, m.seat)}: {spaced(m.choice)} ",
            tags.button(
                "Go back here", type="button", class_="btn btn-sm btn-default",
                aria_label=f"Go back to {m.quarter}, {named.get(m.seat, m.seat)}: {spaced(m.choice)}",
                onclick=f"Shiny.setInputValue({press}, {i}, {{priority: 'event'}})",
            ) if rewinds else None,
        )
        for i, m in enumerate(game.game.moves)
    ]  # fmt: skip
    seen = [tags.li(event) for event in reversed(game.events)]
    return tags.section(
        tags.p(game.luck, class_="note"), tags.h2("What happened"), tags.ul(*seen) if seen else tags.p("Nothing yet."),
        tags.h2("Moves"), tags.ol(*moves) if moves else tags.p("None yet."), class_="timeline",
    )  # fmt: skip


def sheet_view(role: Role) -> Tag:
    """The sheet of a seat, folded."""
    text = role.markdown().replace("\n## ", "\n#### ").replace("# ", "### ", 1)
    return tags.details(tags.summary(f"Sheet: {role.name}, {role.part}"), ui.markdown(text), class_="sheet")


def hidden_view(hidden: Hidden, names: Mapping[str, str]) -> Tag:
    """What a facilitator knows and no seat does, folded."""
    types = [
        tags.li(
            f"{pair_name(names, pair)}: the coercer is {'firm' if firm else 'soft'} (stake {fixed(v_c, 2)} % of GDP),"
            f" the target {'resolved' if resolved else 'irresolute'} (stake {fixed(v_t, 2)} %)."
        )
        for pair, firm, resolved, v_c, v_t in hidden.types
    ]
    lasted = ((pair_name(names, pair), spaced(ending), n) for pair, _, ending, n in hidden.instead)
    ends = "; ".join(
        f"{pair} {ending}" + (f", {count(n, 'quarter')} in force" if n else "") for pair, ending, n in lasted
    )
    return tags.details(
        tags.summary("What no seat knows"), tags.ul(*types) if types else tags.p("No dispute arises in this draw."),
        tags.p(f"With this luck, the equilibrium ends so: {ends or 'no dispute'}."),
        tags.ul(*(tags.li(event) for event in hidden.events)), class_="hidden",
    )  # fmt: skip
