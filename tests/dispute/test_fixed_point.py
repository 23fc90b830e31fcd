"""Fixed points of maps whose fixed points are known."""

from __future__ import annotations

import numpy as np

from coercion_sim.dispute.fixed_point import Effort, fixed_points


def test_linear_maps_are_solved_in_a_few_steps() -> None:
    rng = np.random.default_rng(2)
    matrices = rng.normal(0, 0.2, (5, 4, 4))
    shift = rng.normal(size=(4, 5))
    x, residual = fixed_points(
        lambda y, at: np.einsum("bij,jb->ib", matrices[at], y) + shift[:, at], np.zeros((4, 5)), Effort(most=60)
    )
    wanted = np.stack([np.linalg.solve(np.eye(4) - m, shift[:, b]) for b, m in enumerate(matrices)], axis=1)
    np.testing.assert_allclose(x, wanted, rtol=0, atol=1e-7)
    assert residual.max() <= 1e-8


def test_the_cosine_has_one() -> None:
    x, residual = fixed_points(lambda y, _: np.cos(y), np.array([[0.0, 5.0]]))
    np.testing.assert_allclose(x, 0.7390851332151607, rtol=0, atol=1e-8)
    assert residual.max() <= 1e-8


def test_where_several_stand_the_start_decides() -> None:
    """x -> tanh(3 x) has fixed points at 0 and about .995 to either side."""
    x, _ = fixed_points(lambda y, _: np.tanh(3.0 * y), np.array([[0.2, -0.2, 0.0]]))
    np.testing.assert_allclose(x[0], [0.99483, -0.99483, 0.0], rtol=0, atol=1e-4)


def test_a_map_without_one_says_so() -> None:
    _, residual = fixed_points(lambda y, _: y + 1.0, np.array([[0.0, 1.0]]), Effort(most=20))
    np.testing.assert_allclose(residual, 1.0, rtol=1e-6)
