"""Reads about frozen measures: what is scored, what is missing, which answers a run takes."""
