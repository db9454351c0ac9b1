"""Every read of training_jobs, by noun."""
