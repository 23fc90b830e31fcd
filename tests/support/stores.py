"""Payoff tables that stay in memory, so that a test neither finds nor leaves any on the disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from coercion_sim.dispute.payoff_table import FOLDER_VARIABLE, payoff_store


@contextmanager
def payoff_tables_in_memory() -> Iterator[None]:
    """Keep tables for this block and nowhere else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER_VARIABLE, "")
        payoff_store.cache_clear()
        yield
    payoff_store.cache_clear()
