"""Whether a file is a plan of a sweep or a scenario, told without loading what either needs."""

from __future__ import annotations

from pathlib import Path

from coercion_sim.errors import InvalidInput


def is_plan(named: str) -> bool:
    """Whether this names a plan: a TOML file with a scenario in it, or something to vary.

    Anything else, a file that cannot be read included, is taken for a scenario, which then says what is wrong.
    """
    from coercion_sim.files import read_toml

    path = Path(named)
    if not path.is_file():
        return False
    try:
        data = read_toml(path, named).data
    except InvalidInput:
        return False
    return bool({"scenario", "vary"} & set(data))
