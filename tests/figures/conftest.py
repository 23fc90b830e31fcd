"""Results that many tests of figures read; each is made once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from coercion_sim.experiments import Results


@pytest.fixture(scope="session")
def small(make_results: Callable[..., Results]) -> Results:
    """Three replicates of three policies, to recompute by hand."""
    return make_results()


@pytest.fixture(scope="session")
def many(make_results: Callable[..., Results]) -> Results:
    """Twenty-one replicates, enough for a density and for bands."""
    return make_results(21)
