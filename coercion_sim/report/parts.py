"""Parts of a report, all as text not yet escaped: sections of sentences, tables, pictures; the limits of the model."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files

from coercion_sim.wording import policy_label


@dataclass(frozen=True)
class Table:
    """One table.

    Attributes
    ----------
    caption
        Content; unique on the page, because it names the box in which the table scrolls.
    head, rows
        Texts of the cells. The first cell of a row is its heading.
    prose
        Positions of columns with sentences; all others but the first hold numbers.
    note
        Line below.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    prose: tuple[int, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Picture:
    """One figure, drawn for a page and for a phone, as data URIs, with its name and its text for screen readers."""

    label: str
    alt: str
    wide: str
    narrow: str


@dataclass(frozen=True)
class Section:
    """One section.

    Attributes
    ----------
    key
        Anchor.
    heading
        Of the section; `parts` have headings one level down.
    words, points
        Paragraphs, then a list.
    commands
        Command lines.
    """

    key: str
    heading: str
    words: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()
    commands: tuple[str, ...] = ()
    parts: tuple[Section, ...] = ()


@dataclass(frozen=True)
class Page:
    """A report: title and question, one line on the run, and the sections."""

    title: str
    question: str
    made_from: str
    sections: tuple[Section, ...]


def quoted(policy: str) -> str:
    """Policy in a sentence: ``“respond as allies”``."""
    return f"“{policy_label(policy)}”"


@dataclass(frozen=True)
class Limit:
    """One limit of the model: an anchor, a heading, and its meaning for a reader."""

    key: str
    heading: str
    text: str


def limits() -> tuple[Limit, ...]:
    """All limits, in the order in which reports print them."""
    text = (files("coercion_sim.report") / "limits.toml").read_text("utf-8")
    return tuple(Limit(**entry) for entry in tomllib.loads(text)["limit"])


def limit_section() -> Section:
    """Limits of the model."""
    parts = tuple(Section(f"limit-{each.key}", each.heading, (each.text,)) for each in limits())
    return Section("limits", "Limits of the model", parts=parts)
