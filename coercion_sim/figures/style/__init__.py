"""How figures look, what is asked of them, and how they are written."""
