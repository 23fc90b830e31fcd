"""Reading a recipe (laid over its base, single values replaced, checked) and the files of its data folder."""

from __future__ import annotations

import copy
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import numpy.typing as npt

from coercion_sim.arrays import Array
from coercion_sim.errors import Problem, WorldError, nearest
from coercion_sim.files import Document, KeyPath, Table, lay, parse_number, read_table, read_toml, validate, with_points
from coercion_sim.world.audit import Trade, audit_cells
from coercion_sim.world.build.recipe import HomeSpec, WorldSpec

#: Tables that a recipe may leave out, empty.
_OPTIONAL: Mapping[str, dict[str, Any]] = {
    key: {} for key, field in WorldSpec.model_fields.items() if isinstance(field.default, Table)
}


def read_spec(path: Path, changes: Mapping[str, Any] | None = None) -> WorldSpec:
    """Read and check a recipe; `changes` replaces single values, e.g. ``{"logs.grade": "all"}``.

    A key of `changes` is a dotted path; an element of a list of tables is named by its `id`, and a path that starts
    with the id of a state, sector or product needs nothing before it.

    Raises
    ------
    WorldError
        With file, line and key of everything wrong.
    """
    document = _read_recipe(path)
    for key, value in (changes or {}).items():
        document = document.with_value(_place(document.data, key), value, "--set")
    spec, problems = validate(WorldSpec, document)
    if spec is None or (problems := _contradictions(spec, document)):
        raise WorldError(problems)
    return spec


def _read_recipe(path: Path, above: tuple[Path, ...] = ()) -> Document:
    """Read a recipe, laid over the one that its key `base` names (a path from its own folder), if it has one.

    Tables are laid over key by key; lists (states, sectors, products, sources, notes) are replaced whole. An empty
    value takes an entry of `competitors`, `groups` or `gdp_reasons` away. Files `own` to the base stay beside the base.
    """
    document = read_toml(path, what="recipe", error=WorldError)
    data = dict(document.data)
    name = data.pop("base", None)
    if name is None:
        return document
    below = path.parent / name if isinstance(name, str) else path
    if below.resolve() in (path.resolve(), *above):
        raise WorldError(document.problem(("base",), "must name another recipe", name))
    base = _read_recipe(below, (*above, path.resolve()))
    laid, origins = copy.deepcopy(base.data), dict(base.origins)
    own = laid.get("own")
    if isinstance(own, dict):
        folder = PurePosixPath(name).parent
        laid["own"] = {key: (folder / str(file)).as_posix() for key, file in own.items()}
    lay(laid, origins, data, document.origins)
    for table in ("competitors", "groups", "gdp_reasons"):
        if isinstance(laid.get(table), dict):
            laid[table] = {key: value for key, value in laid[table].items() if value not in ("", [])}
    return replace(document, data=laid, written=laid, moved=origins, laid={})


def _place(data: Mapping[str, Any], dotted: str) -> KeyPath:
    """Turn a dotted key into a path of the data: entries of lists by their `id` become positions."""
    data = {**_OPTIONAL, **data}
    parts = dotted.split(".")
    path: tuple[str | int, ...] = ()
    here: Any = data
    if parts[0] not in data:
        listed = ((key, row) for key in ("states", "sectors", "products") for row in _positions(data.get(key, ())))
        key = next((key for key, row in listed if row == parts[0]), None)
        path, here = ((key,), data[key]) if key is not None else ((), data)
    for part in parts[:-1]:
        known = _positions(here) if isinstance(here, list) else here if isinstance(here, dict) else {}
        if part not in known:
            near = nearest(part, map(str, known))
            raise WorldError(Problem("no such key in the recipe", key=dotted, found=part, suggestion=near))
        step = known[part] if isinstance(here, list) else part
        path, here = (*path, step), here[step]
    if not isinstance(here, dict):
        raise WorldError(Problem("is not a single value of the recipe", key=dotted))
    return (*path, parts[-1])


