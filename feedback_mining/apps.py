"""Signals of satisfaction in conversations, users' wishes, and the pairs that follow from them."""

from django.apps import AppConfig


class FeedbackMiningConfig(AppConfig):
    """Configuration of the feedback mining app."""

    name = "feedback_mining"
