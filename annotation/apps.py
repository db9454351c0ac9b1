"""What people are asked, and what they answered: queues, the desk, criteria and grades."""

from django.apps import AppConfig


class AnnotationConfig(AppConfig):
    """Configuration of the annotation app."""

    name = "annotation"
