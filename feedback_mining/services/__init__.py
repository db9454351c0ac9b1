"""Every write of feedback mining, by use-case."""
