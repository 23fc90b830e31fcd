"""From an importer's table to a folder of data and a recipe that `coercion-sim world build` takes."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import chain
from pathlib import Path

import numpy as np

from coercion_sim.arrays import Array, ratio
from coercion_sim.errors import Problem, WorldError, nearest
from coercion_sim.files import toml_block, toml_list, toml_table, toml_text, write_bytes, write_text, write_whole
from coercion_sim.wording import first_of
from coercion_sim.world.build.recipe import is_service
from coercion_sim.world.codes import country_code, country_name
from coercion_sim.world.sources.politics import Facts
from coercion_sim.world.sources.table import REST, SourceTable, elasticity_class

RECIPE = "build.toml"
_LABEL = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
#: Elasticity by class, the values of the shipped worlds (docs/model.md).
CLASSES = {"homogeneous": 12.0, "reference": 5.0, "differentiated": 3.0}


@dataclass(frozen=True)
class Group:
    """A state of several economies, or a sector of several codes, under a label and a name."""

    label: str
    name: str
    members: tuple[str, ...]


def choose_states(text: str, table: SourceTable) -> tuple[Group, ...]:
    """States of the world: ``all``, a number (so many largest traders), or a list such as ``CHN,Japan,NORD=SWE+FIN``.

    Everything not chosen is the rest of the world, which `write_folder` adds.

    Raises
    ------
    WorldError
        For an economy the table does not have, and one that is chosen twice.
    """
    own = [code for code in table.economies if code != REST and _LABEL.fullmatch(code)]
    if text == "all":
        return tuple(Group(code, country_name(code), (code,)) for code in own)
    if text.isdecimal():
        trade = dict(zip(table.economies, table.trade.tolist(), strict=True))
        largest = sorted(sorted(own, key=lambda code: -trade[code])[: int(text)])
        return tuple(Group(code, country_name(code), (code,)) for code in largest)
    groups = []
    for label, members in _entries(text):
        if label is None and members in ([REST], ["rest"]):
            continue
        codes = tuple(_economy(member, table) for member in members)
        groups.append(Group(codes[0], country_name(codes[0]), codes) if label is None else Group(label, label, codes))
    return _checked("--states", groups)


def _entries(text: str) -> Iterator[tuple[str | None, list[str]]]:
    """Label, if it has one, and members of each entry of a list such as ``CHN,NORD=SWE+FIN``."""
    for entry in filter(None, map(str.strip, text.split(","))):
        label, several, members = entry.partition("=")
        parts = [part.strip() for part in (members if several else entry).split("+")]
        yield label.strip() if several else None, parts


def _economy(word: str, table: SourceTable) -> str:
    for code in (word, country_code(word)):
        if code in table.economies:
            return str(code)
    near = nearest(word, (*table.economies, *map(country_name, table.economies)))
    raise WorldError(Problem("economy not in the data", key="--states", found=word, suggestion=near))


def choose_sectors(text: str, table: SourceTable) -> tuple[Group, ...]:
    """Sectors of the world: ``own`` (those of the source) or a list such as ``farm=A*,steel=C24A+C24B,B05``.

    Goods not chosen are ``other_goods``, services not chosen ``services``.

    Raises
    ------
    WorldError
        For a code the table does not have, and one that is chosen twice.
    """
    if text == "own":
        names = table.sector_names
        return tuple(Group(x, names.get(code, code), (code,)) for code, x in _labels(table.sectors, table).items())
    groups = []
    for label, patterns in _entries(text):
        groups.append(_group(label, tuple(chain.from_iterable(_codes(pattern, table) for pattern in patterns)), table))
    claimed = {code for group in _checked("--sectors", groups) for code in group.members}
    left = [code for code in table.sectors if code not in claimed]
    goods = tuple(code for code in left if code not in table.services)
    services = tuple(code for code in left if code in table.services)
    others = (Group("other_goods", "Other goods", goods), Group("services", "Services", services))
    return (*groups, *(group for group in others if group.members))


def _group(label: str | None, codes: tuple[str, ...], table: SourceTable) -> Group:
    """Sector of several codes under a label, or called after the first of them."""
    if label is not None:
        return Group(label, label.replace("_", " ").capitalize(), codes)
    return Group(_labels(codes, table)[codes[0]], table.sector_names.get(codes[0], codes[0]), codes)


def _codes(pattern: str, table: SourceTable) -> list[str]:
    matching = [code for code in table.sectors if fnmatchcase(code, pattern)]
    if not matching:
        near = nearest(pattern, table.sectors)
        raise WorldError(Problem("sector not in the data", key="--sectors", found=pattern, suggestion=near))
    return matching


def _checked(key: str, groups: Sequence[Group]) -> tuple[Group, ...]:
    """Refuse labels that a recipe cannot have, and what is chosen twice."""
    wrong = [group.label for group in groups if not _LABEL.fullmatch(group.label)]
    if wrong:
        allowed = "a letter, then letters, digits, _ and -"
        raise WorldError(Problem("is not a valid label", key=key, found=", ".join(map(repr, wrong)), allowed=allowed))
    members, labels = [member for group in groups for member in group.members], [group.label for group in groups]
    twice = sorted({x for listed in (members, labels) for x in listed if listed.count(x) > 1})
    if twice:
        raise WorldError(Problem("chosen twice", key=key, found=", ".join(twice)))
    return tuple(groups)


def _labels(codes: Iterable[str], table: SourceTable) -> dict[str, str]:
    """Label of each sector: its code where that is a label, else its name in small letters."""
    labels: dict[str, str] = {}
    for code in codes:
        label = code
        if not _LABEL.fullmatch(code):
            label = re.sub(r"\W+", "_", table.sector_names.get(code, "").lower()).strip("_")
            label = label if label[:1].isalpha() else f"s_{code}"
            label = f"{label}_{code}" if label in labels.values() else label
        labels[code] = re.sub(r"[^A-Za-z0-9_-]", "_", label)
    return labels


def write_folder(table: SourceTable, states: Sequence[Group], sectors: Sequence[Group], out: Path) -> tuple[str, ...]:
    """Write the data files and the recipe; return the names of the files. Nothing is written over a recipe.

    Raises
    ------
    WorldError
        Where the folder has a recipe already.
    """
    if (out / RECIPE).exists():
        raise WorldError(Problem("the folder has a recipe already; choose another, or delete it", str(out / RECIPE)))
    out.mkdir(parents=True, exist_ok=True)
    files = {"trade": "trade.parquet", "inputs": "inputs.npz"}
    write_whole(out / files["trade"], lambda path: _write_trade(table, path))
    notes = [*table.notes, *_write_inputs(table, out / files["inputs"])]
    if table.gdp is not None:
        files["macro"] = "macro.csv"
        known = [(e, f"{x:.6g}") for e, x in zip(table.economies, table.gdp, strict=True) if np.isfinite(x) and x > 0]
        write_text(out / files["macro"], csv_text(("iso3", f"gdp_musd_{table.year}"), known))
    write_text(out / RECIPE, _recipe(table, states, sectors, files, notes, out.name))
    return (*files.values(), RECIPE)


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows as CSV with Unix line ends."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def _write_trade(table: SourceTable, path: Path) -> None:
    """Write the flows above 0 as Parquet: exporter, importer, sector, value_musd."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    s, i, n = np.nonzero(table.flows)
    economies, sectors = pa.array(table.economies), pa.array(table.sectors)
    columns = {
        "exporter": pa.DictionaryArray.from_arrays(pa.array(i.astype(np.int32)), economies),
        "importer": pa.DictionaryArray.from_arrays(pa.array(n.astype(np.int32)), economies),
        "sector": pa.DictionaryArray.from_arrays(pa.array(s.astype(np.int32)), sectors),
        "value_musd": pa.array(table.flows[s, i, n]),
    }
    labels = [key for key in columns if key != "value_musd"]
    pq.write_table(pa.table(columns), path, compression="zstd", use_dictionary=labels)


