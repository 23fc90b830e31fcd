"""A test kit for authors of policies: what the simulator takes for granted about a rule, checked on a small world.

`check_policy` plays a policy and returns a report; `assert_policy` raises it. `RULES` names what is checked.
"""

from coercion_sim.testing.check import assert_policy, check_policy
from coercion_sim.testing.report import RULES, PolicyFault, PolicyReport, Violation
from coercion_sim.testing.small_world import pressure_on, small_world
from coercion_sim.testing.written_situation import WrittenSituation

__all__ = [
    "RULES",
    "PolicyFault",
    "PolicyReport",
    "Violation",
    "WrittenSituation",
    "assert_policy",
    "check_policy",
    "pressure_on",
    "small_world",
]
