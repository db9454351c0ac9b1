"""Every write of curation, by use-case."""