def _positions(rows: Any) -> dict[str, int]:
    """Position of each entry of a list of tables by its `id`."""
    return {row["id"]: i for i, row in enumerate(rows) if isinstance(row, dict) and "id" in row}


def _contradictions(spec: WorldSpec, document: Document) -> list[Problem]:
    """List what types cannot catch: labels twice, products without parent, users or classes nobody declared."""
    problems = [document.problem(path, "listed twice", label) for path, label in _repeated(spec)]
    if sum(state.rest for state in spec.states) > 1:
        problems.append(document.problem(("states", "rest"), "only one state can be the rest of the world", "several"))
    problems += [
        document.problem(path, f"unknown {what}", label, None, nearest(label, known))
        for path, what, label, known in _references(spec)
        if label not in known
    ]
    if spec.products and spec.data.products is None and spec.own.products is None:
        problems.append(document.problem(("data", "products"), "products need a file of facts", "nothing"))
    if spec.home is not None and len(spec.items) > 1:
        few = "home sales are known for a world of one sector only"
        problems.append(document.problem(("home",), few, f"{len(spec.items)} sectors"))
    return problems


def _repeated(spec: WorldSpec) -> Iterator[tuple[KeyPath, str]]:
    """Every label listed more than once, with its place."""
    listed: tuple[tuple[KeyPath, tuple[str, ...]], ...] = (
        (("states",), spec.state_ids),
        (("states", "members"), tuple(m for state in spec.states for m in state.economies)),
        (("sectors",), spec.sector_ids),
        (("sectors", "code"), tuple(code for sector in spec.sectors for code in sector.codes)),
    )
    for path, labels in listed:
        yield from ((path, label) for label, times in sorted(Counter(labels).items()) if times > 1)


def _references(spec: WorldSpec) -> Iterator[tuple[KeyPath, str, str, tuple[str, ...]]]:
    """Every label that must name another entry of the recipe: its place, the kind of entry, and the labels declared."""
    codes = tuple(code for sector in spec.sectors for code in sector.codes)
    for i, product in enumerate(spec.products):
        yield ("products", i, "parent"), "parent sector", product.parent, codes
    for key, items in (("sectors", spec.sectors), ("products", spec.products)):
        for i, item in enumerate(items):
            classes = tuple(spec.elasticity.classes)
            yield (key, i, "elasticity_class"), "elasticity class", item.elasticity_class, classes
            for user in item.users or ():
                yield (key, i, "users"), "user", user, spec.sector_ids
    for code in spec.split.fob_factor:
        yield ("split", "fob_factor"), "sector", code, codes
    for state in spec.gdp_reasons:
        yield ("gdp_reasons",), "state", state, spec.state_ids
    for state, rivals in spec.competitors.items():
        for label in (state, *rivals):
            yield ("competitors",), "state", label, spec.state_ids


Row = dict[str, str]
#: Least share of its output that an economy sells at home, where recorded exports leave less.
LEAST_AT_HOME = 0.1


def read_rows(path: Path, columns: tuple[str, ...], once: tuple[str, ...] = ()) -> list[Row]:
    """Read a CSV file with a header that has at least these columns; any usual separator, decimal sign and encoding.

    Raises
    ------
    WorldError
        For a file that is missing, empty, no text, without a column, with a row of another length, or with two rows of
        the same labels in those of the columns `once` that it has.
    """
    table = read_table(path, error=WorldError)
    WorldError.refuse(table.need(columns))
    first: dict[tuple[str, ...], int] = {}
    labels = list(zip(*(table.column(name) for name in once if name in table.header), strict=True))
    WorldError.refuse(
        Problem("is in two rows", str(path), line, " ".join(key), f"lines {first[key]} and {line}", "one row for each")
        for key, line in zip(labels, table.lines, strict=bool(once))
        if first.setdefault(key, line) != line
    )
    rows = table.rows
    if table.decimal == ",":
        rows = tuple(tuple(map(with_points, row)) for row in rows)
    return [dict(zip(table.header, row, strict=True)) for row in rows]


