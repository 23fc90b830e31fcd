"""Figures of sweeps and of their analysis."""
