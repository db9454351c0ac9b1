"""Frozen measures: how they are run, what they veto, and how two models differ by them."""
