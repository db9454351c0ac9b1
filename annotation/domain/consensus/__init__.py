"""What a consensus of several annotators is made from, and what it says."""
