"""Spoils files of every kind and reads them as the program does: each ends in a result or a named error.

    python -m tests.fuzz --files 20000 --seed 1 [--kind labels --kind game]

Counts failures without a name ("this should not have happened"), readings of more than 5 s, dead processes, and files
left behind; prints each kind of failure once with the command that repeats it. Exits with 1 if there is any.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import numpy as np  # noqa: E402

from coercion_sim.errors import CoercionSimError  # noqa: E402

SLOW, STOP = 5.0, 30
MEMORY = 4 * 2**30


class Kind(NamedTuple):
    """Files of one kind below a folder, and how they are read; `spoil` where bytes and text are not enough."""

    files: tuple[str, ...]
    read: Callable[[Path, Path], None]
    spoil: tuple[Callable[[bytes, random.Random], bytes], ...] = ()


# ------------------------------------------------------------------ ways to spoil


def bits(data: bytes, r: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(r.choice((1, 1, 1, 2, 8, 64)) if out else 0):
        out[r.randrange(len(out))] ^= 1 << r.randrange(8)
    return bytes(out)


def cut(data: bytes, r: random.Random) -> bytes:
    return data[: r.choice((0, 1, len(data) // 2, len(data) - 1, r.randrange(len(data) + 1)))]


def block(data: bytes, r: random.Random) -> bytes:
    """Replace, insert or drop some bytes."""
    a = r.randrange(len(data) + 1)
    b = min(len(data), a + r.choice((1, 4, 16, 200, 4000)))
    new = r.choice((b"", bytes(b - a), r.randbytes(b - a), data[a:b] * 2, b"\xff" * (b - a), data))
    return data[:a] + new + data[b:]


def encoding(data: bytes, r: random.Random) -> bytes:
    text = data.decode("utf-8", "replace").replace("a", r.choice(("a", "é", "中", "\u2028", "🚀")), 3)
    ways = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252", "utf-7", "utf-8-sig", "cp037")
    return r.choice(
        (
            lambda: text.encode(r.choice(ways), "replace"),
            lambda: b"\xef\xbb\xbf" * 2 + data,
            lambda: data.replace(b"\n", r.choice((b"\r", b"\r\n", b"\n\r", b"\x0b", b"\x85"))),
            lambda: data.replace(
                b"e", r.choice((b"\x00", b"\xe9", b"\xed\xa0\x80", b"\x1b", b"\x7f")), r.randint(1, 3)
            ),
        )
    )()


HUGE = (
    "9" * 19, "9" * 400, "9" * 5000, "0x" + "f" * 300, "1e400", "-1e400", "1e308", "1e-400", "-0.0", "nan", "inf",
    "-inf", "true", '"text"', "[]", "{}", "[[[]]]", "null", "''", "1_0", "2020-01-01", "-1", "0", "1.5", "0b1",
    '"\\u0000"', '"\\ud800"', '"' + "A" * 300 + '"', '"' + "A" * 100_000 + '"', '"../../x"', '"/dev/full"',
    '"a\\nb"', "[1]", "[true]", '["a", "a"]', "[" * 1500 + "]" * 1500, "[" * 100_000,
    '{"a":' * 1500 + "1" + "}" * 1500, "[" + "1," * 20_000 + "1]", "{ a = 1 }", '{ a = { b = [1, "x"] } }',
    "1979-05-27T07:32:00Z", '"2020Q9"', '"NaN"', "[" * 90 + "]" * 90,
)  # fmt: skip


def value(data: bytes, r: random.Random) -> bytes:
    """Put something strange in place of one word or number."""
    import re

    words = list(re.finditer(rb'"[^"\n]*"|[-+.\w]+', data))
    if not words:
        return data
    word = r.choice(words)
    return data[: word.start()] + r.choice(HUGE).encode("utf-8", "surrogatepass") + data[word.end() :]


def lines(data: bytes, r: random.Random) -> bytes:
    """Double, drop, swap or repeat lines."""
    rows = data.splitlines(keepends=True)
    if not rows:
        return data
    at, other = r.randrange(len(rows)), r.randrange(len(rows))
    change = r.randrange(5)
    if change == 0:
        rows.insert(other, rows[at])
    elif change == 1:
        del rows[at]
    elif change == 2:
        rows[at], rows[other] = rows[other], rows[at]
    elif change == 3:
        rows[at] = rows[at] * r.choice((2, 1000, 20_000)) if len(data) < 20_000 else rows[at] * 3
    else:
        rows[at] = r.randbytes(30) + b"\n"
    return b"".join(rows)


PLAIN = (bits, cut, block, encoding, value, value, lines)

STRANGE: tuple[Callable[[], Any], ...] = (
    lambda: None, lambda: True, lambda: -1, lambda: 0, lambda: 10**30, lambda: 10**400, lambda: 1e308, lambda: "x",
    lambda: "", lambda: "A" * 300, lambda: "\x00", list, dict, lambda: [[]], lambda: {"a": 1}, lambda: ["x"],
    lambda: [1, "x", None], lambda: deep(1500), lambda: deep(60), lambda: "../../x", lambda: 0.5, lambda: [True],
    lambda: [{}], lambda: "\ud800", lambda: ["A"] * 5000, lambda: {str(n): n for n in range(5000)},
)  # fmt: skip


def deep(levels: int) -> Any:
    inside: Any = []
    for n in range(levels):
        inside = [inside] if n % 2 else {"a": inside}
    return inside


def json_value(data: bytes, r: random.Random) -> bytes:
    """Replace, drop, add or double one value of a JSON file."""
    try:
        whole = json.loads(data)
    except ValueError:
        return bits(data, r)
    place, parent, key = whole, None, None
    while isinstance(place, dict | list) and place and (parent is None or r.random() < 0.85):
        parent, key = place, r.choice(list(place)) if isinstance(place, dict) else r.randrange(len(place))
        place = place[key]
    if parent is None:
        return data
    if r.random() < 0.15:
        del parent[key]
    elif isinstance(parent, dict) and r.random() < 0.1:
        parent[r.choice(("x", "", "type", "A" * 300, "players"))] = r.choice(STRANGE)()
    else:
        parent[key] = r.choice(STRANGE)()
    try:
        return json.dumps(whole).encode()
    except (ValueError, RecursionError):
        return value(data, r)


def archive(data: bytes, r: random.Random) -> bytes:
    """Change the directory of a zip file: flags, methods, sizes."""
    out = bytearray(data)
    marks = [at for at in range(len(out) - 4) if out[at : at + 4] in (b"PK\x01\x02", b"PK\x03\x04")]
    if not marks:
        return bits(data, r)
    for at in marks if r.random() < 0.5 else [r.choice(marks)]:
        central = out[at + 2] == 1
        field, width = r.choice(
            ((8, 2), (10, 2), (20, 4), (24, 4), (28, 2), (42, 4)) if central else ((6, 2), (8, 2), (22, 4))
        )
        new = r.choice((1, 0, 8, 12, 14, 99, 0xFFFF, r.randrange(2**16)))
        out[at + field : at + field + width] = (new if width == 2 else r.choice((0, new, 2**31, 2**32 - 1))).to_bytes(
            width, "little"
        )
    return bytes(out)


def members(data: bytes, r: random.Random) -> bytes:
    """Write an archive again with one member changed: header, shape, type, name, numbers."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as old:
            kept = {name: old.read(name) for name in old.namelist()}
    except Exception:
        return bits(data, r)
    name = r.choice(sorted(kept))
    kept[name] = r.choice(HEADERS)(kept[name], r)
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", r.choice((0, 8, 12, 14))) as new:
        warnings.simplefilter("ignore")
        for key, content in kept.items():
            new.writestr(r.choice((key, key, key, key, key, "../" + key, key + "x", name)), content)
    return out.getvalue()


