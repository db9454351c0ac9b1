"""What a token of the API may be for; whatever its scopes, it may no more than its person may."""

from enum import StrEnum


class Scope(StrEnum):
    """One kind of act: a token names each that it is for."""

    READ = "read"
    IMPORT = "import"
    DATASETS = "datasets"
    EXPORT = "export"
