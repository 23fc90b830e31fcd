"""Small stand-ins for a scenario and the model, whose numbers are known."""