def _header(content: bytes, r: random.Random, **change: Any) -> bytes:
    array = np.load(io.BytesIO(content), allow_pickle=False)
    fields = {"descr": array.dtype.str, "fortran_order": False, "shape": array.shape} | change
    text = (repr(fields) + " " * r.randrange(60) + "\n").encode("latin-1", "replace")
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little", signed=False) + text + array.tobytes()


def _array(content: bytes, array: Any) -> bytes:
    out = io.BytesIO()
    np.lib.format.write_array(out, np.asarray(array), allow_pickle=True)
    return out.getvalue()


SHAPES = ((10**12,), (-1,), (2**63,), ("a",), (1.5,), 3, (), (0,), (1,) * 70, None)
TYPES = ("O", "<U5", ">f8", "<f4", "V8", "M8[D]", "<c16", "?", "S0", "x", 3, [("a", "<f8")])
HEADERS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    bits, cut, lambda c, r: c[128:], lambda c, r: b"",
    lambda c, r: _header(c, r, shape=r.choice(SHAPES)),
    lambda c, r: _header(c, r, descr=r.choice(TYPES)),
    lambda c, r: _header(c, r, fortran_order=r.choice((True, 1, "x", None))),
    lambda c, r: _header(c, r, extra=1),
    lambda c, r: _array(c, np.load(io.BytesIO(c)) * r.choice((0.0, -1.0, np.nan, np.inf, 1e300, 1e-320)))
    if np.load(io.BytesIO(c)).dtype.kind == "f" else c[:-1],
    lambda c, r: _array(c, np.array([{"a": 1}], dtype=object)),
    lambda c, r: _array(c, np.array(r.choice(("{", "[]", "{}", '{"states": 3}', "[[1]]", "[" * 3000, "9" * 5000)))),
    lambda c, r: _array(c, np.load(io.BytesIO(c)).ravel()),
    lambda c, r: _array(c, np.zeros((0, 3))),
)  # fmt: skip


