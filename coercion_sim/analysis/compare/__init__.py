"""Policies compared on the same draws: levels, paired differences, regret."""
