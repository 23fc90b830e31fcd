"""The answer to `analyse`: tidy tables, and how they are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coercion_sim.analysis.compare.comparison import RegretRow
from coercion_sim.analysis.compare.contrasts import ALL_POINTS, AxisRow, MeanRow
from coercion_sim.analysis.discovery.boxes import BoxLimit, MissBox
from coercion_sim.analysis.discovery.conditions import Fails
from coercion_sim.analysis.records import Tabular, flat, to_csv
from coercion_sim.analysis.sensitivity.design_layout import Block
from coercion_sim.analysis.sensitivity.indices import IndexRow
from coercion_sim.analysis.sensitivity.variance_parts import VarianceRow
from coercion_sim.files import write_text
from coercion_sim.notebook import Plotted, html_table
from coercion_sim.outcomes import label_of
from coercion_sim.wording import capital, policy_label, unit_words

if TYPE_CHECKING:
    import pandas as pd

#: Folder below the results where tables and figures go.
FOLDER = "analysis"


@dataclass(frozen=True)
class QuantileRow:
    """One point of the distribution of an outcome over all runs of a policy: the share `at_most` do not exceed it."""

    outcome: str
    policy: str
    at_most: float
    value: float


@dataclass(frozen=True, repr=False)
class Analysis(Plotted, Tabular):
    """Answers of a sweep.

    Attributes
    ----------
    name, question
        Of the plan; empty without one.
    policies, baseline, outcomes, units
        Policies compared and outcomes looked at; `units` by outcome.
    points, replicates, failed
        Size of the sweep, and runs that failed.
    blocks, settings
        Blocks of varied parameters; the parameters of every point, in order.
    levels, contrasts
        Means by policy, and paired differences from the baseline (`MeanRow`); those by point follow those of the whole.
    axes
        Levels and differences along every parameter of a grid (`AxisRow`).
    distribution
        Percentiles of every outcome by policy.
    regret
        Of outcomes with a direction.
    variance
        Parts of the variance, of levels and of differences.
    indices
        Sensitivity of levels and of differences.
    fails, boxes
        The condition of a miss, and where it holds.
    notes
        Questions the sweep cannot answer, and why.
    seed, key
        Of the sweep; the key identifies scenario, world, code and seed.
    every_policy
        Policies of the design, also those left out of the comparison.
    only_points
        Points analysed, where not all were; else empty.
    """

    name: str
    question: str
    policies: tuple[str, ...]
    baseline: str
    outcomes: tuple[str, ...]
    units: Mapping[str, str]
    points: int
    replicates: int
    failed: int
    blocks: tuple[Block, ...]
    settings: tuple[Mapping[str, Any], ...]
    levels: tuple[MeanRow, ...] = ()
    contrasts: tuple[MeanRow, ...] = ()
    axes: tuple[AxisRow, ...] = ()
    distribution: tuple[QuantileRow, ...] = ()
    regret: tuple[RegretRow, ...] = ()
    variance: tuple[VarianceRow, ...] = ()
    indices: tuple[IndexRow, ...] = ()
    fails: Fails | None = None
    boxes: tuple[MissBox, ...] = ()
    notes: tuple[str, ...] = ()
    seed: int = 0
    key: str = ""
    every_policy: tuple[str, ...] = ()
    only_points: tuple[int, ...] = ()

    @property
    def headline(self) -> str:
        """Size and outcomes."""
        size = f"{self.points:,} points x {self.replicates:,} replicates x {len(self.policies)} policies"
        return f"{self.name}: {size}; {', '.join(self.outcomes)}"

    def records(self, table: str = "") -> list[dict[str, Any]]:
        """Rows of one of `tables`; the paired differences by default, or the levels where one policy was run."""
        return tables(self)[table or ("contrasts" if self.contrasts else "outcomes_by_policy")]

    def frame(self, table: str = "") -> pd.DataFrame:
        """Return one of `tables` as a pandas table."""
        import pandas as pd

        return pd.DataFrame(self.records(table))

    def _repr_html_(self) -> str:
        """Means over the design by policy, and below each the paired differences from the baseline, for Jupyter."""
        rows = []
        for name in self.outcomes:
            levels = {r.policy: r for r in self.overall(self.levels) if r.outcome == name}
            apart = {r.policy: r for r in self.overall(self.contrasts) if r.outcome == name}
            label = [capital(label_of(name)), unit_words(self.units[name])]
            rows.append([*label, *(levels[p].text() if p in levels else "" for p in self.policies)])
            if apart:
                cells = [apart[p].text(sign=True) if p in apart else "" for p in self.policies]
                rows.append([f"difference from {policy_label(self.baseline)}", "", *cells])
        points = f"{self.points:,} points x {self.replicates:,} replicates x {len(self.policies)} policies"
        head = f"<p><strong>{escape(self.name)}</strong> {escape(self.question)}<br>{points}; seed {self.seed}, "
        caption = "Mean over the design [95 % interval of the mean]; differences draw by draw"
        table = html_table(caption, ["Outcome", "Unit", *map(policy_label, self.policies)], rows)
        return f"{head}key {escape(self.key or 'none')}</p>{table}"

    def overall(self, rows: Iterable[MeanRow]) -> tuple[MeanRow, ...]:
        """Rows over the whole design."""
        return tuple(row for row in rows if row.point == ALL_POINTS)


def write_analysis(analysis: Analysis, folder: Path) -> list[Path]:
    """Write every table that has rows as CSV under ``folder/analysis``; return the paths.

    A table of an earlier analysis that has no rows now is removed, so that the folder holds one answer.
    """
    where = Path(folder) / FOLDER
    where.mkdir(parents=True, exist_ok=True)
    written = []
    for name, rows in tables(analysis).items():
        path = where / f"{name}.csv"
        if rows:
            write_text(path, to_csv(rows))
            written.append(path)
        else:
            path.unlink(missing_ok=True)
    return written


def tables(analysis: Analysis) -> dict[str, list[dict[str, Any]]]:
    """Table name -> rows as flat dictionaries; rows by point carry the parameters varied as ``param.<path>``."""

    def means(rows: Sequence[MeanRow], *without: str) -> list[dict[str, Any]]:
        return [flat(row, *without) | _setting(analysis, row.point) for row in rows]

    return {
        "outcomes_by_policy": means(analysis.levels, "against", "variance_ratio"),
        "contrasts": means(analysis.contrasts),
        "along_axes": [flat(axis, "row") | flat(axis.row, "point") for axis in analysis.axes],
        "distribution": [flat(row) for row in analysis.distribution],
        "regret": [flat(row) for row in analysis.regret],
        "variance_parts": [flat(row) for row in analysis.variance],
        "sensitivity": [flat(row) for row in analysis.indices],
        "boxes": [row for box in analysis.boxes for row in _box(box, analysis.fails)],
        "peeling": [
            {"policy": box.policy, "box": box.number, "step": i} | flat(step) | {"chosen": int(i == box.chosen)}
            for box in analysis.boxes
            for i, step in enumerate(box.trajectory)
        ],
    }


def _setting(analysis: Analysis, point: int) -> dict[str, Any]:
    """Parameters of a point as columns, empty for the whole design."""
    paths = [path for block in analysis.blocks for path in block.paths]
    if point == ALL_POINTS:
        return {"point": "all"} | {f"param.{path}": "" for path in paths}
    return {f"param.{path}": analysis.settings[point][path] for path in paths}


def _box(box: MissBox, fails: Fails | None) -> list[dict[str, Any]]:
    """One row for each limit, or one row without a limit for a missing box."""
    numbers = ("density", "coverage", "mass", "base_rate", "draws", "misses")
    head = {"policy": box.policy, "fails": fails.text if fails else "", "box": box.number}
    head |= {name: getattr(box, name) for name in numbers}
    empty = dict.fromkeys((field.name for field in fields(BoxLimit)), "")
    rows = [flat(limit) | {"values": " | ".join(limit.values)} for limit in box.limits]
    return [head | row | {"note": box.note} for row in rows or [empty]]
