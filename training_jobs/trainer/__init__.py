"""The trainer: a program of its own, `python -m training_jobs.trainer RUN_DIR`, without Django or Celery.

It reads a run directory (`config.json`, `rows/*.parquet`) and writes everything it knows back into it;
whoever started it follows the files. Modules that import torch are loaded by `run` only, so this package,
its configuration and its catalogue of objectives can be read by a process that has no torch.
"""
