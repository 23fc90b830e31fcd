"""Defaults of pressure beyond trade, of cooperation and of what stands beside the main table of a dispute."""

from __future__ import annotations

from typing import Any

import pytest

from coercion_sim.dispute import Cooperation, DisputeSettings, Experience, Pressure

#: Judgements of model.md, section 5, that no other test names.
DEFAULTS: list[tuple[Any, dict[str, Any]]] = [
    (
        DisputeSettings(),
        {
            "lapse": 0.03, "lapse_cost": 0.0, "settle": 0.0, "surprise": False, "selection": "let_go",
            "yields_above": 1.0, "presses_above": 1.0, "most_allies": 5, "screen": "both", "screen_good_cost": 0.005,
            "ban_left": 0.03, "barrier_left": 0.5, "services_left": 0.6, "control_left": 0.4, "critical": 0.5,
            "leakage": None, "barrier": None, "services_barrier": None, "control": None, "draws": "posterior",
            "row": None, "scripted_until": None, "opened": (), "challengers": (), "coercers": (), "targets": (),
        },
    ),
    (
        Pressure(),
        {
            "grey_zone": 0.3, "grey_zone_cost": 0.02, "grey_zone_escalation": 0.01, "disinformation": 0.05,
            "disinformation_cost": 0.002, "disinformation_erosion": 0.15, "disinformation_escalation": 0.0,
            "answer_escalation": 0.01, "escalation_cost": 1.0,
        },
    ),
    (Cooperation(), {"value": 0.0, "rivals": (), "partners": (), "spill": 0.5, "spill_pressure": 0.0}),
]  # fmt: skip


@pytest.mark.parametrize(("table", "wanted"), DEFAULTS, ids=lambda x: type(x).__name__)
def test_defaults_that_a_file_need_not_name(table: Any, wanted: dict[str, Any]) -> None:
    assert {name: getattr(table, name) for name in wanted} == wanted


def test_what_a_state_learned_weighs_one_dispute_unless_it_says_more() -> None:
    assert Experience(state="CHN", role="coercer", act=0.1, refrain=-0.2).experience == 1.0
