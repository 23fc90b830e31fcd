"""Facts about the trade of one product among the states of a world, and totals where no fact is: by a pattern."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from coercion_sim.arrays import Array, ratio
from coercion_sim.errors import Problem, WorldError, nearest
from coercion_sim.files import parse_number
from coercion_sim.world.baseline import unknown
from coercion_sim.world.build.reading import Row, read_rows
from coercion_sim.world.build.split import Fact
from coercion_sim.world.codes import state_label
from coercion_sim.world.world import World

COLUMNS = ("state", "partner", "role", "value", "source", "grade")
#: Roles of a fact, and the role of `split.fit_product` each becomes; exports to a partner are a known flow.
ROLES: Mapping[str, str] = {
    "exports": "exporter",
    "imports": "importer",
    "home_share": "producer_domestic_share",
    "home_sales": "domestic_sales",
    "elasticity": "elasticity",
}
#: Words for all states, in exports (the world's) and home shares (of states without their own).
_EVERYBODY = ("world", "all", "wld")


@dataclass(frozen=True, eq=False)
class ProductFacts:
    """Facts sorted: by state and pair (as `split` takes them), about the whole world, and the elasticity as written."""

    rows: tuple[Row, ...]
    typed: tuple[Fact, ...]
    world_exports: float | None = None
    home_share: float | None = None
    elasticity: str | None = None

    def by_state(self, role: str, states: Sequence[str]) -> Array:
        """Values of a role by state, (N,); NaN where not given."""
        given = {fact.state: fact.value for fact in self.typed if fact.role == role}
        return np.array([given.get(state, np.nan) for state in states])

    def flows(self, states: Sequence[str]) -> Array:
        """Known flows, (N, N); NaN where not given."""
        given = {(fact.state, fact.partner): fact.value for fact in self.typed if fact.role == "flow"}
        return np.array([[given.get((i, n), np.nan) for n in states] for i in states])


def read_product_facts(facts: str | Path | Sequence[Mapping[str, object]], world: World, product: str) -> ProductFacts:
    """Read and check the rows about a product; every problem of every row at once."""
    file = str(facts) if isinstance(facts, str | Path) else None
    rows = _rows(facts)
    mine = [(line, row) for line, row in enumerate(rows, start=2) if row.get("product", "") in ("", product)]
    if not mine:
        near = nearest(product, {row["product"] for row in rows if "product" in row})
        raise WorldError(Problem("no facts about the product", file=file, key=product, suggestion=near))
    problems: list[Problem] = []
    cells: dict[tuple[str, str, str], Row] = {}
    for line, written in mine:
        row = _in_labels(written, world)
        cell = (row["state"], row["partner"], row["role"])
        wrong = list(_row_problems(row, world))
        if cell in cells:
            wrong.append(Problem("stated twice", key=" ".join(filter(None, cell))))
        cells[cell] = row
        problems += [replace(problem, file=file, line=line if file else None) for problem in wrong]
    WorldError.refuse(problems)
    return _sorted_facts(tuple(cells.values()), product)


def _rows(facts: str | Path | Sequence[Mapping[str, object]]) -> list[Row]:
    """Rows of a file, or of a table in memory, as text."""
    if isinstance(facts, str | Path):
        return read_rows(Path(facts), COLUMNS)
    return [{key: str(row.get(key, "")) for key in (*COLUMNS, "product")} for row in facts]


def _in_labels(row: Row, world: World) -> Row:
    """Row with the labels of the world's states, and the role as `ROLES` calls it, for those of `split` too."""
    row = {key: text.strip() for key, text in row.items()}
    for end in ("state", "partner"):
        row[end] = state_label(row[end], world.states, world.state_names) or row[end]
    known = {label: role for role, label in ROLES.items()} | {"flow": "exports"}
    return row | {"role": known.get(row["role"], row["role"])}


def _row_problems(row: Row, world: World) -> Iterator[Problem]:
    """Everything wrong with one fact: role, states, value, source, grade."""
    key = " ".join(filter(None, (row["role"], row["state"], row["partner"])))
    if row["role"] not in ROLES:
        yield unknown("role", row["role"], ROLES)
    elif row["role"] != "elasticity":
        yield from _trade_problems(row, key, world)
    elif (value := parse_number(row["value"])) is not None and not value > 0:
        yield Problem("out of range", key=key, found=row["value"] or "nothing", allowed="> 0, or a class")
    if not row["source"]:
        yield Problem("has no source", key=key)
    if row["grade"] not in ("A", "B", "C"):
        yield Problem("unknown grade", key=key, found=row["grade"] or "nothing", allowed="A, B, C")


