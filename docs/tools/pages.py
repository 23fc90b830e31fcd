"""Parts of the site that come from the code: commands, file formats, limits, API, figures, and the table of contents.

A page has a marker, ``<!-- generated: NAME -->``, where its part goes; `PARTS` names the functions.
"""

from __future__ import annotations

import inspect
import re
import tomllib
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import click
import gallery
from pydantic import BaseModel

import coercion_sim
from coercion_sim.cli.app import COMMANDS, cli
from coercion_sim.experiments.plan.model import BLOCKS, PlanTable, StoppingTable
from coercion_sim.files import allowed
from coercion_sim.scenario.dictionary import dictionary

ROOT = Path(__file__).resolve().parents[2]
MARKER = re.compile(r"^<!-- generated: (\w+) -->$", re.M)
#: Heading of each table of a scenario file, by the start of its keys.
TABLES = {
    "": "Top of the file", "economy.": "`[economy]`", "measures.NAME.": "`[[measures]]`", "actors.": "`[actors]`",
    "actors.outside.": "`[[actors.outside]]`", "dispute.": "`[dispute]`", "dispute.opened.": "`[[dispute.opened]]`",
    "dispute.experience.": "`[[dispute.experience]]`", "dispute.challengers.": "`[[dispute.challengers]]`",
    "pressure.": "`[pressure]`", "cooperation.": "`[cooperation]`", "report.": "`[report]`",
    "report.record.": "`[[report.record]]`",
}  # fmt: skip


def fill_in(app: Any, docname: str, source: list[str]) -> None:
    """Put the generated parts into a page as Sphinx reads it; give the first page its table of contents."""
    source[0] = MARKER.sub(lambda marker: PARTS[marker[1]](), source[0])
    if docname == app.config.root_doc:
        source[0] = with_contents(source[0])


def first_page(app: Any, exception: Exception | None) -> None:
    """Write an ``index.html`` at the top of the site that leads to its first page."""
    if exception is None and app.builder.format == "html":
        page = f"{app.config.root_doc}.html"
        text = f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{app.config.html_title}</title>'
        text += f'<meta http-equiv="refresh" content="0; url={page}"></head>'
        text += f'<body><a href="{page}">Begin</a></body></html>\n'
        (Path(app.outdir) / "index.html").write_text(text, "utf-8")


def with_contents(text: str) -> str:
    """The first page with a table of contents below each section, of the pages that the section links to."""
    head, *sections = re.split(r"^(?=## )", text, flags=re.M)
    listed: set[str] = set()
    filled = [head]
    for section in sections:
        title = section.partition("\n")[0].removeprefix("## ")
        links = dict.fromkeys(re.findall(r"^- \[[^\]]*\]\(([^)#]+)\.(?:md|ipynb)\)", section, flags=re.M))
        new = [link for link in links if link not in listed]
        listed.update(new)
        entries = "\n".join(new)
        filled.append(f"{section.rstrip()}\n\n```{{toctree}}\n:hidden:\n:caption: {title}\n\n{entries}\n```\n\n")
    return "".join(filled)


# ------------------------------------------------------------------ commands


def commands() -> str:
    """Every command with its usage, explanation, arguments and options."""
    top = click.Context(cli, info_name="coercion-sim")
    parts = []
    for name in COMMANDS:
        command = cli.get_command(top, name)
        if command is not None:
            parts += _command(command, click.Context(command, info_name=name, parent=top), 2)
    return "\n".join(parts)


def _command(command: click.Command, context: click.Context, level: int) -> list[str]:
    path = context.command_path.removeprefix("coercion-sim ")
    usage = " ".join(context.command.collect_usage_pieces(context))
    lines = [f"{'#' * level} {path}", "", "```text", f"{context.command_path} {usage}".strip(), "```", ""]
    for paragraph in inspect.cleandoc(command.help or "").partition("\f")[0].split("\n\n"):
        example = paragraph.strip().startswith("coercion-sim ")
        if paragraph.startswith("\b\n"):  # click's sign for a paragraph whose lines stay as they are
            lines += ["```text", paragraph[2:], "```", ""]
        else:
            lines += ["```sh", " ".join(paragraph.split()), "```", ""] if example else [_plain(paragraph), ""]
    for option in command.get_params(context):
        record = option.get_help_record(context)
        if record and "--help" not in option.opts:
            lines.append(f"- `{record[0]}`: {_plain(' '.join(record[1].split()))}".removesuffix(": "))
    lines.append("")
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            lines += _command(inner, click.Context(inner, info_name=name, parent=context), level + 1)
    return lines


def _plain(text: str) -> str:
    """Text of a help screen as Markdown: signs that have a meaning there stand for themselves, code stays code."""
    pieces = re.split(r"(`[^`\n]*`)", text)
    return "".join(piece if piece.startswith("`") else re.sub(r"([\\*_\[\]<>#|$])", r"\\\1", piece) for piece in pieces)


