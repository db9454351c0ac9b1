"""The shapes of what people ask of the miner and of judges."""
