"""The command line: commands read arguments, call one function of a room below, and print. No science."""

from coercion_sim.cli.app import cli, main

__all__ = ["cli", "main"]