def column_name(data: bytes, r: random.Random) -> bytes:
    """Put bytes that are no UTF-8 into a name of a Parquet file, everywhere or once."""
    name = r.choice((b"policy", b"replicate", b"values", b"key", b"state", b"point"))
    return data.replace(name, b"\xff\xfe" + name[2:], r.choice((-1, 1)))


# ------------------------------------------------------------------ sound files and their readers


def command(*arguments: str | Path) -> None:
    """Run a command in this process; raise `Named` where it ends in an error with a name, else `Unnamed`."""
    from coercion_sim.cli.app import run

    out, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        code = run([str(argument) for argument in arguments])
    if code == 1:
        raise Unnamed(errors.getvalue())
    if code != 0 and not (out.getvalue() + errors.getvalue()).strip():
        raise Unnamed(f"exit {code} without a word")
    if code != 0:
        raise Named(code)


class Named(CoercionSimError):
    """An error that the command line explained."""


class Unnamed(Exception):
    """An error that the command line did not expect; its text has the traceback."""


def read_scenario(folder: Path, path: Path) -> None:
    command("check", folder / "tiny.toml")


def read_plan(folder: Path, path: Path) -> None:
    command("check", folder / "plan.toml")


def read_world(folder: Path, path: Path) -> None:
    command("world", "show", folder / "tiny_world")
    from coercion_sim.world import load_world

    load_world(folder / "tiny_world").digest  # noqa: B018


def read_a_game(folder: Path, path: Path) -> None:
    command("game", "show", path)


def read_results(folder: Path, path: Path) -> None:
    """Open results and read every table.

    Of a table whose hash was forged every column is read, but nothing is filtered: Arrow ends the process on some
    statistics that contradict themselves. The hash keeps such files from it, unless somebody forges the manifest too.
    """
    from coercion_sim.experiments import job_of, open_results

    where = folder / "results"
    if path.name in FORGED:
        results = open_results(where, hashes=False)
    else:
        command("verify", where, "--runs", "1")
        results = open_results(where)
    repr(results)
    for name in results.tables:
        results.table(name)
    job_of(results)


