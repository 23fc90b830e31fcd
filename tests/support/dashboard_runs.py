"""Runs of the dashboard's model, played so far, and their numbers."""

from __future__ import annotations

from coercion_sim.dashboard import DashboardModel


def play(model: DashboardModel, quarters: int) -> None:
    """Play until so many quarters are played, or the run ends."""
    while model.running and model.steps < quarters:
        model.step()


def mean(model: DashboardModel, series: str, state: str) -> float:
    """Mean of a series of a state over the quarters played."""
    return model.snapshot.mean(getattr(model.snapshot, series), state)
