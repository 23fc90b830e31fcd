"""Figures of results and of what-ifs."""

from coercion_sim.views.what_if import draw_what_if

__all__ = ["draw_what_if"]
