"""The texts of a frozen version, for the tokenizer of a tiny model."""

from collections.abc import Iterator

from curation.models import DatasetVersion
from curation.queries.versions.version_rows import version_rows


def version_texts(version: DatasetVersion) -> Iterator[str]:
    """Yield every text of a version once a row; what was withdrawn is left out."""
    for row in version_rows(version):
        yield from (turn.content for turn in row.turns)
