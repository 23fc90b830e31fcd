"""States that learn carry their experience from one run to the next."""

from __future__ import annotations

import pytest

from coercion_sim.dispute import DisputeSettings
from coercion_sim.dispute.settings import Experience
from coercion_sim.model.deciding import DECAY, EXPERIENCE_DECAY, FORGONE, Attractions, Deciding


def test_experience_weighted_attraction_by_hand() -> None:
    """Camerer and Ho (1999): earned 0.5 by acting, 0.1 forgone, from attractions 0.2 and 0.0 and experience 1."""
    held = Attractions(0.2, 0.0)
    held.learn(True, 0.5, 0.1)
    weight = EXPERIENCE_DECAY + 1.0
    assert held.act == pytest.approx((DECAY * 0.2 + 0.5) / weight, abs=1e-15)
    assert held.refrain == pytest.approx(FORGONE * 0.1 / weight, abs=1e-15)
    assert held.experience == weight


def test_what_was_done_and_paid_becomes_more_attractive() -> None:
    acted, refrained = Attractions(0.0, 0.0), Attractions(0.0, 0.0)
    acted.learn(True, 1.0, 0.0)
    refrained.learn(False, 1.0, 0.0)
    assert acted.act > acted.refrain
    assert refrained.refrain > refrained.act


def test_a_run_starts_from_the_experience_of_an_earlier_one() -> None:
    past = Experience(state="CHN", role="coercer", act=-0.4, refrain=0.1, experience=3.0)
    deciding = Deciding(DisputeSettings(experience=(past,)))
    assert deciding.learned["CHN", "coercer"] == Attractions(-0.4, 0.1, 3.0)
    assert Deciding(DisputeSettings()).learned == {}
