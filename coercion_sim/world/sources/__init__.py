"""Readers of public data sets as people download them, and the folder of data and recipe made from each."""
