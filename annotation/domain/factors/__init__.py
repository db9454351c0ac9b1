"""What drives the choice: factors of the two answers, each against the preference, and all of them together."""
