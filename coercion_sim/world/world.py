"""The world: who sells what to whom, and who is bound to whom. Immutable and labelled; and how one is loaded."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from coercion_sim.arrays import Array, Places, abroad, ratio
from coercion_sim.errors import Problem, WorldError, nearest
from coercion_sim.files import guarded, read_arrays
from coercion_sim.notebook import html_table
from coercion_sim.world.baseline import Baseline, WorldData, data_problems, numbers, renormalised, unknown
from coercion_sim.world.codes import product_place, state_label
from coercion_sim.world.labels import ARRAYS_FILE, LABELS_FILE, read_labels, with_kinds, world_folder
from coercion_sim.world.own_data import own_fields

if TYPE_CHECKING:
    import pandas as pd

#: Arrays every world has, and those it may have.
REQUIRED = ("flows", "value_added_share", "input_share", "tariff", "trade_elasticity")
OPTIONAL = ("final_share", "value_added", "gdp_recorded", "ideal_point", "democracy")
#: Prefix of an array that is a named set of elasticities.
SET = "elasticity_set."


@dataclass(frozen=True, eq=False, repr=False)
class World(WorldData):
    """A world economy with its alliances; see `WorldData` for its labels and arrays.

    Raises
    ------
    WorldError
        For wrong shapes, negative or non-finite numbers, shares that miss 1, unknown labels: all at once.

    Notes
    -----
    Identities of model.md §1 (Caliendo and Parro 2015, eqs 10-14) are computed once in `baseline`.
    """

    def __post_init__(self) -> None:
        for name in (*REQUIRED, *OPTIONAL):
            value = getattr(self, name)
            if value is not None:
                array = numbers(name, value)
                array.setflags(write=False)
                object.__setattr__(self, name, array)
        object.__setattr__(self, "tags", with_kinds(self.sectors, self.tags))
        WorldError.refuse(data_problems(self) or self.baseline.problems(self))
        small = int((self.input_share < 0).sum())
        if small:
            warnings.warn(f"{self.name}: {small} input share(s) slightly below 0 kept as they are", stacklevel=3)

    # ------------------------------------------------------------------ construction

    @classmethod
    def from_flows(
        cls, name: str, states: Sequence[str], sectors: Sequence[str], flows: npt.ArrayLike,
        trade_elasticity: npt.ArrayLike, *, value_added_share: npt.ArrayLike | None = None,
        input_share: npt.ArrayLike | None = None, tariff: npt.ArrayLike | None = None, **rest: Any,
    ) -> World:  # fmt: skip
        """Build a world from flows net of tariffs, (S, N, N); without input shares all output is value added.

        Shares of a (sector, state) that miss 1 by less than 1e-6 are renormalised, and `repairs` says so.
        """
        S, N = len(tuple(sectors)), len(tuple(states))
        gamma_kji = np.zeros((S, S, N)) if input_share is None else numbers("input_share", input_share)
        if value_added_share is None:
            value_added_share = 1.0 - gamma_kji.sum(axis=0) if gamma_kji.ndim == 3 else np.ones((S, N))
        gamma_ji, gamma_kji, notes = renormalised(numbers("value_added_share", value_added_share), gamma_kji)
        return cls(
            name, tuple(states), tuple(sectors), numbers("flows", flows), gamma_ji, gamma_kji,
            np.zeros((S, N, N)) if tariff is None else numbers("tariff", tariff),
            _by_sector(trade_elasticity, S),
            repairs=tuple(rest.pop("repairs", ())) + notes, **rest,
        )  # fmt: skip

    @classmethod
    def from_shares(
        cls, name: str, states: Sequence[str], sectors: Sequence[str], *, spending_share: npt.ArrayLike,
        spending: npt.ArrayLike, trade_elasticity: npt.ArrayLike, value_added_share: npt.ArrayLike | None = None,
        input_share: npt.ArrayLike | None = None, tariff: npt.ArrayLike | None = None,
        final_share: npt.ArrayLike | None = None, value_added: npt.ArrayLike | None = None, **rest: Any,
    ) -> World:  # fmt: skip
        """Build a world from spending shares pi (S, N, N), tariffs included, and spending X (S, N).

        ``flows = pi X / t``. Published data sets give final-demand shares alpha (S, N) and factor income V (N,)
        with them; where these disagree with the flows (negative final demand clipped to 0, say) pass both as
        `final_share` and `value_added`. Such a world is a set of shares, not yet an equilibrium: solve it once, then
        use ``Equilibrium.to_world()`` as the baseline (Caliendo and Parro 2015, section 5).
        """
        pi = numbers("spending_share", spending_share)
        t = 1.0 if tariff is None else 1.0 + numbers("tariff", tariff)
        flows = pi * numbers("spending", spending)[:, None, :] / t
        return cls.from_flows(
            name, states, sectors, flows, trade_elasticity, value_added_share=value_added_share,
            input_share=input_share, tariff=tariff, final_share=final_share, value_added=value_added, **rest,
        )  # fmt: skip

    @classmethod
    def from_csv(cls, flows: str | Path, elasticities: Any, *, name: str | None = None, **options: Any) -> World:
        """Build a world from a file of flows and one of elasticities (or a number); called after the file if unnamed.

        `options` are those of `world.own_data.own_fields`: columns, unit, year, gross_output, inputs and so on; the
        docstring of that module describes the tables.
        """
        return cls.from_flows(name or Path(flows).stem, **own_fields(Path(flows), elasticities, **options))

    @classmethod
    def from_frame(cls, flows: pd.DataFrame, elasticities: Any, *, name: str = "own", **options: Any) -> World:
        """Build a world from a frame of flows, in long form or as a matrix; see `from_csv`."""
        return cls.from_flows(name, **own_fields(flows, elasticities, **options))

    # ------------------------------------------------------------------ at a glance

    def __repr__(self) -> str:
        S, N = self.shape
        year = f" of {self.year}" if self.year is not None else ""
        states, sectors = (shorten(" ".join(labels), 100) for labels in (self.states, self.sectors))
        return (
            f"World {self.name!r}{year}: {N} states, {S} sectors, {len(self.alliances)} alliances, "
            f"trade of US$ {self.foreign.sum() / 1e3:,.0f} billion a year\n"
            f"  states: {states}\n  sectors: {sectors}"
        )

    def frame(self) -> pd.DataFrame:
        """Flows as a tidy frame: sector, exporter, importer, value (US$ million a year), domestic sales included."""
        import pandas as pd

        labels = pd.MultiIndex.from_product(
            (self.sectors, self.states, self.states), names=("sector", "exporter", "importer")
        )
        return pd.DataFrame({"value": self.flows.ravel()}, index=labels).reset_index()

    def _repr_html_(self) -> str:
        """One row per state for a notebook."""
        money = (self.baseline.gdp, self.foreign.sum(axis=(0, 2)), self.foreign.sum(axis=(0, 1)))
        rows = [
            [self.state_names.get(state, state), *(f"{values[n] / 1e3:,.1f}" for values in money)]
            for n, state in enumerate(self.states)
        ]
        caption = f"{repr(self).splitlines()[0]}; US$ billion a year"
        return html_table(caption, ("state", "GDP", "exports", "imports"), rows)

    # ------------------------------------------------------------------ look-ups

    @cached_property
    def baseline(self) -> Baseline:
        """The identities of the world as it stands: spending, shares, sales, incomes, final demand."""
        return Baseline.of(self)

    @cached_property
    def foreign(self) -> Array:
        """Flows without domestic sales, (S, N, N)."""
        return abroad(self.flows)

    @cached_property
    def goods(self) -> Places:
        """Positions of the sectors that are no services."""
        return np.array([j for j, s in enumerate(self.sectors) if not self.is_service(s)], dtype=np.intp)

    def is_service(self, sector: str) -> bool:
        """Whether a sector carries the tag ``services``."""
        return "services" in self.tags.get(sector, ())

    def goods_trade(self, flows: Array) -> Array:
        """Trade in goods between each two states, both ways, (N, N), of flows (S, N, N)."""
        traded = flows[self.goods].sum(axis=0)
        return abroad(traded + traded.T)

    def import_share(self, buyer: str, *suppliers: str) -> Array:
        """Part of these suppliers in what a state buys abroad of each sector, (S,); 0 where it buys nothing abroad."""
        n, at = self.state_index(buyer), [self.state_index(s) for s in suppliers]
        return ratio(self.flows[:, at, n].sum(axis=1), self.flows[:, :, n].sum(axis=1) - self.flows[:, n, n])

    @cached_property
    def _state_index(self) -> dict[str, int]:
        return {state: i for i, state in enumerate(self.states)}

    def state_index(self, state: str) -> int:
        """Position of a state on the exporter and importer axes; names such as ``China`` do as well as labels."""
        at = self._state_index.get(state)
        return self._state_index[self.state_label(state)] if at is None else at

    def state_label(self, word: str) -> str:
        """Label of the state that a word means: a label, its name, or a name or code of a country.

        Raises
        ------
        WorldError
            For a state the world does not have, with the nearest label or name.
        """
        label = state_label(word, self.states, self.state_names)
        if label is None:
            called = {self.state_names.get(state, state): state for state in self.states}
            near = nearest(word, self.states) or nearest(word, called)
            problem = unknown("state", word, self.states)
            raise WorldError(replace(problem, suggestion=called.get(near or "", near)))
        return label

    def sector_indices(self, names: str | Iterable[str]) -> Array:
        """Positions of sectors named one by one, by tag (``goods``), or ``all``; sorted, each once."""
        labels = (names,) if isinstance(names, str) else tuple(names)
        if labels not in self._positions_of:
            self._positions_of[labels] = self._look_up(labels)
        return self._positions_of[labels]

    @cached_property
    def _positions_of(self) -> dict[tuple[str, ...], Array]:
        """Results of `sector_indices`, read-only."""
        return {}

    def _look_up(self, names: tuple[str, ...]) -> Array:
        """Positions of these names, computed."""
        wanted: set[int] = set()
        for name in names:
            matches = [j for j, s in enumerate(self.sectors) if name in ("all", s) or (name in self.tags.get(s, ()))]
            if name in self.sectors:
                matches = [self.sectors.index(name)]
            if not matches:
                problem = unknown("sector", name, (*self.sectors, *self.all_tags, "all"))
                place = product_place(name, self.sectors, self.tags)
                if place is not None:
                    problem = replace(problem, message=f"unknown sector: {place[1]}", suggestion=place[0])
                raise WorldError(problem)
            wanted.update(matches)
        positions: Array = np.array(sorted(wanted), dtype=np.intp)
        positions.setflags(write=False)
        return positions

    @cached_property
    def all_tags(self) -> tuple[str, ...]:
        """Every tag some sector carries, sorted."""
        return tuple(sorted({tag for tags in self.tags.values() for tag in tags}))

    def alliance_strength(self, a: str, b: str) -> float:
        """Strength in [0, 1] of the strongest commitment between two states; 0 where none is recorded."""
        pair = {a, b}
        return max((link.strength for link in self.alliances if {link.a, link.b} == pair), default=0.0)

    @cached_property
    def digest(self) -> str:
        """Hash of everything the economy sees: arrays and labels, not treaties, names or history."""
        tags = sorted((sector, names) for sector, names in self.tags.items() if names)
        digest = sha256(repr((self.states, self.sectors, tags)).encode())
        for name in (*REQUIRED, "final_share", "value_added"):
            array = getattr(self, name)
            digest.update(name.encode() + (b"" if array is None else np.ascontiguousarray(array).tobytes()))
        return digest.hexdigest()[:32]

    def with_elasticity(self, elasticity: str | npt.ArrayLike) -> World:
        """Return the same world under another trade elasticity: a named set, a number, or one per sector (S,)."""
        if isinstance(elasticity, str):
            if elasticity not in self.elasticity_sets:
                raise WorldError(unknown("elasticity set", elasticity, self.elasticity_sets))
            elasticity = self.elasticity_sets[elasticity]
        return replace(self, trade_elasticity=_by_sector(elasticity, len(self.sectors)))

    def without_inputs(self) -> World:
        """Return the same flows with input-output links cut: all output is value added."""
        ones, zeros = np.ones_like(self.value_added_share), np.zeros_like(self.input_share)
        return replace(self, value_added_share=ones, input_share=zeros, final_share=None, value_added=None)


def _by_sector(elasticity: npt.ArrayLike, count: int) -> Array:
    """Trade elasticities, one number standing for every sector; another length is left for the checks to name."""
    theta = numbers("trade_elasticity", elasticity)
    return np.full(count, theta) if theta.size == 1 else theta


def load_world(name_or_path: str | Path) -> World:
    """Load a shipped world by name, or the world in a folder.

    Loading repairs nothing: what is wrong is refused, all at once.

    Raises
    ------
    WorldError
        Missing, empty or unreadable files, missing or unknown arrays, wrong shapes, negative flows, shares that miss 1
        by more than 1e-6, negative final demand; each with its file and key.
    """
    folder = world_folder(name_or_path)
    labels = read_labels(folder)
    path = folder / ARRAYS_FILE
    arrays = {key: array.astype(np.float64) for key, array in read_arrays(path, WorldError, kinds="fiu").items()}
    wanted = (*REQUIRED, *labels.attributes, *(SET + name for name in labels.elasticity_sets))
    problems = [Problem("array missing", file=str(path), key=key) for key in wanted if key not in arrays]
    problems += [
        Problem(f"array that {LABELS_FILE} does not list", file=str(path), key=key)
        for key in sorted(arrays)
        if key not in wanted
    ]
    WorldError.refuse(problems)
    data: dict[str, Any] = {f.name: getattr(labels, f.name) for f in fields(WorldData) if hasattr(labels, f.name)}
    data |= {key: arrays[key] for key in (*REQUIRED, *labels.attributes)}
    data["elasticity_sets"] = {name: arrays[SET + name] for name in labels.elasticity_sets}
    try:
        with guarded(path, "world", WorldError):
            return World(**data)
    except WorldError as error:
        raise WorldError(replace(problem, file=str(path)) for problem in error.problems) from None
