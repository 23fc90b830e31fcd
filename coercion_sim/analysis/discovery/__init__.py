"""Scenario discovery: the parameters at which a policy misses its aim."""