#: Files whose hash stands in the manifest although they were spoilt.
FORGED: set[str] = set()


def trust(folder: Path, path: Path) -> None:
    """Write size and hash of a spoilt file into the manifest."""
    from coercion_sim.files import sha256

    manifest = folder / "results" / "manifest.json"
    data = json.loads(manifest.read_text())
    entry = data["files"][path.relative_to(folder / "results").as_posix()]
    entry |= {"bytes": path.stat().st_size, "sha256": sha256(path)}
    manifest.write_text(json.dumps(data))
    FORGED.add(path.name)


def read_journal(folder: Path, path: Path) -> None:
    from coercion_sim.experiments.store.journal import Journal

    with Journal(folder / "journal") as journal:
        for entry in journal.entries():
            journal.read(entry.at)


def read_cache(folder: Path, path: Path) -> None:
    """A cache that cannot be read is a miss: the run goes on and replaces it."""
    from coercion_sim.dispute import payoff_store
    from coercion_sim.dispute.kept_effects import _read
    from coercion_sim.dispute.payoff_table import PayoffQuestion

    payoff_store.cache_clear()
    if path.name.startswith("economies"):
        _read(path)
    else:
        payoff_store()._read(path.stem, PayoffQuestion("CHN", "AUS", ("USA", "JPN")))


def read_recipe(folder: Path, path: Path) -> None:
    out = folder / "built"
    command("world", "build", folder / "recipe" / "build.toml", "--data", folder / "recipe", "--out", out)
    shutil.rmtree(out, ignore_errors=True)


def read_own(folder: Path, path: Path) -> None:
    own, out = folder / "own", folder / "built"
    options = {"elasticities": "e.csv", "tariffs": "t.csv", "gdp": "g.csv", "alliances": "a.csv"}
    flows = path if path.name in ("long.csv", "matrix.csv") else own / "long.csv"
    options |= {} if path.name == "matrix.csv" else {"inputs": "i.csv"}
    given = [word for key, name in options.items() for word in (f"--{key}", own / name)]
    command("world", "from-csv", flows, *given, "--out", out)
    shutil.rmtree(out, ignore_errors=True)


OWN = {
    "long.csv": "exporter;importer;sector;value;year\n" + "".join(
        f"{a};{b};{s};{1000 if a == b else 10 + 7 * k},5;2019\n"
        for k, a in enumerate(("CHN", "Romania", "USA")) for b in ("CHN", "Romania", "USA") for s in ("food", "cars")),
    "matrix.csv": ",CHN,Romania,USA\nCHN,900,10.5,20\nRomania,3,80,4\nUSA,50,6,1000\n",
    "e.csv": "sector,elasticity\nall,5\n",
    "t.csv": "exporter,importer,sector,rate\nall,USA,all,0.1\nCHN,USA,all,0.25\n",
    "i.csv": "state,user,input,share\nall,food,cars,0.1\nall,cars,food,0.2\n",
    "g.csv": "state\tgdp\nCHN\t2000\nUSA\t2000\n",
    "a.csv": "a,b,strength\nRomania,USA,0.9\n",
}  # fmt: skip
GAME = {
    "players": ["A", "B"],
    "tree": {"type": "decision", "player": "A", "infoset": "A1", "actions": [
        {"label": "go", "child": {"type": "chance", "infoset": "N", "actions": [
            {"label": "up", "prob": 0.25, "child": {"type": "decision", "player": "B", "infoset": "B1", "actions": [
                {"label": "yes", "child": {"type": "terminal", "label": "y", "payoffs": {"A": 1, "B": 2.5}}},
                {"label": "no", "child": {"type": "terminal", "label": "n", "payoffs": {"A": -1, "B": 0}}}]}},
            {"label": "down", "prob": 0.75, "child":
                {"type": "terminal", "label": "d", "payoffs": {"A": 0, "B": 0}}}]}},
        {"label": "stay", "child": {"type": "terminal", "label": "s", "payoffs": {"A": 0.5, "B": 1}}}]},
}  # fmt: skip
TABLE = {
    "players": ["Row", "Column"], "strategies": {"Row": ["u", "d"], "Column": ["l", "r"]},
    "payoffs": {"Row": [[3, 0], [5, 1]], "Column": [[3, 5], [0, 1]]},
}  # fmt: skip
EFG = """EFG 2 R "A game" { "One" "Two" }
p "" 1 1 "move" { "L" "R" } 0
c "" 1 "luck" { "a" 1/4 "b" 3/4 } 0
t "" 1 "end" { 1, 2 }
t "" 2 "end 2" { 0.5 -1 }
p "" 2 1 "answer" { "x" "y" } 0
t "" 3 "" { 0 0 }
t "" 4 "" { 1e2, 3 }
"""
NFG = 'NFG 1 R "Dilemma" { "Row" "Column" } { 2 2 }\n\n3 3 5 0 0 5 1 1\n'
PLAN = """scenario = "tiny.toml"
name = "plan"
[set]
"economy.closure" = "multiplicative"
[[vary]]
how = "grid"
parameters = { "economy.factor_mobility" = [1.2, 1.4] }
[[vary]]
how = "table"
file = "points.csv"
"""