def number(text: str, path: Path, line: int, key: str) -> float:
    """Parse one finite number; an empty cell is NaN."""
    value = parse_number(text)
    if value is None:
        raise WorldError(Problem("is not a number", file=str(path), line=line, key=key, found=repr(text)))
    return value


def read_trade(path: Path, only: str | None = None) -> Trade:
    """Read and audit flows of a Parquet or CSV file with columns exporter, importer, sector, value_musd.

    Where all flows are of the one sector `only`, the file needs no column for it.
    """
    names = ("exporter", "importer", *(() if only else ("sector",)), "value_musd")
    problems: list[Problem] = []
    if path.suffix == ".parquet":
        columns, value = _parquet(path, names)
        lines: tuple[int, ...] = tuple(range(1, len(value) + 1))
    else:
        table = read_table(path, error=WorldError)
        problems = table.need(names)
        WorldError.refuse(problems)
        columns = {name: np.array(table.column(name), dtype=np.str_) for name in names[:-1]}
        value, lines = np.array(table.numbers("value_musd", problems), dtype=np.float64), table.lines
    unread = {problem.line for problem in problems}
    problems += [
        Problem("a flow is missing or not finite", file=str(path), line=lines[at], key="value_musd")
        for at in np.flatnonzero(~np.isfinite(value))
        if lines[at] not in unread
    ]
    if problems:
        raise WorldError(sorted(problems, key=lambda problem: problem.line or 0))
    sector = columns["sector"] if only is None else np.full(len(value), only)
    trade = Trade(str(path), columns["exporter"], columns["importer"], sector, value, np.array(lines))
    audit_cells(trade).accepted()
    return trade


def _parquet(path: Path, names: tuple[str, ...]) -> tuple[dict[str, npt.NDArray[np.str_]], Array]:
    """Read labels and values of a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not path.is_file():
        raise WorldError(Problem("cannot be read (no such file)", file=str(path)))
    try:
        table = pq.read_table(path, columns=list(names))
        labels = {name: np.array(table.column(name).to_pylist(), dtype=np.str_) for name in names[:-1]}
        values = [math.nan if value is None else value for value in table.column(names[-1]).to_pylist()]
        return labels, np.array(values, dtype=np.float64)
    except (pa.ArrowException, OSError, ValueError, TypeError) as error:
        raise WorldError(
            Problem(f"is not a Parquet file with columns {', '.join(names)}: {error}", file=str(path))
        ) from None


def with_home_sales(trade: Trade, gdp: Mapping[str, float], spec: HomeSpec) -> tuple[Trade, tuple[str, ...]]:
    """Add to trade of one sector what each economy sells at home: `output_over_gdp` times GDP, less its exports.

    Flows of an economy to itself in the data are replaced. At least `LEAST_AT_HOME` of output is sold at home; where
    exports leave less, that is reported.

    Raises
    ------
    WorldError
        For economies without recorded GDP.
    """
    foreign = trade.exporter != trade.importer
    economies = tuple(sorted({*trade.exporter.tolist(), *trade.importer.tolist()}))
    bare = [economy for economy in economies if economy not in gdp]
    if bare:
        raise WorldError(Problem("home sales need the GDP of every economy of the trade data", found=", ".join(bare)))
    output = np.array([spec.output_over_gdp * gdp[economy] for economy in economies])
    exports = np.array([trade.value[foreign & (trade.exporter == economy)].sum() for economy in economies])
    home = np.maximum(output - exports, LEAST_AT_HOME * output)
    labels = np.array(economies)
    whole = trade.with_cells(foreign, labels, labels, np.full(len(labels), str(trade.sector[0])), home)
    raised = ", ".join(labels[home > output - exports])
    note = f"Exports leave less than {LEAST_AT_HOME:.0%} of output at home, raised: {raised}."
    sold = f"Home sales are {spec.output_over_gdp:g} times recorded GDP less exports."
    return whole, (sold, note) if raised else (sold,)
