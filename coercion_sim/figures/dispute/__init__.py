"""Figures of one dispute."""
