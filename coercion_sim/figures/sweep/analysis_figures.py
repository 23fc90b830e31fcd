"""From the answer to `analyse` to picture files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from coercion_sim.analysis import Analysis
from coercion_sim.figures.compare.policy_contrasts import policy_contrasts
from coercion_sim.figures.compare.regrets import regrets
from coercion_sim.figures.style.style import FULL_WIDTH
from coercion_sim.figures.style.write import write_each
from coercion_sim.figures.sweep.miss_boxes import miss_boxes
from coercion_sim.figures.sweep.sensitivity import sensitivity_bars

if TYPE_CHECKING:
    from coercion_sim.figures.style.layout import Canvas

#: Folder below the results, beside the tables.
FOLDER = "analysis"
#: Outcomes drawn one by one; the tables hold them all.
MOST_OUTCOMES = 8


def write_analysis_figures(
    analysis: Analysis, folder: Path, formats: Sequence[str] = ("png",), *, width: float = FULL_WIDTH
) -> list[Path]:
    """Write every figure that has something to show into ``folder/analysis``, and return the paths.

    ``contrasts-<outcome>``, ``sensitivity-<outcome>`` and ``sensitivity_of_differences-<outcome>`` of the first
    `MOST_OUTCOMES` outcomes, ``regret`` and ``boxes``. One with nothing to show is left out, and removed where an
    earlier analysis drew it.
    """
    where = Path(folder) / FOLDER
    written, empty = write_each(figures_of_analysis(analysis), where, formats, width=width)
    for name in empty:
        for form in formats:
            (where / f"{name}.{form}").unlink(missing_ok=True)
    return written


def figures_of_analysis(analysis: Analysis) -> dict[str, Callable[..., Canvas]]:
    """Every figure an analysis may fill, by name, not yet drawn."""
    figures: dict[str, Callable[..., Canvas]] = {}
    for outcome in analysis.outcomes[:MOST_OUTCOMES]:
        figures[f"contrasts-{outcome}"] = partial(policy_contrasts, analysis, outcome)
        figures[f"sensitivity-{outcome}"] = partial(sensitivity_bars, analysis, outcome)
        figures[f"sensitivity_of_differences-{outcome}"] = partial(
            sensitivity_bars, analysis, outcome, differences=True
        )
    figures["regret"] = partial(regrets, analysis)
    figures["boxes"] = partial(miss_boxes, analysis)
    return figures
