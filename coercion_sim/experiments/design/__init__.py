"""The design of an experiment: which points, replicates and policies make up its runs."""
