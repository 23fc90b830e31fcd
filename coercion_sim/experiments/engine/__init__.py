"""The engine: schedules the runs of a design, performs them here or on workers, and writes the results."""