def _write_inputs(table: SourceTable, path: Path) -> list[str]:
    """Write input columns as shares of gross output by industry; return notes.

    Without inputs in the source every column is 0: all output is value added.
    """
    output = table.flows.sum(axis=2)
    S, N = output.shape
    inputs = np.zeros((S, S, N)) if table.inputs is None else table.inputs
    share = ratio(inputs, output[None])
    total = share.sum(axis=0)
    share = share / np.maximum(total * (1.0 + 1e-12), 1.0)[None]
    arrays = {
        "countries": np.array(table.economies), "sectors": np.array(table.sectors), "input_share": share,
        "gross_output": output,
    }  # fmt: skip
    packed = io.BytesIO()
    np.savez_compressed(packed, **arrays)
    write_bytes(path, packed.getvalue())
    if table.inputs is None:
        return ["No input-output table in the source: all output is value added (`inputs` in the recipe may name one)."]
    over = np.argwhere(total > 1.0 + 1e-9)
    if not len(over):
        return []
    listed = first_of((f"{table.sectors[j]} of {table.economies[n]} {total[j, n]:.2f}" for j, n in over), 8)
    return [f"Inputs above gross output in {len(over)} industries, scaled to it: {listed}."]


def _recipe(
    table: SourceTable, states: Sequence[Group], sectors: Sequence[Group], files: dict[str, str], notes: Sequence[str],
    name: str,
) -> str:  # fmt: skip
    """Text of the recipe."""
    label = re.sub(r"[^A-Za-z0-9_-]", "-", name)
    chosen = {member for state in states for member in state.members}
    rest = [e for e in table.economies if e not in chosen]
    value = table.flows.sum(axis=(1, 2))
    lines = [
        "# Recipe written by `coercion-sim world import`; edit it, then build the world with",
        f"#   coercion-sim world build {RECIPE} --data . --out FOLDER",
        "# scenarios/worlds/pacific-2019/build.toml of the source code explains each key.",
        "",
        f"name = {toml_text(label if label[:1].isalpha() else f'world-{label}')}",
        f"title = {toml_text(f'{table.source}, {table.year}')}",
        f"year = {table.year}",
        *toml_block("states", [*(_state(state) for state in states), *([_REST] if rest else [])]),
        *toml_block("sectors", [_sector(sector, table, value) for sector in sectors]),
        *toml_block(
            "sources", [toml_table({"data": f"Trade {table.year}", "source": table.source, "licence": table.licence})]
        ),
        *toml_block("notes", [toml_text(note) for note in notes]),
        "",
        "[data]",
        *(f"{key} = {toml_text(file)}" for key, file in files.items()),
        *([] if "macro" in files else ['macro = ""   # no GDP in the source']),
        "",
        "[elasticity]",
        'default = "rauch"',
        f"classes = {toml_table(CLASSES)}   # by class of goods, as in the shipped worlds: a judgement",
    ]
    return "\n".join(lines) + "\n"


