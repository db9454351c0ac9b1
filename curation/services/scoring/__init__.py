"""Frozen measures at work: runs over answers, and their values published."""
