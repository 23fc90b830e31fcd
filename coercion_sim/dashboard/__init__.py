"""The dashboard: a run played quarter by quarter in the browser, with Mesa's SolaraViz. Needs the extra `dashboard`.

Importing this needs no solara: the model adapter, the snapshots and the figures work without; `page` and `server` do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from coercion_sim.dashboard.adapter import DashboardModel
from coercion_sim.dashboard.setting import Dial, Setting, open_setting
from coercion_sim.dashboard.snapshot import Acting, Entry, Snapshot
from coercion_sim.policies import PolicyFiles
from coercion_sim.scenario import Scenario

__all__ = ["Acting", "DashboardModel", "Dial", "Entry", "Setting", "Snapshot", "open_dashboard", "open_setting"]


def open_dashboard(
    scenario: str | Path | Scenario,
    port: int,
    say: Callable[[str], None],
    *,
    policies: Iterable[str] = (),
    seed: int | None = None,
    overrides: Iterable[str] = (),
    policy_files: PolicyFiles = (),
    open_browser: bool = False,
) -> None:
    """Serve the dashboard of a scenario on this machine until interrupted.

    Parameters
    ----------
    port
        Port to listen on; the next free one where it is taken.
    say
        Called with the address once it can be opened.
    policies, seed, overrides, policy_files
        As in `simulate`; no policies means all the scenario names.
    open_browser
        Whether to open the address in the browser too.

    Raises
    ------
    InvalidInput
        For every error in the scenario, its world, a policy or an override, and where no port is free.
    """
    setting = open_setting(scenario, policies=policies, seed=seed, overrides=overrides, policy_files=policy_files)
    from coercion_sim.dashboard.server import serve  # brings solara: an error in the setting comes before

    serve(setting, port, say, open_browser=open_browser)
