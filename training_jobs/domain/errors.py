"""Errors of training that are told to people."""

from curation.domain.errors import HarkenError


class RunRefusedError(HarkenError):
    """A run was asked for that cannot be carried out."""


class RunLostError(HarkenError):
    """Another worker holds the run, or the database cannot be reached, so this one must not go on."""


class PreparationError(HarkenError):
    """The run directory cannot be filled, so the trainer was not started."""
