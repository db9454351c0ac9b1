"""Pages of the annotation app, by noun."""
