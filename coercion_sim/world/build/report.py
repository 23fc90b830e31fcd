"""The README of a built world: its content, sources, approximations and repairs; and that of a world split again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from coercion_sim.world.build.pipeline import Built
from coercion_sim.world.build.reading import Row
from coercion_sim.world.build.recipe import ProductSpec
from coercion_sim.world.build.split import Fact, ProductTrade
from coercion_sim.world.show import show_world
from coercion_sim.world.world import World

#: Between these the GDP of a world over the recorded one needs no reason.
USUAL_GDP_RATIO = (0.8, 1.1)

_ROLES = {
    "exporter": "exports, all destinations",
    "importer": "imports, all origins (before scaling)",
    "flow": "known flow",
    "producer_domestic_share": "home share of output",
    "producer_domestic_share_export_grade": "home share, export grade",
    "domestic_sales": "home sales",
}


def readme(built: Built, changes: Mapping[str, Any]) -> str:
    """Return the README as Markdown; the same build gives the same text."""
    spec = built.spec
    S, N = built.world.shape
    parts = [
        f"# {spec.name}\n\n{spec.title}.\n\n{S} sectors, {N} states, {spec.year}; US$ million a year. "
        f"Flows are rounded to {spec.rounding.flows} significant digits, input shares to {spec.rounding.input_share}: "
        "a compilation made from the sources below, not a copy of any of them. This page is written by the build.",
        _rebuild(built, changes),
        "## Approximations and judgements\n\n" + bullets(spec.notes) if spec.notes else "",
        "## Sources and licences\n\n"
        + markdown_table(("data", "source", "licence"), [(x.data, x.source, x.licence) for x in spec.sources])
        + _elasticity_sets(built),
        _states(built),
        _sectors(built),
        _products(built),
        _facts(built.facts) if built.facts else "",
        "## Repairs and other changes made by the build\n\n" + bullets(built.world.repairs),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _elasticity_sets(built: Built) -> str:
    cited = "; ".join(f"`{name}` {text}" for name, text in sorted(built.citations.items()))
    return f"\n\nElasticity sets: {cited}." if cited else ""


def bullets(items: Iterable[str]) -> str:
    """Write a Markdown list."""
    return "\n".join(f"- {item}" for item in items) or "None."


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a Markdown table; a bar in a cell becomes a slash."""
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(cell.replace("|", "/") for cell in row) + " |" for row in rows])


def _rebuild(built: Built, changes: Mapping[str, Any]) -> str:
    """How to build it again."""
    home = f"scenarios/worlds/{built.spec.name}"
    shipped = built.spec_file.resolve().as_posix().endswith(f"/{home}/build.toml")
    recipe, out = (f"{home}/build.toml", home) if shipped and not changes else (built.spec_file.name, "DIR")
    options = "".join(f" --set {key}={value}" for key, value in changes.items())
    return (
        f"Build it again with\n\n```\ncoercion-sim world build {recipe} --data DATA --out {out}{options}\n```\n\n"
        f"where DATA holds {', '.join(f'`{name}`' for name in _data_files(built))}. The recipe explains each choice."
        + _own_files(built)
    )


def _own_files(built: Built) -> str:
    """Name the files in the folder of the recipe that were read after those of the data folder."""
    own = [name for key, name in built.spec.own.model_dump().items() if name and (key != "products" or built.trades)]
    return f" Read with them, beside the recipe: {', '.join(f'`{name}`' for name in own)}." if own else ""


def _data_files(built: Built) -> list[str]:
    """Names of the files of the data folder that the build reads."""
    unread = {"products"} if not built.trades else set()
    if built.spec.home is not None or built.spec.data.inputs.endswith(".npz"):
        unread |= {"sectors", "inputs_world"}
    return [str(name) for key, name in built.spec.data.model_dump().items() if name and key not in unread]


def _states(built: Built) -> str:
    members = {state.id: ", ".join(state.members) for state in built.spec.states}
    rows = [
        (
            row.state,
            row.name + (f" ({members[row.state]})" if len(built.spec.states[at].members) > 1 else ""),
            f"{row.gdp / 1000:,.0f}",
            "not recorded" if row.gdp_recorded is None else f"{row.gdp_recorded / 1000:,.0f}",
            f"{row.gdp / row.gdp_recorded:.3f}" if row.gdp_recorded else "",
            f"{row.exports / 1000:,.1f}",
            f"{row.imports / 1000:,.1f}",
        )
        for at, row in enumerate(show_world(built.world).states)
    ]
    head = ("state", "name", "GDP of the world", "GDP recorded", "ratio", "exports", "imports")
    return f"## States (US$ billion)\n\n{_against_record(built)}\n\n" + markdown_table(head, rows)


