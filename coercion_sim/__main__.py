"""``python -m coercion_sim``."""

from coercion_sim.cli import main

if __name__ == "__main__":
    main()
