"""The option `--policy-file`, shared by every command that takes policies; `load_policies` reads what it gives."""

from __future__ import annotations

from pathlib import Path

import click

#: Repeatable; the command receives `policy_files`, a tuple of paths, and hands it on to what it calls.
policy_file_option = click.option(
    "--policy-file",
    "policy_files",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE.py",
    help="Python file with policies of your own; repeat for several.",
)
