"""How far a scorer's probabilities and people's labels can be trusted, and which items to ask again."""
