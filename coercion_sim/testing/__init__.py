"""A kit for authors of policies: plays a policy on a small world and checks what the simulator relies on.

`check_policy` returns a report, `assert_policy` raises it; `RULES` lists what is checked. `WrittenSituation` is a
situation written by hand, for tests of single answers.
"""

from coercion_sim.testing.check import PolicyFault, PolicyReport, assert_policy, check_policy
from coercion_sim.testing.rules import RULES, amend_problems, help_problems, pledge_problems, response_problems
from coercion_sim.testing.situation import WrittenSituation, pressure_on, small_world
from coercion_sim.testing.watching import Violation

__all__ = [
    "RULES", "PolicyFault", "PolicyReport", "Violation", "WrittenSituation", "amend_problems", "assert_policy",
    "check_policy", "help_problems", "pledge_problems", "pressure_on", "response_problems", "small_world",
]  # fmt: skip
