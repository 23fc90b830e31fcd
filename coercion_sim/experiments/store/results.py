"""Results of an experiment, read the same way whether they came from one run or a million."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import pyarrow as pa
import pyarrow.compute as pc

from coercion_sim.errors import InvalidInput, Problem, ResultsError, unlisted
from coercion_sim.experiments.store.crate import write_crate
from coercion_sim.experiments.store.export import axes_of, medians_html, to_dataset, write_stata
from coercion_sim.experiments.store.tables import only_rows, read_part
from coercion_sim.notebook import Plotted
from coercion_sim.outcomes import OUTCOMES, TABLES, headlines

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow.dataset as ds
    import xarray as xr

T = TypeVar("T")


@dataclass(frozen=True, eq=False, repr=False)
class Results(Plotted):
    """Tables and manifest of one experiment, from a folder or in memory.

    Attributes
    ----------
    manifest
        Scenario, world, design, code and counts of the experiment; JSON-able.
    folder
        The results folder; None for results in memory.
    policy_files
        Files of the user's own policies, needed to replay a run.
    """

    manifest: Mapping[str, Any]
    folder: Path | None = None
    _tables: dict[str, pa.Table] = field(default_factory=dict, repr=False)
    _cache: dict[Any, Any] = field(default_factory=dict, repr=False)
    _only: Mapping[str, tuple[Any, ...]] = field(default_factory=dict, repr=False)
    policy_files: tuple[str | Path, ...] = ()

    def __repr__(self) -> str:
        counts, name = self.manifest["counts"], self.manifest["scenario"]["name"]
        where = "in memory" if self.folder is None else str(self.folder)
        return f"Results({name}: {self._size}, {counts['ok']:,} runs ok, {counts['failed']:,} failed; {where})"

    @property
    def _size(self) -> str:
        points = f"{self.points:,} points x " if self.points > 1 else ""
        return f"{points}{self.replicates:,} replicates x {len(self.policies)} policies"

    def _repr_html_(self) -> str:
        """Size, source and the median of every reported outcome by policy, as HTML for Jupyter."""
        frame = self.frame("outcomes", ["policy", *self.reported])
        return self.heading_html() + medians_html(frame, self.reported, self.policies)

    def heading_html(self) -> str:
        """Title, size and source of the runs as an HTML paragraph."""
        scenario, key = self.manifest["scenario"], str(self.manifest.get("key") or "none")
        failed = f", {self.failed:,} failed" if self.failed else ""
        lines = (
            f"<strong>{escape(str(scenario.get('title') or scenario['name']))}</strong>",
            f"{self._size}: {self.manifest['counts']['ok']:,} runs{failed}; seed {self.manifest['design']['seed']}, "
            f"world {escape(str(self.manifest['world']['name']))}, key {escape(key)}",
            escape(str(self.folder)) if self.folder is not None else "in memory",
            f"Tables: {', '.join(self.tables)}",
        )
        return f"<p>{'<br>'.join(lines)}</p>"

    def only(self, *, policies: Sequence[str] | None = None, points: Sequence[int] | None = None) -> Results:
        """Return the results of some policies or points alone; the manifest stays that of the whole.

        Raises
        ------
        InvalidInput
            For a policy or point these results do not have.
        """
        only = dict(self._only)
        if policies is not None:
            InvalidInput.refuse(unlisted("no such policy of these results", policies, self.policies, "--policy"))
            only["policy"] = tuple(p for p in self.policies if p in policies)
        if points is not None:
            wrong = [p for p in points if not 0 <= p < self.points]
            allowed = f"0 to {self.points - 1}"
            InvalidInput.refuse(Problem("no such point", None, None, "--point", str(p), allowed) for p in wrong[:1])
            only["point"] = tuple(sorted(set(points)))
        tables = {name: only_rows(table, only) for name, table in self._tables.items()}
        return replace(self, _tables=tables, _cache={}, _only=only)

    def keep(self, key: Any, make: Callable[[], T]) -> T:
        """Return ``make()``, computed once for each key while these results are open."""
        if key not in self._cache:
            self._cache[key] = make()
        return cast("T", self._cache[key])

    def table(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """One table of the data dictionary (runs, outcomes, states, ...) as an Arrow table, or some of its columns.

        A whole table is read once and cached. `dataset` serves tables larger than memory.

        Raises
        ------
        ResultsError
            For an unknown table or column, or a file that cannot be read.
        """
        self._must_have(name)
        if name not in self._tables:
            if columns is not None:
                return self._read(name, columns)
            self._tables[name] = self._read(name, None)
        table = self._tables[name]
        return table if columns is None else table.select(list(columns))

    def frame(self, name: str = "", columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Return the same table as a pandas data frame.

        Raises
        ------
        InvalidInput
            Without a name.
        ResultsError
            As `table`.
        """
        if not name:
            raise InvalidInput(Problem("name a table", key="frame", allowed=", ".join(self.tables)))
        return self.table(name, columns).to_pandas()

    def to_xarray(self, name: str = "outcomes", columns: Sequence[str] | None = None) -> xr.Dataset:
        """Return a table as labelled arrays: policy x point x replicate, and quarter, state, sector where it has them.

        Units, labels and definitions of the catalogue are attributes of the variables. Needs xarray.

        Parameters
        ----------
        columns
            Variables wanted; all without.

        Raises
        ------
        InvalidInput
            Where xarray is not installed, or for a table whose rows lie on no grid (events, disputes).
        ResultsError
            As `table`.
        """
        wanted = None if columns is None else [*axes_of(name), *columns]
        labels = {
            "policy": self.policies, "quarter": self.quarters, "state": self.states if name == "states" else (),
            "point": self._only.get("point", range(self.points)), "replicate": range(self.replicates),
        }  # fmt: skip
        return to_dataset(name, self.table(name, wanted), labels, self.manifest)

    def to_stata(self, folder: str | Path | None = None, tables: Sequence[str] = ()) -> list[Path]:
        """Write tables as ``.dta`` files for Stata 14 and later, with labels and units; return their paths.

        Parameters
        ----------
        folder
            Where to; the folder ``stata`` of the results without.
        tables
            Tables wanted; all without.

        Raises
        ------
        InvalidInput
            For results in memory without a folder, and for an unknown table.
        ResultsError
            For a file that cannot be read.
        """
        InvalidInput.refuse(self._lacking(tables))
        place = Path(folder) if folder is not None else self._place("to_stata") / "stata"
        names = tuple(tables) or self.tables
        return write_stata(place, [(name, self.table(name)) for name in names], self.manifest)

    def to_crate(self, license: str = "CC-BY-4.0", author: str = "") -> Path:
        """Make the results folder an RO-Crate (`ro-crate-metadata.json`); return the path of that file.

        Parameters
        ----------
        license
            Of the results: an SPDX identifier or an address. The default asks for the attribution that the sources of
            the shipped worlds ask for.
        author
            Who made the results, if they want to be named.

        Raises
        ------
        InvalidInput
            For results in memory, or a licence that is neither.
        ResultsError
            Where the folder has a file of that name that is not of the package.
        """
        return write_crate(self._place("to_crate"), self.manifest, license, author)

    def _place(self, wanted: str) -> Path:
        if self.folder is not None:
            return self.folder
        allowed = "results of simulate(..., out=FOLDER)"
        raise InvalidInput(Problem("results in memory have no folder", key=wanted, allowed=allowed))

    def dataset(self, name: str) -> ds.Dataset:
        """Return a table as an Arrow dataset over its parts, for filtering and reading in batches."""
        import pyarrow.dataset

        self._must_have(name)
        if self.folder is None:
            return pyarrow.dataset.dataset(self.table(name))
        parts = [self.folder / path for path in self.manifest["files"] if path.startswith(f"{name}/")]
        whole = pyarrow.dataset.dataset(parts, format="parquet")
        for key, values in self._only.items():
            whole = whole.filter(pc.field(key).isin(list(values)))
        return whole

    def _must_have(self, name: str) -> None:
        for problem in self._lacking([name]):
            raise ResultsError(problem)

    def _lacking(self, names: Iterable[str]) -> Iterator[Problem]:
        """Names that are no tables of these results, each with those that are."""
        for name in names:
            message = "this sweep kept no such table" if name in TABLES else "unknown table"
            yield from unlisted(message, [name], self.tables)

    def _read(self, name: str, columns: Sequence[str] | None) -> pa.Table:
        if self.folder is None:
            raise ResultsError(f"results in memory lack the table {name}")
        parts = [self.folder / path for path in self.manifest["files"] if path.startswith(f"{name}/")]
        wanted = None if columns is None else list(dict.fromkeys((*columns, *self._only)))
        table = pa.concat_tables([only_rows(read_part(path, wanted), self._only) for path in parts])
        return table if columns is None else table.select(list(columns))

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables."""
        return tuple(self.manifest["design"].get("tables", TABLES))

    @property
    def reported(self) -> tuple[str, ...]:
        """Outcomes of the scenario's report; the headlines where it names none."""
        named, known = (self.manifest.get("report") or {}).get("outcomes") or (), {c.name for c in OUTCOMES}
        return tuple(name for name in named if name in known) or headlines()

    @property
    def points(self) -> int:
        """Points of the design; 1 where no parameter varies."""
        return int(self.manifest["design"].get("points", 1))

    @property
    def policies(self) -> tuple[str, ...]:
        """Policies, in the order of the design."""
        names = tuple(self.manifest["design"]["policies"])
        return tuple(p for p in names if p in self._only.get("policy", names))

    @property
    def replicates(self) -> int:
        """Replicates of the design (an interrupted experiment holds fewer)."""
        return int(self.manifest["design"]["replicates"])

    @property
    def only_points(self) -> tuple[int, ...]:
        """Points selected by `only`; empty for all."""
        kept = tuple(int(point) for point in self._only.get("point", ()))
        return kept if len(kept) < self.points else ()

    @property
    def draws_planned(self) -> int:
        """Draws each policy should run in: points times replicates."""
        return len(self._only.get("point", range(self.points))) * self.replicates

    @property
    def states(self) -> tuple[str, ...]:
        """States of the world, in its order."""
        return tuple(self.manifest["world"]["states"])

    @property
    def quarters(self) -> tuple[str, ...]:
        """Labels of the quarters, one per step."""
        return tuple(self.manifest["quarters"])

    @property
    def coercer(self) -> str:
        """State that exerts the pressure."""
        return str(self.manifest["actors"]["coercer"])

    @property
    def target(self) -> str:
        """State under pressure."""
        return str(self.manifest["actors"]["target"])

    @property
    def complete(self) -> bool:
        """Whether every run of the design was done (some may have failed)."""
        return bool(self.manifest["status"] == "complete")

    @property
    def failed(self) -> int:
        """Number of runs that failed; their errors stand in the runs table."""
        return int(self.manifest["counts"]["failed"])