def _trade_problems(row: Row, key: str, world: World) -> Iterator[Problem]:
    """A value out of range, a state or partner that the role or the world does not have."""
    role, value, state, partner = row["role"], parse_number(row["value"]), row["state"], row["partner"]
    below, allowed = (1.0, "0 <= share < 1") if role == "home_share" else (np.inf, "US$ million, >= 0")
    if value is None or not 0 <= value < below:
        yield Problem("out of range", key=key, found=row["value"] or "nothing", allowed=allowed)
    everybody = state.casefold() in _EVERYBODY and role in ("exports", "home_share") and not partner
    if state not in world.states and not everybody:
        yield from _unknown_state(state, world)
    if partner and role != "exports":
        yield Problem("has no partner", key=key, found=partner, allowed="a partner with exports only")
    elif partner and partner not in world.states:
        yield from _unknown_state(partner, world)
    elif partner and partner == state:
        yield Problem("sells to itself", key=key, allowed="role home_sales")


def _unknown_state(word: str, world: World) -> Iterable[Problem]:
    """The problem that `World.state_label` raises for a word that is not a state."""
    try:
        world.state_label(word)
    except WorldError as error:
        return error.problems
    return ()


def _sorted_facts(rows: tuple[Row, ...], product: str) -> ProductFacts:
    """Sort checked rows into facts by state and facts about all of them."""
    typed: list[Fact] = []
    whole: dict[str, float] = {}
    elasticity = None
    for row in rows:
        if row["role"] == "elasticity":
            elasticity = row["value"]
        elif row["state"].casefold() in _EVERYBODY:
            whole[row["role"]] = float(row["value"])
        else:
            role = "flow" if row["partner"] else ROLES[row["role"]]
            value = float(row["value"])
            typed.append(Fact(product, row["state"], row["partner"], role, value, row["source"], row["grade"]))
    return ProductFacts(rows, tuple(typed), whole.get("exports"), whole.get("home_share"), elasticity)


def complete_facts(facts: ProductFacts, pattern: Array, states: tuple[str, ...], product: str, like: str) -> tuple[
    tuple[Fact, ...], list[str]
]:  # fmt: skip
    """Give every state totals and a home share, by the pattern where no fact does; return facts to fit, with notes.

    Parameters
    ----------
    pattern : (N, N)
        Flows of the sector or of the one it is like, named `like`.

    Raises
    ------
    WorldError
        Where the facts do not add up.
    """
    abroad = pattern * (1.0 - np.eye(len(states)))
    exports, notes = _exports(facts, abroad, states, product, like)
    imports, more = _imports(facts, abroad, exports, states, product, like)
    shares, rest = _home_shares(facts, pattern, exports, states, product, like)
    flows = tuple(fact for fact in facts.typed if fact.role in ("flow", "domestic_sales"))
    totals = (("exporter", exports), ("importer", imports), ("producer_domestic_share", shares))
    made = tuple(
        Fact(product, state, "", role, float(value), "fact or pattern", "C")
        for role, values in totals
        for state, value in zip(states, values, strict=True)
    )
    return (*flows, *made), [*notes, *more, *rest]


def _exports(
    facts: ProductFacts, abroad: Array, states: tuple[str, ...], product: str, like: str
) -> tuple[Array, list[str]]:
    """Exports of every state, (N,): fact, sum of its known flows, or its part of what world exports leave."""
    flows, exports, notes = facts.flows(states), facts.by_state("exporter", states), []
    only_flows = np.isnan(exports) & ~np.isnan(flows).all(axis=1)
    exports[only_flows] = np.nansum(flows, axis=1)[only_flows]
    if only_flows.any():
        notes.append(f"{_named(states, only_flows)}: exports are those to the destinations listed, and no others.")
    if not np.nansum(exports) > 0 and not facts.world_exports:
        raise WorldError(Problem("no exports above 0 among the facts", key=product))
    others = np.isnan(exports)
    weight = np.where(others, abroad.sum(axis=1), 0.0)
    exports[others] = 0.0
    if facts.world_exports is None:
        if others.any():
            notes.append(f"World exports not given: the other {int(others.sum())} states export nothing of it.")
        return exports, notes
    rest = facts.world_exports - float(exports.sum())
    small = 1e-9 * facts.world_exports
    if rest < -small or (rest > small and not weight.sum() > 0):
        message = "facts do not add up: exports of the states against world exports"
        both = f"{exports.sum():.6g} and {facts.world_exports:.6g}"
        allowed = "no more than world exports" if rest < 0 else "all of world exports: no other state is left"
        raise WorldError(Problem(message, key=product, found=both, allowed=allowed))
    if rest > small:
        exports += rest * weight / weight.sum()
        notes.append(f"US$ {rest:,.6g} million of world exports divided among {_named(states, weight > 0)} as {like}.")
    return exports, notes


