"""The results folder: the journal of finished runs, the tables, the manifest, and reading all of it again."""
