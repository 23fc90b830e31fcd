"""An outcome is one entry: added to the catalogue alone, it is in results, screen, figure and dictionary."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import coercion_sim
from fakes.tiny import write_tiny

#: Quarters in which the target's income is lower than without coercion.
ENTRY = """
    _number("quarters_worse", "quarters", "quarters in which the coercion lowers the target's income",
            "quarters of lower income", plural=True, better="less", headline=True,
            compute=lambda run: sum(
                (r.actual.welfare_pct_gdp - r.without.welfare_pct_gdp)[run.world.state_index(run.scenario.target)] < 0
                for r in run.history
            )),
"""
CODE = """
import importlib.util, json, sys
from pathlib import Path
source, entry, scenario, out = sys.argv[1:]
spec = importlib.util.spec_from_file_location("coercion_sim.outcomes", source)
module = sys.modules["coercion_sim.outcomes"] = importlib.util.module_from_spec(spec)
head = "OUTCOMES: tuple[Column, ...] = ("
text = Path(source).read_text("utf-8")
assert text.count(head) == 1
exec(compile(text.replace(head, head + entry), source, "exec"), module.__dict__)

from coercion_sim.analysis import compare_policies
from coercion_sim.cli.comparison import comparison_text
from coercion_sim.experiments import open_results, simulate
from coercion_sim.figures import write_figures
from coercion_sim.scenario import dictionary

simulate(scenario, replicates=3, out=out)
folder = next(Path(out).glob("*/*"))
results = open_results(folder)
frame = results.frame("outcomes")
states = results.frame("states")
drawn = write_figures(results, folder, ("svg",), kinds=("distributions",))
print(json.dumps({
    "values": frame["quarters_worse"].tolist(),
    "wanted": states[(states.state == "AUS") & (states.coercion_effect < 0)]
        .groupby(["replicate", "policy"], sort=False).size().tolist(),
    "screen": comparison_text(compare_policies(results)),
    "dictionary": [row["column"] for row in dictionary("outcomes") if row["table"] == "outcomes"],
    "figures": [path.name for path in drawn.paths],
    "drawing": "".join(path.read_text("utf-8") for path in drawn.paths if "quarters_worse" in path.name),
}))
"""


def test_one_entry_is_all_an_outcome_needs(tmp_path: Path) -> None:
    source = Path(coercion_sim.__file__).with_name("outcomes.py")
    scenario = write_tiny(tmp_path)
    words = [sys.executable, "-c", CODE, str(source), ENTRY, str(scenario), str(tmp_path / "out")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["values"] == answer["wanted"]
    assert "Quarters of lower income" in answer["screen"]
    assert answer["dictionary"].count("quarters_worse") == 1
    assert any("quarters_worse" in name for name in answer["figures"])
    assert "uarters of lower income" in answer["drawing"]
