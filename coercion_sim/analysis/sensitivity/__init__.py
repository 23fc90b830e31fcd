"""The design of a sweep, its outcomes as arrays, and what the parameters explain of them."""
