"""Payoff tables kept by content: solved once per economy and question, shared by replicates, policies and commands."""

from __future__ import annotations

import io
import json
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import numpy as np

from coercion_sim.dispute.packages import Package, PackageSizes, Screen, ScreenedGood
from coercion_sim.dispute.payoff_table import HelpSizes, PayoffTable
from coercion_sim.economy import EconomyParameters, Measure
from coercion_sim.files import code_hash
from coercion_sim.world import World

#: Where tables are kept between commands; empty keeps them in memory only.
FOLDER_VARIABLE = "COERCION_SIM_CACHE"
#: Rooms whose code decides what is in a table: where it changes, tables are solved anew.
_ROOMS = ("world", "economy", "policies", "dispute")
_ARRAYS = ("gdp", "alone", "absorb", "retaliation", "turned", "money", "absorbs", "promised", "side")


def content_of(world: World, parameters: EconomyParameters, question: dict[str, object]) -> str:
    """Key of a table: a hash of every array the economy sees, its parameters, the question asked, and the code."""
    told = json.dumps([code_hash(_ROOMS), asdict(parameters), question, world.digest], sort_keys=True, default=str)
    return sha256(told.encode()).hexdigest()[:32]


class PayoffStore:
    """Tables by key: in memory for the last ones used, and in a folder for later commands."""

    def __init__(self, folder: Path | None, most: int = 256) -> None:
        self.folder = folder
        self.most = most
        self.held: dict[str, PayoffTable] = {}

    def get(self, key: str, solve: Callable[[], PayoffTable]) -> PayoffTable:
        """Return the table of this key, solving it only if nobody has."""
        table = self.held.get(key) or self._read(key)
        if table is None:
            table = solve()
            self._write(key, table)
        if len(self.held) >= self.most:
            self.held.pop(next(iter(self.held)))
        self.held[key] = table
        return table

    def _read(self, key: str) -> PayoffTable | None:
        """A stored table; None where there is none, or none that can be read."""
        if self.folder is None:
            return None
        try:
            with np.load(self.folder / f"{key}.npz", allow_pickle=False) as stored:
                told = json.loads(str(stored["told"]))
                arrays = {name: stored[name] for name in _ARRAYS}
        except (OSError, ValueError, KeyError):
            return None
        return PayoffTable(
            states=tuple(told["states"]),
            coercer=told["coercer"],
            target=told["target"],
            allies=tuple(told["allies"]),
            packages=tuple(Package(name, tuple(_measure(m) for m in ms)) for name, ms in told["packages"]),
            goods=tuple(ScreenedGood(**good) for good in told["goods"]),
            dropped=tuple((name, why) for name, why in told["dropped"]),
            retaliation_goods=tuple(told["retaliation_goods"]),
            cuts=tuple(tuple(goods) for goods in told["cuts"]),
            side_measures=tuple(_measure(m) for m in told["side"]),
            sizes=HelpSizes(**told["sizes"]),
            **arrays,
        )

    def _write(self, key: str, table: PayoffTable) -> None:
        """Store a table whole, or not at all where the folder cannot be written: it is only a convenience."""
        if self.folder is None:
            return
        told = {
            "states": table.states, "coercer": table.coercer, "target": table.target, "allies": table.allies,
            "packages": [(p.name, [asdict(m) for m in p.measures]) for p in table.packages],
            "goods": [asdict(g) for g in table.goods], "dropped": table.dropped,
            "retaliation_goods": table.retaliation_goods, "cuts": table.cuts, "sizes": asdict(table.sizes),
            "side": [asdict(m) for m in table.side_measures],
        }  # fmt: skip
        buffer = io.BytesIO()
        np.savez(buffer, told=np.array(json.dumps(told)), **{name: getattr(table, name) for name in _ARRAYS})
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.folder, suffix=".part")
            with os.fdopen(handle, "wb") as file:
                file.write(buffer.getvalue())
            Path(name).replace(self.folder / f"{key}.npz")


def _measure(stored: dict[str, object]) -> Measure:
    """A measure from its fields."""
    return Measure(**{**stored, "sectors": tuple(stored["sectors"])})  # type: ignore[arg-type]


@lru_cache(maxsize=1)
def payoff_store() -> PayoffStore:
    """The store of this process. Tables are functions of their key, so sharing them changes no result."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named is not None:
        return PayoffStore(Path(named) if named else None)
    return PayoffStore(Path.home() / ".cache" / "coercion-sim" / "payoffs")


def question_of(
    coercer: str,
    target: str,
    allies: tuple[str, ...],
    screen: Screen,
    packages: PackageSizes,
    names: tuple[str, ...],
    sizes: HelpSizes,
) -> dict[str, object]:
    """What a table is asked, as plain data."""
    return {
        "coercer": coercer, "target": target, "allies": allies, "screen": asdict(screen), "packages": asdict(packages),
        "names": names, "help": asdict(sizes),
    }  # fmt: skip
