"""Readers of the files that worlds are built from."""
