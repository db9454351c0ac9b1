"""Errors that are told to people: every one carries full sentences about what happened and what to do next."""


class HarkenError(Exception):
    """An error whose text is written for people."""


class JobCancelledError(HarkenError):
    """Somebody asked for the job to stop, and it did."""


class JobLostError(HarkenError):
    """Another worker holds the job now, so this one must not write any more."""


class NotAllowedError(HarkenError):
    """This person may not do that here."""


class UnknownFormatError(HarkenError):
    """No importer or exporter fits."""


class RecipeError(HarkenError):
    """A dataset recipe cannot be carried out."""