def make_sound(folder: Path) -> None:
    """Write one sound file of every kind."""
    from coercion_sim.cli.app import run
    from fakes.tiny import write_tiny
    from world.conftest import FILES, RECIPE

    write_tiny(folder)
    (folder / "plan.toml").write_text(PLAN)
    (folder / "points.csv").write_text("measures.coal.open\n0.1\n0.2\n")
    for name, game in (("tree", GAME), ("table", TABLE)):
        (folder / f"{name}.json").write_text(json.dumps(game, indent=1))
    (folder / "tree.efg").write_text(EFG)
    (folder / "table.nfg").write_text(NFG)
    (folder / "recipe").mkdir()
    (folder / "recipe" / "build.toml").write_text(RECIPE)
    for name, text in FILES.items():
        (folder / "recipe" / name).write_text(text)
    (folder / "own").mkdir()
    for name, text in OWN.items():
        (folder / "own" / name).write_text(text)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        run(
            [
                "sweep",
                str(folder / "plan.toml"),
                "--workers",
                "1",
                "--quiet",
                "--replicates",
                "1",
                "--out",
                str(folder / "s"),
            ]
        )
    (folder / "s" / "plan").rename(folder / "results")
    (folder / "s").rmdir()
    _make_journal(folder)
    _make_caches(folder)


def _make_journal(folder: Path) -> None:
    from coercion_sim.experiments import make_job, perform
    from coercion_sim.experiments.design.design import Cell
    from coercion_sim.experiments.store.journal import Journal

    (folder / "journal").mkdir()
    job = make_job(folder / "tiny.toml")
    with Journal(folder / "journal") as journal:
        for k in range(2):
            done = perform(job, [Cell(0, k, job.design.policies)])
            journal.add(done.rows, [next(iter(job.design.point_keys()))] * len(done.rows.runs))


def _make_caches(folder: Path) -> None:
    """A payoff table and a file of interpolants."""
    from coercion_sim.dispute import PayoffQuestion, payoff_store, payoff_table
    from coercion_sim.dispute.kept_effects import store
    from coercion_sim.economy import EconomyParameters
    from fakes.tiny import tiny_world

    os.environ["COERCION_SIM_CACHE"] = str(folder / "cache")
    payoff_store.cache_clear()
    payoff_table(tiny_world(), EconomyParameters(), PayoffQuestion("CHN", "AUS", ("USA", "JPN")))
    (path,) = (folder / "cache").iterdir()
    path.rename(folder / "cache" / "payoffs.npz")
    labels = [("a", (2, 1, 3, 1), 1e-6, True), ("b", (2, 2, 2, 1), 0.1, False)]
    arrays = {"a": np.ones((6, 4)), "b": np.ones((0, 4))}
    store(folder / "cache" / "economies-1.npz", {"labels": np.array(json.dumps(labels)), **arrays})


