"""A question in one sentence: read as measures, written as a scenario, answered over draws."""
