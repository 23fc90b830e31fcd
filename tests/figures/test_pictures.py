"""Three figures against pictures that were looked at: a change to the eye is a change to a test.

After a wanted change: ``COERCION_SIM_NEW_PICTURES=1 pytest tests/figures/test_pictures.py``, look at them, commit them.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib
import pytest
from matplotlib.testing.compare import compare_images
from matplotlib.testing.exceptions import ImageComparisonFailure
from packaging.version import Version

from coercion_sim import figures as views
from coercion_sim.experiments import Results
from coercion_sim.figures import settle

Maker = Callable[..., Results]
BASELINE = Path(__file__).parent / "baseline"
#: Root mean square difference of pixels (0 to 255): what another build of the font renderer may do to the text.
TOLERANCE = 6.0
PICTURES: dict[str, Callable[[Results], Any]] = {
    "distributions": lambda results: views.distributions(results, "target_loss_pv", width=views.COLUMN_WIDTH),
    "ecdf": lambda results: views.distributions(results, "target_loss_pv", form="steps", width=views.COLUMN_WIDTH),
    "paths": lambda results: views.paths(results, "real_income", width=views.FULL_WIDTH),
}


def picture(name: str, results: Results, folder: Path) -> Path:
    path = folder / f"{name}.png"
    with views.house():
        figure = PICTURES[name](results)
        settle(figure)
        figure.savefig(path, dpi=100, metadata={"Software": None})
    return path


def difference(made: Path) -> str | None:
    """What sets a picture apart from the one looked at; None where the eye sees none."""
    try:
        found: str | None = compare_images(str(BASELINE / made.name), str(made), TOLERANCE)
    except ImageComparisonFailure as size:
        return str(size)
    return found


@pytest.mark.skipif(
    Version(matplotlib.__version__) < Version("3.11"), reason="the pictures were drawn by matplotlib 3.11"
)
@pytest.mark.parametrize("name", PICTURES)
def test_a_figure_looks_as_it_did_when_it_was_looked_at(make_results: Maker, name: str, tmp_path: Path) -> None:
    made = picture(name, make_results(24), tmp_path)
    if os.environ.get("COERCION_SIM_NEW_PICTURES"):
        shutil.copy(made, BASELINE / made.name)
    assert difference(made) is None


@pytest.mark.parametrize("name", PICTURES)
def test_a_figure_of_other_numbers_is_told_apart(make_results: Maker, name: str, tmp_path: Path) -> None:
    other = make_results(24, ("stand_alone", "integrate_economies", "respond_as_allies"))
    assert difference(picture(name, other, tmp_path)) is not None
