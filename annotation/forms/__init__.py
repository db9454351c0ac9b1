"""The shapes of what people send to the desk and to criteria."""