def _imports(
    facts: ProductFacts, abroad: Array, exports: Array, states: tuple[str, ...], product: str, like: str
) -> tuple[Array, list[str]]:
    """Imports of every state, (N,): fact, or what the pattern of each exporter's free exports sends there."""
    flows, imports = facts.flows(states), facts.by_state("importer", states)
    known, fixed = ~np.isnan(flows), np.nan_to_num(flows)
    free = exports - fixed.sum(axis=1)
    short = free < -1e-9 * exports.sum()
    open_cells = np.where(known | (imports == 0)[None, :], 0.0, 1.0 - np.eye(len(states)))
    weight = abroad * open_cells
    weight = np.where(weight.sum(axis=1, keepdims=True) > 0, weight, open_cells * abroad.sum(axis=0))
    total = weight.sum(axis=1)
    short |= (free > 1e-9 * exports.sum()) & (total <= 0)
    if short.any():
        raise WorldError(
            Problem(
                "facts do not add up: exports against flows to the destinations listed",
                key=f"{product} {states[i]}", found=f"{exports[i]:.6g} and {fixed[i].sum():.6g}",
                allowed="flows within exports, and somewhere for the rest to go",
            )
            for i in np.flatnonzero(short)
        )  # fmt: skip
    free = np.maximum(free, 0.0)
    sent = ratio(free[:, None] * weight, total[:, None])
    unknown_imports = np.isnan(imports)
    notes = []
    if (free > 1e-9 * exports.sum()).any():
        who = _named(states, free > 1e-9 * exports.sum())
        notes.append(f"US$ {free.sum():,.6g} million of exports go where the pattern of {like} sends them: {who}.")
    if not unknown_imports.any():
        return imports, notes
    into, bound = sent.sum(axis=0)[unknown_imports], fixed.sum(axis=0)[unknown_imports]
    rest = float(exports.sum() - np.nansum(imports) - bound.sum())
    if rest < -1e-9 * exports.sum() or (rest > 1e-9 * exports.sum() and not into.sum() > 0):
        message = "facts do not add up: imports of the states against all exports"
        both = f"{np.nansum(imports) + bound.sum():.6g} and {exports.sum():.6g}"
        raise WorldError(Problem(message, key=product, found=both))
    imports[unknown_imports] = bound + (max(rest, 0.0) * into / into.sum() if into.sum() > 0 else 0.0)
    return imports, notes


def _home_shares(
    facts: ProductFacts, pattern: Array, exports: Array, states: tuple[str, ...], product: str, like: str
) -> tuple[Array, list[str]]:
    """Home share of output of every state, (N,): its own fact, that of all states, or the pattern's."""
    sales, shares = facts.by_state("domestic_sales", states), facts.by_state("producer_domestic_share", states)
    bare = (shares > 0) & (exports <= 0)
    if bare.any():
        message = "exports nothing, so that a share of output says nothing"
        raise WorldError(
            Problem(message, key=f"{product} home_share {states[i]}", allowed="role home_sales")
            for i in np.flatnonzero(bare)
        )
    output = pattern.sum(axis=1)
    abroad = output - np.diag(pattern)
    usual = np.divide(np.diag(pattern), output, out=np.zeros_like(output), where=abroad > 0)
    assumed = np.isnan(shares) & np.isnan(sales) & (exports > 0)
    shares[~np.isnan(sales)] = 0.0
    filled = np.where(np.isnan(shares), usual if facts.home_share is None else facts.home_share, shares)
    notes = []
    if assumed.any() and facts.home_share is None:
        notes.append(f"Home share of output as in {like}: {_named(states, assumed, usual)}.")
    none = (exports <= 0) & ~(sales > 0)
    if none.any():
        notes.append(f"No exports and no home sales given, so no output of it: {_named(states, none)}.")
    return filled, notes


def _named(states: Sequence[str], which: np.ndarray, values: Array | None = None) -> str:
    """List states, with a number for each if given."""
    return ", ".join(
        states[i] + ("" if values is None else f" {values[i]:.3g}") for i in map(int, np.flatnonzero(which))
    )
