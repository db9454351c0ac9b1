"""Pages and fragments of feedback mining, by noun."""
