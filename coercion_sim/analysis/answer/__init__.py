"""Answers in exact probabilities and in rates of disputes."""
