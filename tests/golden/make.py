"""Make the golden numbers anew: python tests/golden/make.py (from the root of the repository, package installed).

Do so only where a change of results is meant. Read the difference with ``git diff``, and say in the commit what
changed and why.
"""

from __future__ import annotations

import json
import math
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

TESTS = Path(__file__).resolve().parents[1]
GOLDEN = Path(__file__).with_name("golden.json")

#: All four instruments, and integration beside them: most of the model in nine quarters.
POLICIES = ("stand_alone", "respond_as_allies+integrate_economies")
#: What the path of the solver decides, and labels that are the same in every row or follow from `step`.
LEFT_OUT = {"sweeps", "residual", "worst_residual", "policy", "replicate", "quarter"}
#: Solved this closely, another path of the solver to the same answer leaves no trace in the numbers compared.
TOLERANCE = 1e-12


@contextmanager
def solved_closely(tolerance: float = TOLERANCE) -> Iterator[None]:
    """Solve the markets of runs in this process to another residual."""
    from coercion_sim.scenario import Scenario

    usual = Scenario.economy_parameters

    def exact(scenario: Scenario) -> Any:
        return replace(usual(scenario), tolerance=tolerance)

    with mock.patch.object(Scenario, "economy_parameters", exact):
        yield


def golden_tables() -> dict[str, Any]:
    """Policy -> table -> column -> values of the small scenario; NaN as None."""
    from coercion_sim.model import run_once
    from support.small import small_scenario, small_world

    with tempfile.TemporaryDirectory() as folder, solved_closely():
        scenario = small_scenario(Path(folder))
        found = {policy: run_once(scenario, small_world(), policy, 0, 1).tables for policy in POLICIES}
    return {
        policy: {
            table: {name: [_plain(x) for x in column] for name, column in columns.items() if name not in LEFT_OUT}
            for table, columns in tables.items()
        }
        for policy, tables in found.items()
    }


def _plain(value: Any) -> Any:
    """Return JSON: 12 significant digits are more than the comparison looks at."""
    if isinstance(value, float):
        return None if math.isnan(value) else float(f"{value:.12g}")
    return value


def main() -> None:
    """Write the file, one column a line."""
    tables = golden_tables()
    lines = []
    for policy, found in tables.items():
        inner = []
        for table, columns in found.items():
            rows = ",\n".join(f"   {json.dumps(name)}: {json.dumps(column)}" for name, column in columns.items())
            inner.append(f"  {json.dumps(table)}: {{\n{rows}\n  }}")
        lines.append(f" {json.dumps(policy)}: {{\n" + ",\n".join(inner) + "\n }")
    GOLDEN.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    print(f"wrote {GOLDEN.name}: {GOLDEN.stat().st_size} bytes")


if __name__ == "__main__":
    sys.path.insert(0, str(TESTS))
    main()
