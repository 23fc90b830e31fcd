"""Single runs, played again or narrated."""
