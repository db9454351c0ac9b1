"""The forms of curation, by noun."""
