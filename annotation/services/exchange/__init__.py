"""Annotations that come in from files."""
