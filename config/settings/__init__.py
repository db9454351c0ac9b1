"""Settings per environment; the environment variables are read here and nowhere else."""
