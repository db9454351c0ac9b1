"""Which model is better: by what people, judges and the miner prefer, and by tournaments."""
