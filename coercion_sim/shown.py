"""How results show themselves in a notebook: as a table of their own accord, and as figures when asked.

Pictures and pages are made in `figures` and `report`; what they show is made below it. An object that can be
shown looks its showing up by name when it is asked for, as the package's public face looks up its functions: nothing is
imported before, and no room imports a higher one.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

#: Where the showing of each class is: functions `html_of` and `plot_of`, which take the object first.
_ROOM = "coercion_sim.report"


class Shown:
    """An object a notebook shows as a table (`_repr_html_`), with figures by `plot`."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        """Return the object as HTML, for Jupyter."""
        html: str = import_module(_ROOM).html_of(self)
        return html

    def plot(self, kind: str | None = None, outcome: str | None = None, **options: Any) -> Any:
        """Draw one figure and return it, a `matplotlib.figure.Figure`.

        Parameters
        ----------
        kind
            A kind of `coercion-sim plot --list`; the distribution of an outcome by policy if None. Of an `Analysis`
            ``contrasts``, ``sensitivity`` or ``regret``; the first if None.
        outcome
            Of the kinds that draw one outcome; the first of the scenario's report that varies if None.
        options
            ``width`` in inches, ``states``, ``fails``, ``axes``, ``level``, ``replicate``, ``point``, ``quarter``, as
            the kind takes them (`figures.Request`).

        Raises
        ------
        InvalidInput
            For a kind, outcome or option there is not; lists those there are.
        NothingToShow
            Where the results hold nothing for that kind; says why.
        """
        return import_module(_ROOM).plot_of(self, kind, outcome, **options)
