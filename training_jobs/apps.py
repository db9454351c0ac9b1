"""Training runs on frozen versions, their checkpoints and their evaluation."""

from django.apps import AppConfig


class TrainingJobsConfig(AppConfig):
    """Configuration of the training app."""

    name = "training_jobs"
