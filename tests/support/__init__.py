"""Worlds and shocks for tests: random ones, and those published with their answers."""
