"""How many outputs an assertion is run over at a time."""

# Small enough for memory and to see progress; the sandbox starts anew for each, which takes a fifth of a second.
OUTPUTS_PER_BATCH = 20_000
