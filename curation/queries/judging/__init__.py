"""What judges were asked and said."""