_REST = toml_table({"id": REST, "name": "Rest of the world"})[:-2] + ", rest = true }"


def _state(state: Group) -> str:
    members = {} if state.members == (state.label,) else {"members": state.members}
    return toml_table({"id": state.label, "name": state.name, **members})


def _sector(sector: Group, table: SourceTable, value: Array) -> str:
    """One sector; its class is that of most of its trade."""
    size: dict[str, float] = {}
    for code in sector.members:
        kind = table.classes.get(code) or elasticity_class(code)
        size[kind] = size.get(kind, 0.0) + float(value[table.sectors.index(code)])
    words: dict[str, str | Sequence[str]] = {"id": sector.label, "codes": sector.members, "name": sector.name}
    words["elasticity_class"] = max(size, key=lambda kind: size[kind])
    if all(code in table.services for code in sector.members):
        words["kind"] = "services"
    elif any(map(is_service, sector.members)):
        words["kind"] = "goods"
    return toml_table(words)


def add_facts(facts: Facts, out: Path, file: str, key: str | None) -> str:
    """Write facts as a file of the folder and name it in the recipe, where that has none yet; say what was done.

    Facts of another year than the recipe's are taken as they stand.
    """
    out.mkdir(parents=True, exist_ok=True)
    write_text(out / file, csv_text(facts.rows[0], facts.rows[1:]))
    recipe = out / RECIPE
    if key is None or not recipe.is_file():
        return ""
    text = recipe.read_text("utf-8")
    text = re.sub(rf'^{key} = "".*\n', "", text, flags=re.MULTILINE)
    line = re.search(rf"^{key} = .*$", text, re.MULTILINE)
    if line:
        return f"{RECIPE} has {line[0]} already and is left as it is."
    write_text(recipe, re.sub(r"^\[data\]$", f"[data]\n{key} = {toml_text(file)}", text, count=1, flags=re.MULTILINE))
    return f"{RECIPE}: {key} = {toml_list([file])[1:-1]} added."
