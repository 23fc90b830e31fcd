"""`coercion-sim dashboard`: a run played in the browser, quarter by quarter."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

import click

from coercion_sim.cli.options import policies_option, policy_file_option, seed_option, set_option
from coercion_sim.errors import InvalidInput, Problem

_INSTALL = "pip install 'coercion-sim[dashboard]'"
_PORT = 8765


@click.command("dashboard")
@click.argument("scenario")
@policies_option
@seed_option
@set_option
@policy_file_option
@click.option(
    "--port", type=click.IntRange(1, 65535), default=_PORT, show_default=True, metavar="P",
    help="Port to listen on; the next free one where it is taken.",
)  # fmt: skip
@click.option("--open/--no-browser", "open_browser", default=False, help="Open it in the browser.  [default: no]")
def dashboard(scenario: str, port: int, **given: Any) -> None:
    """Play SCENARIO in the browser: step by step, with a slider for every uncertain number.

    Prints the address to open. It can be reached from this machine only; Ctrl-C ends it.
    """
    check_installed()
    from coercion_sim.dashboard import open_dashboard

    open_dashboard(scenario, port, lambda address: click.echo(f"Dashboard at {address} (Ctrl-C ends it)"), **given)


def check_installed() -> None:
    """Refuse where a package of the dashboard is missing or of another version.

    Raises
    ------
    InvalidInput
        With the command that installs it.
    """
    missing = [name for name in ("solara", "altair", "uvicorn") if find_spec(name) is None]
    if missing:
        raise InvalidInput(Problem(f"the dashboard needs {', '.join(missing)}, not installed here", allowed=_INSTALL))
    try:
        pages, assets = version("solara-server"), version("solara-assets")
    except PackageNotFoundError as error:
        raise InvalidInput(Problem(f"the dashboard needs {error.name}, not installed here", allowed=_INSTALL)) from None
    if pages != assets:
        raise InvalidInput(
            Problem(
                "solara-server and solara-assets must be of the same version",
                found=f"{pages} and {assets}",
                allowed=_INSTALL,
            )
        )
