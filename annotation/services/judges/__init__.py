"""Putting judges on probation, and having those that passed label."""
