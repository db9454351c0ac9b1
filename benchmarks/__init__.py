"""Figures of import, list, search and export on a database of their own: `python -m benchmarks --help`."""
