"""A seat at the table: people decide for some states of a scenario, the others by their rules."""
