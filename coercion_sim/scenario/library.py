"""Shipped scenarios: where they are, and which file a name means."""

from __future__ import annotations

from pathlib import Path

from coercion_sim.errors import Problem, ScenarioError, nearest

_PACKAGE = Path(__file__).resolve().parents[1]


def scenario_folder() -> Path:
    """Folder of the shipped scenarios: inside an installed package, else beside a source checkout."""
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
    """What `load_scenario` takes for a name in a file of this folder: a shipped name as it stands, or a path."""
    return name if is_name(name) else str(folder / name)


def resolve(name_or_path: str | Path, relative_to: Path | None = None) -> tuple[Path, str]:
    """Return the file of a name or path, and how to show it to the user.

    Raises
    ------
    ScenarioError
        For a name that is not shipped, with the nearest one, and the hint that a file needs its ending.
    """
    if not is_name(name_or_path):
        path = Path(name_or_path)
        return (path if relative_to is None else relative_to / path), str(name_or_path)
    name = str(name_or_path)
    path = scenario_folder() / f"{name}.toml"
    if path.is_file():
        return path, path.name
    known = list_scenarios()
    beside = next((f"./{near}" for near in (f"{name}.toml", name) if name and Path(".", near).is_file()), None)
    message = f"no shipped scenario is called {name!r}; a file is given with its ending, as ./{name or 'mine'}.toml"
    raise ScenarioError(Problem(message, allowed=", ".join(known) or "none", suggestion=beside or nearest(name, known)))
