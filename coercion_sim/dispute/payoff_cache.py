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
from typing import Any
from zipfile import BadZipFile

import numpy as np

from coercion_sim.dispute.packages import Package, ScreenedGood
from coercion_sim.dispute.payoff_table import PayoffQuestion, PayoffTable
from coercion_sim.dispute.payoffs import solve_payoffs
from coercion_sim.economy import EconomyParameters, Measure
from coercion_sim.files import code_hash
from coercion_sim.world import World

#: Folder of tables between commands; empty keeps them in memory only.
FOLDER_VARIABLE = "COERCION_SIM_CACHE"
#: Rooms whose code decides the content of a table: where it changes, tables are solved anew.
_ROOMS = ("world", "economy", "policies", "dispute")
_ARRAYS = ("gdp", "alone", "turned", "money", "absorbs", "promised", "trade_cut")
#: Prefix of an instrument's effects among the arrays of a file.
_EFFECT = "effect of "


def payoff_table(world: World, parameters: EconomyParameters, question: PayoffQuestion) -> PayoffTable:
    """Return the table of a question from the store of this process, solving it only if nobody has."""
    key = content_of(world, parameters, question)
    return payoff_store().get(key, question, lambda: solve_payoffs(world, parameters, question))


def content_of(world: World, parameters: EconomyParameters, question: PayoffQuestion) -> str:
    """Key of a table: a hash of every array of the economy, its parameters, the question, and the code."""
    content = json.dumps([code_hash(_ROOMS), asdict(parameters), repr(question), world.digest], sort_keys=True)
    return sha256(content.encode()).hexdigest()[:32]


class PayoffStore:
    """Tables by key: in memory for the last ones used, and in a folder for later commands."""

    def __init__(self, folder: Path | None, most: int = 256) -> None:
        self.folder = folder
        self.most = most
        self.tables: dict[str, PayoffTable] = {}

    def get(self, key: str, question: PayoffQuestion, solve: Callable[[], PayoffTable]) -> PayoffTable:
        """Return the table of this key, solving it only if nobody has."""
        table = self.tables.get(key) or self._read(key, question)
        if table is None:
            table = solve()
            self._write(key, table)
        if len(self.tables) >= self.most:
            self.tables.pop(next(iter(self.tables)))
        self.tables[key] = table
        return table

    def _read(self, key: str, question: PayoffQuestion) -> PayoffTable | None:
        """Return a stored table; None where the folder has none, or none that can be read."""
        if self.folder is None:
            return None
        try:
            with np.load(self.folder / f"{key}.npz", allow_pickle=False) as stored:
                labels = json.loads(str(stored["labels"]))
                arrays = {name: stored[name] for name in _ARRAYS}
                effects = {n.removeprefix(_EFFECT): stored[n] for n in stored.files if n.startswith(_EFFECT)}
        except (OSError, EOFError, ValueError, KeyError, BadZipFile):
            return None
        return PayoffTable(
            question=question,
            states=tuple(labels["states"]),
            packages=tuple(Package(name, tuple(_measure(m) for m in ms)) for name, ms in labels["packages"]),
            goods=tuple(ScreenedGood(**good) for good in labels["goods"]),
            dropped=tuple((name, why) for name, why in labels["dropped"]),
            retaliation_goods=tuple(labels["retaliation_goods"]),
            acts_on={name: tuple(tuple(own) for own in every) for name, every in labels["acts_on"].items()},
            effects=effects,
            trade_cut_measures=tuple(_measure(m) for m in labels["trade_cut_measures"]),
            **arrays,
        )

    def _write(self, key: str, table: PayoffTable) -> None:
        """Store a table whole, or not at all where the folder cannot be written: it is only a convenience."""
        if self.folder is None:
            return
        labels = {
            "states": table.states, "goods": [asdict(g) for g in table.goods], "dropped": table.dropped,
            "packages": [(p.name, [asdict(m) for m in p.measures]) for p in table.packages],
            "retaliation_goods": table.retaliation_goods, "acts_on": dict(table.acts_on),
            "trade_cut_measures": [asdict(m) for m in table.trade_cut_measures],
        }  # fmt: skip
        arrays = {name: getattr(table, name) for name in _ARRAYS}
        arrays |= {_EFFECT + name: effect for name, effect in table.effects.items()}
        buffer = io.BytesIO()
        np.savez(buffer, labels=np.array(json.dumps(labels)), **arrays)
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.folder, suffix=".part")
            with os.fdopen(handle, "wb") as file:
                file.write(buffer.getvalue())
            Path(name).replace(self.folder / f"{key}.npz")


def _measure(stored: dict[str, Any]) -> Measure:
    """Make a measure from its fields."""
    return Measure(**{**stored, "sectors": tuple(stored["sectors"])})


@lru_cache(maxsize=1)
def payoff_store() -> PayoffStore:
    """Return the store of this process. Tables are functions of their key, so sharing them changes no result."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named is not None:
        return PayoffStore(Path(named) if named else None)
    return PayoffStore(Path.home() / ".cache" / "coercion-sim" / "payoffs")
