"""The ground floor: people, projects, conversations, preferences and datasets."""

from django.apps import AppConfig


class CurationConfig(AppConfig):
    """Configuration of the curation app."""

    name = "curation"
