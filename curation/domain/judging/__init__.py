"""What judges say, drawn together."""
