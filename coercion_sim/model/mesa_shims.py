"""What Mesa 3.3 to 3.5 needs worked around, in one place; the rest of the room imports Mesa from here.

Mesa 3.3.1 keeps every model alive through the class attribute ``Agent._ids``, and importing it forces the global
``spawn`` start method of multiprocessing on whoever uses it.
"""

from __future__ import annotations

import multiprocessing

_before = multiprocessing.get_start_method(allow_none=True)
import mesa  # noqa: E402

multiprocessing.set_start_method(_before, force=True)  # None restores "not chosen yet"

Agent = mesa.Agent
Model = mesa.Model


def release(model: mesa.Model) -> None:
    """Frees a finished model at once: its attributes, its agents, and Mesa's own record of it.

    A model and its agents refer to each other, so its arrays would wait for the garbage collector otherwise.
    """
    model.remove_all_agents()
    ids = getattr(mesa.Agent, "_ids", None)
    if ids is not None:
        ids.pop(model, None)
    vars(model).clear()
