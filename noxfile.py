#!/usr/bin/env -S uv run --script

# /// script
# dependencies = ["nox>=2024.4"]
# ///

"""`nox` (with uv) runs the fast tests on newer Pythons and on the lowest versions declared and checks imports."""

import nox

nox.needs_version = ">=2024.4"
nox.options.default_venv_backend = "uv"
TESTS = ("python", "-m", "pytest", "-n", "auto")


@nox.session(python=["3.11", "3.12", "3.13"])
def newest(session: nox.Session) -> None:
    """Newest versions of every dependency."""
    session.install(".[test,app]")
    session.run(*TESTS, *session.posargs)


@nox.session(python="3.11")
def lowest(session: nox.Session) -> None:
    """Lowest versions that pyproject.toml declares."""
    session.install("--resolution", "lowest-direct", ".[test,app]")
    session.run(*TESTS, *session.posargs)


@nox.session(python="3.11")
def dependencies(session: nox.Session) -> None:
    """Every import is declared, and every declared package is imported."""
    session.install(".[app]", "deptry")
    session.run("deptry", ".")


if __name__ == "__main__":
    nox.main()
