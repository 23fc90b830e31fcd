"""`coercion-sim copy`: an editable copy of a shipped scenario."""

from __future__ import annotations

from pathlib import Path

from coercion_sim.errors import Problem, ScenarioError
from coercion_sim.files import write_text
from coercion_sim.scenario.library import is_name, list_scenarios
from coercion_sim.scenario.reading import read_document

_HEADER = """\
# A copy of the shipped scenario {name}, to be changed.
#
#   coercion-sim check {file}         finds every mistake, with its line
#   coercion-sim compare {file}       runs the policies listed and compares them
#   coercion-sim list parameters      every key, its default, range and unit
#
# What may be changed: anything. Good first changes are `open` and `until` of a measure, `policies`, the parameters
# under [policy.NAME], and `replicates`. Give the scenario its own `name`: results are filed under it.
# A number may be uncertain: {{ uniform = [low, high], default = x }}, log_uniform likewise, or choice = [a, b].
# Instead of a copy, a short file may start with  extends = "{name}"  and hold only what differs.

"""


def copy_scenario(name: str, dest: str | Path, *, force: bool = False) -> Path:
    """Write the text of a scenario to a new file, under a commented header, whole or not at all.

    Parameters
    ----------
    name
        A shipped scenario.
    dest
        File to write, ending in ``.toml``.
    force
        Overwrite a file that is there.

    Raises
    ------
    ScenarioError
        If the scenario cannot be read, or `dest` is there already, is a folder or cannot be written.
    """
    target = Path(dest)
    if not is_name(name):
        raise ScenarioError(
            Problem("only shipped scenarios are copied", found=repr(str(name)), allowed=", ".join(list_scenarios()))
        )
    text = read_document(name).text
    if target.suffix.lower() != ".toml":
        raise ScenarioError(Problem("a scenario file ends in .toml", file=str(target), suggestion=f"{target}.toml"))
    if target.is_dir():
        raise ScenarioError(Problem("is a folder", file=str(target)))
    if target.exists() and not force:
        raise ScenarioError(
            Problem("is there already", file=str(target), allowed="another name, or --force to overwrite it")
        )
    if not target.parent.is_dir():
        raise ScenarioError(Problem("no such folder", file=str(target.parent)))
    try:
        write_text(target, _HEADER.format(name=name, file=_quoted(str(target))) + text)
    except OSError as error:
        raise ScenarioError(Problem(f"cannot be written ({error.strerror})", file=str(target))) from None
    return target


def _quoted(path: str) -> str:
    """Spell a path as one word of a command, on one line."""
    shown = "".join(c if c.isprintable() else "?" for c in path)
    return f'"{shown}"' if " " in shown else shown