# ------------------------------------------------------------------ files


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Markdown table; a bar in a cell is escaped."""
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") or " " for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def scenario_keys() -> str:
    """Every key of a scenario file, by table, with default, range, unit and meaning."""
    by_table: dict[str, list[Mapping[str, str]]] = {}
    for row in dictionary("parameters"):
        start = row["key"].rpartition(".")[0]
        by_table.setdefault(f"{start}." if start else "", []).append(row)
    parts = []
    for start, rows in by_table.items():
        heading = TABLES.get(start) or f"`[{start.rstrip('.')}]`"
        header = ["key", "meaning", "default", "range", "unit"]
        cells = [
            [f"`{row['key'].removeprefix(start)}`", *(_plain(row[column]) for column in header[1:])] for row in rows
        ]
        parts.append(f"### {heading}\n\n{table(header, cells)}\n")
    return "\n".join(parts)


def topic(name: str) -> Callable[[], str]:
    """Part with the rows of ``coercion-sim list NAME``, the first column as code."""

    def part() -> str:
        rows = dictionary(name)
        header = list(rows[0])
        cells = ([f"`{row[header[0]]}`", *(_plain(row[column]) for column in header[1:])] for row in rows)
        return table(header, cells)

    return part


def plan_keys() -> str:
    """Every key of a plan file: its top, the stopping rule, and each way to vary."""
    parts = [f"### Top of the plan\n\n{_model(PlanTable)}\n"]
    parts.append(f"### `replicates = {{ ... }}`\n\n{_model(StoppingTable)}\n")
    ways: dict[type[BaseModel], list[str]] = {}
    for way, model in BLOCKS.items():
        ways.setdefault(model, []).append(f'`how = "{way}"`')
    for model, names in ways.items():
        parts.append(
            f"### `[[vary]]` with {', '.join(names)}\n\n{_plain(inspect.getdoc(model) or '')}\n\n{_model(model)}\n"
        )
    return "\n".join(parts)


def _model(model: type[BaseModel]) -> str:
    rows = []
    for name, field in model.model_fields.items():
        value = field.default
        default = "must be given" if field.is_required() else "" if value in (None, "", ()) else str(value)
        if field.default_factory is not None:
            default = ""
        rows.append(
            [f"`{field.alias or name}`", _plain(field.description or ""), _plain(default), _plain(allowed(field))]
        )
    return table(["key", "meaning", "default", "range"], rows)


# ------------------------------------------------------------------ limits and API


def limits() -> str:
    """The limits that every report prints."""
    text = (ROOT / "coercion_sim" / "report" / "limits.toml").read_text("utf-8")
    return "\n".join(f"**{limit['heading']}.** {limit['text']}\n" for limit in tomllib.loads(text)["limit"])


def api() -> str:
    """The public names with their docstrings, then the classes of what they return."""
    names = [name for name in coercion_sim.__all__ if not name.startswith("_")]
    functions = [name for name in names if inspect.isfunction(getattr(coercion_sim, name))]
    classes = [name for name in names if inspect.isclass(getattr(coercion_sim, name))]
    lines = ["## Functions", "", "```{eval-rst}"]
    for name in functions:
        lines += [f".. autofunction:: coercion_sim.{name}", ""]
    lines += ["```", "", "## Classes", "", "```{eval-rst}"]
    for name in classes:
        lines += [f".. autoclass:: coercion_sim.{name}", "   :members:", ""]
    lines += ["```", "", "## What they return", "", "```{eval-rst}"]
    for kind in returned(functions):
        if kind not in [getattr(coercion_sim, name) for name in classes]:
            lines += [f".. autoclass:: {kind.__module__}.{kind.__qualname__}", "   :members:", ""]
    return "\n".join([*lines, "```"])


def returned(functions: Iterable[str]) -> list[type]:
    """Classes of the package among what public functions return, in order, each once."""
    kinds: dict[type, None] = {}
    for name in functions:
        function = getattr(coercion_sim, name)
        scope = dict(vars(inspect.getmodule(function)))
        hint = function.__annotations__["return"]
        hint = eval(hint, scope) if isinstance(hint, str) else hint
        for kind in typing.get_args(hint) or (hint,):
            if inspect.isclass(kind) and kind.__module__.startswith("coercion_sim"):
                kinds[kind] = None
    return list(kinds)


PARTS: dict[str, Callable[[], str]] = {
    "commands": commands, "scenario_keys": scenario_keys, "plan_keys": plan_keys, "measures": topic("measures"),
    "policies": topic("policies"), "limits": limits, "api": api, "gallery": cache(gallery.page),
}  # fmt: skip