def kinds() -> dict[str, Kind]:
    """Every kind of file."""
    zips = (archive, archive, members, members, members, members)
    tables = tuple(f"results/{name}/part-00000.parquet" for name in ("runs", "states", "outcomes", "events"))
    recipe = tuple(f"recipe/{name}" for name in ("trade.csv", "sectors.csv", "inputs.csv", "macro.csv", "facts.csv",
        "points.csv", "alliances.csv", "groups.csv", "elasticities.csv", "build.toml", "build.toml"))  # fmt: skip
    return {
        "labels": Kind(("tiny_world/labels.toml",), read_world),
        "arrays": Kind(("tiny_world/arrays.npz",), read_world, zips),
        "scenario": Kind(("tiny.toml",), read_scenario),
        "plan": Kind(("plan.toml", "points.csv"), read_plan),
        "game": Kind(("tree.json", "table.json"), read_a_game, (json_value,) * 5),
        "gambit": Kind(("tree.efg", "table.nfg"), read_a_game),
        "manifest": Kind(("results/manifest.json",), read_results, (json_value,) * 9),
        "parquet": Kind((*tables, "results/points.parquet"), read_results, (column_name, column_name)),
        "journal": Kind(("journal/journal.bin",), read_journal),
        "cache": Kind(("cache/payoffs.npz", "cache/economies-1.npz"), read_cache, zips),
        "recipe": Kind(recipe, read_recipe),
        "own": Kind(tuple(f"own/{name}" for name in ("long.csv", "long.csv", "matrix.csv", *OWN)), read_own),
    }


# ------------------------------------------------------------------ one case, many cases


class Verdict(NamedTuple):
    """What reading a spoilt file came to: "ok", "named", or the failure; seconds of the processor."""

    outcome: str
    seconds: float
    left: tuple[str, ...] = ()


def one(folder: Path, name: str, kind: Kind, case: str) -> Verdict:
    """Spoil one file of a folder, read it, and put everything back."""
    r = random.Random(case)
    path = folder / r.choice(kind.files)
    sound, before = path.read_bytes(), set(folder.rglob("*"))
    manifest = folder / "results" / "manifest.json"
    whole = manifest.read_bytes()
    spoilt = r.choice((*PLAIN, *kind.spoil))(sound, r)
    path.write_bytes(spoilt)
    if name == "parquet" and r.random() < 0.7:
        trust(folder, path)
    began, outcome = time.process_time(), "ok"
    signal.alarm(STOP)
    try:
        kind.read(folder, path)
    except CoercionSimError:
        outcome = "named"
    except Unnamed as error:
        outcome = _where(str(error))
    except Exception as error:
        outcome = _where("".join(traceback.format_exception(error)))
    finally:
        signal.alarm(0)
    seconds = time.process_time() - began  # others may use the machine
    path.write_bytes(sound)
    manifest.write_bytes(whole)
    FORGED.clear()
    left = sorted(p for p in folder.rglob("*") if p not in before)
    for extra in left:
        shutil.rmtree(extra, ignore_errors=True) if extra.is_dir() else extra.unlink(missing_ok=True)
    return Verdict(outcome, seconds, tuple(str(p.relative_to(folder)) for p in left))


def _where(trace: str) -> str:
    """Last line of a traceback with the innermost place in the package."""
    rows = [row.strip() for row in trace.splitlines() if row.strip()]
    places = [row.split("coercion_sim/")[-1] for row in rows if "/coercion_sim/" in row and row.startswith("File")]
    fault = next(
        (row for row in reversed(rows) if "Error" in row and not row.startswith("error:")), rows[-1] if rows else ""
    )
    return f"{fault[:90]} <- {places[-1] if places else '?'}"


def cases(count: int, seed: int, chosen: list[str]) -> Iterator[tuple[int, str]]:
    """Number and kind of every case."""
    names = chosen or list(kinds())
    for n in range(count):
        yield n, names[n % len(names)]


