"""What the judgements of one queue say."""
