"""Notebook forms of results: a plain HTML table, and figures drawn by the function the package's root installs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any, ClassVar


class Plotted:
    """Objects with figures.

    Attributes
    ----------
    drawn_by
        Function of the object, a kind, an outcome and options that returns a figure; ``coercion_sim/__init__.py``
        installs it, because figures are drawn above the rooms that make results.
    """

    __slots__ = ()
    drawn_by: ClassVar[Callable[..., Any]]

    def plot(self, kind: str | None = None, outcome: str | None = None, **options: Any) -> Any:
        """Draw one figure and return it, a `matplotlib.figure.Figure`.

        Parameters
        ----------
        kind
            A kind of `coercion-sim plot --list`; the distribution of an outcome by policy if None. Of an `Analysis`
            ``contrasts``, ``regret``, ``sensitivity`` or ``boxes``; the first if None.
        outcome
            Of the kinds that draw one outcome; the first of the scenario's report that varies if None.
        options
            ``width`` in inches, ``states``, ``fails``, ``axes``, ``level``, ``replicate``, ``point``, ``quarter``, as
            the kind takes them (`figures.Request`).

        Raises
        ------
        InvalidInput
            For an unknown kind, outcome or option; lists the known ones.
        NothingToShow
            Where the results hold nothing for that kind; names the reason.
        """
        return Plotted.drawn_by(self, kind, outcome, **options)


def html_table(caption: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Plain HTML table in the notebook's own style; every text is escaped, the first cell of a row is its heading."""
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in header)
    body = "".join(
        f'<tr><th scope="row">{escape(first)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in rest)}</tr>'
        for first, *rest in rows
    )
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
