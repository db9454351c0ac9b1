"""Every read of feedback mining, by noun."""
