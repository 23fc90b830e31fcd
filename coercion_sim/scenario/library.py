"""Shipped scenarios: their folder and names, the file a name means, and copies to edit."""

from __future__ import annotations

from pathlib import Path

from coercion_sim.errors import Problem, ScenarioError, nearest
from coercion_sim.files import read_toml, write_text

_PACKAGE = Path(__file__).resolve().parents[1]
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


def scenario_folder() -> Path:
    """Folder of the shipped scenarios: inside an installed package, else in the source checkout."""
    installed = _PACKAGE / "_shipped" / "scenarios"
    return installed if installed.is_dir() else _PACKAGE.parent / "scenarios"


def list_scenarios() -> tuple[str, ...]:
    """Names of the shipped scenarios, sorted."""
    return tuple(sorted(path.stem for path in scenario_folder().glob("*.toml")))


def is_name(name_or_path: str | Path) -> bool:
    """Whether this means a shipped scenario: a word without ``.toml`` and separators; anything else is a path."""
    if not isinstance(name_or_path, str) or name_or_path in (".", ".."):
        return False
    return not name_or_path.lower().endswith(".toml") and not any(c in name_or_path for c in "/\\")


def scenario_reference(name: str, folder: Path) -> str:
    """What `load_scenario` or `load_world` takes for a name in a file of this folder: a shipped name, or a path."""
    return name if is_name(name) else str(folder / name)


def resolve(name_or_path: str | Path, relative_to: Path | None = None) -> tuple[Path, str]:
    """Return the file of a name or path, and its name in messages.

    Raises
    ------
    ScenarioError
        For a name that is not shipped, with the nearest one.
    """
    if not is_name(name_or_path):
        path = Path(name_or_path)
        return (path if relative_to is None else relative_to / path), str(name_or_path)
    name = str(name_or_path)
    path = scenario_folder() / f"{name}.toml"
    if path.is_file():
        return path, path.name
    known = list_scenarios()
    local = next((f"./{near}" for near in (f"{name}.toml", name) if name and Path(".", near).is_file()), None)
    message = f"no shipped scenario is called {name!r}; a file is given with its ending, as ./{name or 'mine'}.toml"
    raise ScenarioError(Problem(message, allowed=", ".join(known) or "none", suggestion=local or nearest(name, known)))


def copy_scenario(name: str, dest: str | Path, *, force: bool = False) -> Path:
    """Write the text of a scenario to a new file, under a commented header, whole or not at all.

    Parameters
    ----------
    name
        A shipped scenario.
    dest
        File to write, ending in ``.toml``.
    force
        Overwrite an existing file.

    Raises
    ------
    ScenarioError
        If the scenario cannot be read, or `dest` exists, is a folder or cannot be written.
    """
    target = Path(dest)
    if not is_name(name):
        raise ScenarioError(
            Problem("only shipped scenarios are copied", found=repr(str(name)), allowed=", ".join(list_scenarios()))
        )
    text = read_toml(*resolve(name), what="scenario", error=ScenarioError).text
    if target.suffix.lower() != ".toml":
        raise ScenarioError(Problem("a scenario file ends in .toml", file=str(target), suggestion=f"{target}.toml"))
    if target.is_dir():
        raise ScenarioError(Problem("is a folder", file=str(target)))
    if target.exists() and not force:
        raise ScenarioError(Problem("exists", file=str(target), allowed="another name, or --force to overwrite it"))
    if not target.parent.is_dir():
        raise ScenarioError(Problem("no such folder", file=str(target.parent)))
    try:
        write_text(target, _HEADER.format(name=name, file=_quoted(str(target))) + text)
    except OSError as error:
        raise ScenarioError(Problem(f"cannot be written ({error.strerror})", file=str(target))) from None
    return target


def _quoted(path: str) -> str:
    """Spell a path as one word of a command, on one line."""
    printable = "".join(c if c.isprintable() else "?" for c in path)
    return f'"{printable}"' if " " in printable else printable
