"""The gallery: every kind of figure with the command that draws it, drawn from three small sets of results."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import sys
from io import StringIO
from pathlib import Path

from coercion_sim.cli.app import run
from coercion_sim.figures import KINDS

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "examples" / "lasers"
#: Where the results are made and the figures drawn.
FOLDER = ROOT / "build" / "gallery"

#: Commands that make the results, run in a copy of docs/examples/lasers.
RESULTS = (
    "coercion-sim compare australia-2020 --replicates 4 --no-figures --out results",
    "coercion-sim world from-csv flows.csv --elasticities elasticities.csv --alliances alliances.csv --out world",
    "coercion-sim sweep stiffness.toml",
    "coercion-sim sweep choosing.toml --name choosing --set dispute.stake_target=0.3,1,2"
    " --set dispute.stake_coercer=0.1,0.2,0.4 --replicates 1",
)
_AUSTRALIA = "results/australia-2020/*"
_STIFFNESS, _CHOOSING = "results/sweeps/stiffness", "results/sweeps/choosing"
_LOSS = "--outcome target_loss_pv"
#: Kind -> results it is drawn from, and options.
RECIPES = {
    "distributions": (_STIFFNESS, _LOSS), "ecdf": (_STIFFNESS, _LOSS), "differences": (_STIFFNESS, _LOSS),
    "paths": (_AUSTRALIA, "--state AUS --state CHN"), "time_path": (_AUSTRALIA, "--policy stand_alone"),
    "losses_by_state": (_AUSTRALIA, ""), "burdens": (_AUSTRALIA, ""), "diverted_trade": (_AUSTRALIA, ""),
    "network": (_AUSTRALIA, "--policy stand_alone"), "integration": (_AUSTRALIA, ""),
    "beliefs": (_CHOOSING, ""), "game_tree": (_CHOOSING, "--policy stand_alone"), "deterrence_map": (_CHOOSING, ""),
    "contrasts": (_STIFFNESS, _LOSS), "regret": (_STIFFNESS, _LOSS), "sensitivity": (_STIFFNESS, _LOSS),
    "boxes": (_STIFFNESS, f"{_LOSS} --fails 'target_loss_pv>q75'"),
}  # fmt: skip


def commands() -> dict[str, str]:
    """Kind -> the command that draws it; every kind of the package has one."""
    plots = {}
    for kind in KINDS:
        results, options = RECIPES[kind]
        plots[kind] = f"coercion-sim plot {results} --kind {kind} {options}".rstrip() + " --out figures"
    return plots


def draw() -> None:
    """Make the results and draw every figure, in a folder of its own; any failure of a command ends it."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    shutil.copytree(EXAMPLES, FOLDER)
    here = Path.cwd()
    os.chdir(FOLDER)
    try:
        for command in (*RESULTS, *commands().values()):
            _, *words = shlex.split(command)
            words = [
                match for word in words for match in (sorted(map(str, Path().glob(word))) if "*" in word else [word])
            ]
            printed = StringIO()
            with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
                code = run(words)
            if code:
                sys.exit(f"{command}\nended with exit code {code}:\n{printed.getvalue()}")
    finally:
        os.chdir(here)


def page() -> str:
    """The gallery as Markdown: the commands behind the results, then each kind; draws what is not drawn yet."""
    plots = commands()
    if not all(pictures(kind) for kind in plots):
        draw()
    parts = ["```sh", "cd docs/examples/lasers", *RESULTS, "```", ""]
    for kind, command in plots.items():
        parts += [
            f"## {kind}",
            "",
            f"{KINDS[kind].shows[0].upper()}{KINDS[kind].shows[1:]}.",
            "",
            "```sh",
            command,
            "```",
            "",
        ]
        for path in pictures(kind):
            parts += [f"![{KINDS[kind].shows}](../{path.relative_to(ROOT).as_posix()})", ""]
    return "\n".join(parts)


def pictures(kind: str) -> list[Path]:
    """Figures of a kind that are drawn."""
    folder = FOLDER / "figures"
    return sorted(path for name in (kind, f"{kind}-*", f"{kind}_of_*") for path in folder.glob(f"{name}.png"))
