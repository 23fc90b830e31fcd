"""What every world that the project ships has to obey."""

from __future__ import annotations

import numpy as np

from coercion_sim.world import World


def assert_built_to_rule(world: World, rounding: float = 1e-4) -> None:
    """Identities of model.md §1, and the build's ceilings on intermediate use.

    Intermediate use is at most 97 % of spending on a good, inputs at most 90 % of a sector's cost, each but for the
    rounding of what is stored (`rounding`, relative).
    """
    b = world.baseline
    assert abs(b.imbalance.sum()) < 1e-9 * b.spending.sum()
    assert (b.final_demand >= 0).all()
    np.testing.assert_allclose(world.value_added_share + world.input_share.sum(axis=0), 1.0, atol=1e-12)
    use = np.einsum("kjn,jn->kn", world.input_share, b.sales)
    assert (use <= 0.97 * b.spending * (1 + rounding)).all()
    assert (world.input_share.sum(axis=0) <= 0.90 * (1 + rounding)).all()
    assert (world.tariff == 0).all()
