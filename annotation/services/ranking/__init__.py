"""Tournaments: opened, led on and judged."""
