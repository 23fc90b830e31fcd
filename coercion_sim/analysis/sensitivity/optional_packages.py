"""Packages of the optional extra `analysis`, imported when a question needs them."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from coercion_sim.errors import InvalidInput, Problem

#: What to type where one is missing.
REMEDY = "pip install 'coercion-sim[analysis]'"


class MissingExtra(InvalidInput):
    """A question needs a package of the extra that is not installed; `package` names it."""

    def __init__(self, problems: Problem | str | Iterable[Problem], package: str = "") -> None:
        super().__init__(problems)
        self.package = package

    def __reduce__(self) -> tuple[type[MissingExtra], tuple[tuple[Problem, ...], str]]:  # type: ignore[override]
        """Survive the trip between processes."""
        return type(self), (self.problems, self.package)


def extra(module: str, purpose: str) -> Any:
    """Import a module of the extra.

    Parameters
    ----------
    module
        Dotted name, e.g. ``SALib.analyze.sobol``.
    purpose
        What it is wanted for, as it stands in the error.

    Raises
    ------
    MissingExtra
        Where its package is not installed; says what to type.
    """
    package = module.split(".")[0]
    try:
        with warnings.catch_warnings():
            # ema_workbench warns at import of solvers it lacks, none of which is used here.
            warnings.simplefilter("ignore")
            return import_module(module)
    except ImportError as error:
        message = f"{purpose} needs {package}, which is not installed ({error.name or error}): {REMEDY}"
        raise MissingExtra(Problem(message), package) from None
