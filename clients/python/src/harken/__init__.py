"""Client of Harken: send conversations, search them, freeze datasets, load them."""

from harken.client import Harken
from harken.errors import HarkenError, JobFailedError
from harken.jobs import Job
from harken.versions import Version

__all__ = ["Harken", "HarkenError", "Job", "JobFailedError", "Version"]
