"""What the judgements of a queue are, as figures read them."""
