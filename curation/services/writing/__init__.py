"""Answers that models write."""