def child(count: int, seed: int, chosen: list[str], first: int, log: Path) -> None:
    """Run the cases from `first` on, one line of JSON each; the parent goes on where this process dies."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    os.environ |= {"COERCION_SIM_DEBUG": "1", "COERCION_SIM_PROGRESS": "0"}
    warnings.simplefilter("ignore")

    def stop(number: int, frame: object) -> None:
        raise TimeoutError(f"more than {STOP} s")

    signal.signal(signal.SIGALRM, stop)
    with tempfile.TemporaryDirectory() as name, log.open("a") as out:
        folder = Path(name)
        os.chdir(folder)
        make_sound(folder)
        known = kinds()
        for kind in known if first == 0 else ():
            for file in dict.fromkeys(known[kind].files):
                known[kind].read(folder, folder / file)  # what is sound is read
        for n, kind in cases(count, seed, chosen):
            if n >= first:
                print(json.dumps([n, kind]), file=out, flush=True)
                verdict = one(folder, kind, known[kind], f"{seed}/{n}/{kind}")
                print(json.dumps([n, kind, *verdict]), file=out, flush=True)


def main() -> int:
    """Run the cases in a child process, again after each death, and print what it came to."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--files", type=int, default=2000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--first", type=int, default=0, help="Start with this case.")
    options.add_argument("--kind", action="append", default=[], choices=list(kinds()))
    options.add_argument("--log", type=Path, help="Used by the child process.")
    given = options.parse_args()
    if given.log:
        child(given.files, given.seed, given.kind, given.first, given.log)
        return 0
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        log = Path(name) / "log"
        first = given.first
        deaths: list[list[Any]] = []
        while True:
            flags = [f"--kind={kind}" for kind in given.kind]
            numbers = [f"--files={given.files}", f"--seed={given.seed}", f"--first={first}", f"--log={log}"]
            code = subprocess.run(
                [sys.executable, "-m", "tests.fuzz", *flags, *numbers], cwd=ROOT, check=False
            ).returncode
            rows = [json.loads(row) for row in log.read_text().splitlines()]
            if code == 0:
                break
            if not rows or len(rows[-1]) > 2:
                print(f"the sound files cannot be read: exit {code}")
                return 1
            deaths.append(rows[-1])
            first = rows[-1][0] + 1
    return report([row for row in rows if len(row) > 2], deaths, given.seed, time.perf_counter() - began)


def report(rows: list[list[Any]], deaths: list[list[Any]], seed: int, seconds: float) -> int:
    """Print the counts and every kind of failure."""
    unnamed: dict[str, list[Any]] = {}
    count: Counter[str] = Counter()
    for row in rows:
        count[row[1]] += 1
        if row[2] not in ("ok", "named"):
            unnamed.setdefault(f"{row[1]}: {row[2]}", []).append(row[0])
    slow = [row for row in rows if row[3] > SLOW]
    left = [row for row in rows if row[4]]
    named = sum(row[2] == "named" for row in rows)
    print(f"{len(rows)} files in {seconds:.0f} s ({len(rows) / seconds:.0f} a second), seed {seed}")
    print(f"  by kind: {', '.join(f'{kind} {n}' for kind, n in count.items())}; read to the end {named} named errors")
    print(f"  unnamed {sum(map(len, unnamed.values()))} ({len(unnamed)} kinds), slow {len(slow)}, "
          f"files left {len(left)}, deaths {len(deaths)}")  # fmt: skip
    for what, where in sorted(unnamed.items(), key=lambda item: -len(item[1])):
        print(f"  UNNAMED {len(where)} x {what} (case {where[0]})")
    for row in slow[:20]:
        print(f"  SLOW {row[3]:.1f} s: {row[1]} (case {row[0]})")
    for row in left[:20]:
        print(f"  LEFT {row[4]}: {row[1]} (case {row[0]})")
    for row in deaths:
        print(f"  DEATH {row[1]} (case {row[0]})")
    return int(bool(unnamed or slow or left or deaths))


if __name__ == "__main__":
    sys.exit(main())
