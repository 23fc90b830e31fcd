"""A second, slow solver of the model, written without sight of the first: what the package's answers are held to."""
