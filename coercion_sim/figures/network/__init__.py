"""Figures of the trade network."""