def _against_record(built: Built) -> str:
    """Say how far the GDP of the world is from the recorded one, and why it is where it is far."""
    low, high = USUAL_GDP_RATIO
    ratio = {row.state: row.gdp / row.gdp_recorded for row in show_world(built.world).states if row.gdp_recorded}
    if not ratio:
        return "No GDP is recorded."
    reasons = built.spec.gdp_reasons
    values, plain = np.array(list(ratio.values())), np.array([x for s, x in ratio.items() if s not in reasons])
    named = [f"{state} {ratio[state]:.3f}: {text}" for state, text in reasons.items() if state in ratio]
    far = [f"{s} {x:.3f}" for s, x in ratio.items() if not low <= x <= high and s not in reasons]
    return (
        f"GDP of the world (value added of its sectors) over recorded GDP, {len(values)} states: median "
        f"{np.median(values):.3f}, standard deviation {values.std():.3f}"
        + (f"; {plain.std():.3f} without those below" if named and plain.size else "")
        + ". Value added here is at basic prices, without product taxes, so that .9 to 1 is usual. "
        + f"Outside {low:g} to {high:g} without a known reason: {', '.join(far) or 'none'}."
        + ("\n\n" + bullets(named) if named else "")
    )


def _sectors(built: Built) -> str:
    spec = built.spec
    view = show_world(built.world).sectors
    rows = [
        (
            item.id,
            item.name,
            item.parent if isinstance(item, ProductSpec) else ", ".join(spec.sectors[parent].codes),
            item.elasticity_class,
            f"{row.theta:g}",
            f"{row.world_exports / 1000:,.1f}",
            "anybody" if item.users is None else ", ".join(item.users),
        )
        for item, parent, row in zip(spec.items, spec.parents, view, strict=True)
    ]
    head = ("sector", "name", "ISIC Rev. 4", "class", "theta", "world exports", "users as an input")
    return "## Sectors (US$ billion)\n\n" + markdown_table(head, rows)


def _products(built: Built) -> str:
    if not built.trades:
        return ""
    head = (
        "product", "taken out of", "price factor", "exports FOB", "in the world", "imports scaled by",
        "beyond the floor",
    )  # fmt: skip
    rows = [_product_row(trade, built) for trade in built.trades]
    return "## Products taken out of their sectors (US$ million)\n\n" + markdown_table(head, rows)


def _product_row(trade: ProductTrade, built: Built) -> tuple[str, ...]:
    apart = 1.0 - np.eye(len(built.spec.states))
    factor = built.spec.split.fob_factor.get(trade.spec.parent, 1.0)
    return (
        trade.spec.id,
        trade.spec.parent,
        f"{factor:g}",
        f"{float((trade.fob * apart).sum()):,.0f}",
        f"{float((trade.flows * apart).sum()):,.0f}",
        f"{trade.import_scale:.3f}",
        f"{trade.beyond_floor:.1%}",
    )


def _facts(facts: Sequence[Fact]) -> str:
    """Every typed fact with its grade and source, sources numbered."""
    number = {source: at for at, source in enumerate(dict.fromkeys(fact.source for fact in facts), start=1)}
    rows = [
        (
            fact.product, " to ".join(filter(None, (fact.state, fact.partner))), _ROLES[fact.role], f"{fact.value:g}",
            fact.grade, str(number[fact.source]),
        )
        for fact in facts
    ]  # fmt: skip
    count = {grade: sum(fact.grade == grade for fact in facts) for grade in "ABC"}
    return (
        f"## Product facts, typed\n\n{len(facts)} facts: "
        f"{count['A']} of grade A (stated in a published page or official table), "
        f"{count['B']} of grade B (derived from one), "
        f"{count['C']} of grade C (general knowledge or assumption). "
        "Shares are fractions, everything else US$ million at export prices.\n\n"
        + markdown_table(("product", "who", "what", "value", "grade", "source"), rows)
        + "\n\nSources of the facts:\n\n"
        + "\n".join(f"{at}. {source}" for source, at in number.items())
    )


def split_readme(
    world: World, base: World, out_of: str, facts: Sequence[Row], assumed: Sequence[str], before: str
) -> str:
    """Return the README of a world with a product, its last sector, taken out of a sector of `base`.

    It holds what was assumed, the product by state, the facts, and the README `before` of the base.
    """
    flows, old, product = world.flows[-1], base.flows[base.sectors.index(out_of)], world.sectors[-1]
    rows = []
    for i, state in enumerate(world.states):
        home, sales, bought = flows[i, i], flows[i].sum(), flows[:, i].sum()
        exports, imports = sales - home, bought - home
        if exports + imports + home > 0:
            rows.append((state, *(f"{x:,.1f}" for x in (exports, imports, home)), f"{sales / old[i].sum():.1%}"))
    keys = ("role", "value", "grade", "source")
    cells = [(" to ".join(filter(None, (row["state"], row["partner"]))), *(row[key] for key in keys)) for row in facts]
    head = ("state", "exports", "imports", "home sales", f"of its sales of {out_of} before")
    below = before.partition("\n")[2].strip().replace("\n#", "\n##")  # its headings one step down, its title once
    parts = [
        f"# {world.name}\n\n{base.name} with {product} taken out of {out_of} by "
        "`coercion-sim world split`. US$ million a year.",
        "## What was done and assumed\n\n" + bullets(assumed),
        f"## {product} by state\n\n" + markdown_table(head, rows),
        "## Facts\n\n" + markdown_table(("who", "what", *keys[1:]), cells),
        f"## README of {base.name}\n\n" + below if before else "",
    ]
    return "\n\n".join(part for part in parts if part).rstrip() + "\n"
