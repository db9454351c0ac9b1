"""Every write of training_jobs, by use-case."""
