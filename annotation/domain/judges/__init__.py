"""Judging the judges: what a model's verdicts are worth beside people's, and what they earn it."""
