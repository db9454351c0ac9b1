"""Bringing conversations in."""
