"""The page to ask, play and look on, in a browser. Needs the extra `app` (Shiny for Python)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from coercion_sim.app.setting import Dial, Setting, open_setting
from coercion_sim.policies import PolicyFiles
from coercion_sim.scenario import Scenario

__all__ = ["Dial", "Setting", "open_app", "open_setting"]


def open_app(
    scenario: str | Path | Scenario, port: int, say: Callable[[str, str], None], *, policies: Iterable[str] = (),
    seed: int | None = None, overrides: Iterable[str] = (), policy_files: PolicyFiles = (), draws: int = 16,
    share: str | None = None, open_browser: bool = False,
) -> None:  # fmt: skip
    """Serve the page of a scenario until interrupted.

    Parameters
    ----------
    port
        Port to listen on; the next free one where it is taken.
    say
        Called once it can be opened, with the address, and that for players where it is shared, else an empty text.
    policies, seed, overrides, policy_files
        As in `simulate`; no policies means all the scenario names.
    draws
        Draws of the exact answer on the first page.
    share
        An address of this machine on which others may join as players; None: this machine alone.
    open_browser
        Whether to open the address in the browser too.

    Raises
    ------
    InvalidInput
        For every error in the scenario, its world, a policy or an override, and where no port is free.
    """
    setting = open_setting(scenario, policies=policies, seed=seed, overrides=overrides, policy_files=policy_files)
    from coercion_sim.app.page import make_app  # brings shiny: an error in the setting comes before
    from coercion_sim.app.server import Tokens, serve

    tokens = Tokens.fresh(shared=share is not None)
    serve(make_app(setting, draws, tokens), tokens, port, say, share=share, open_browser=open_browser)
