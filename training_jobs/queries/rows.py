"""The texts of a frozen version, for the tokenizer of a tiny model."""

from collections.abc import Iterator

from curation.models import DatasetVersion
from curation.queries.datasets import version_rows


def version_texts(version: DatasetVersion) -> Iterator[str]:
    """Yield every text of a version once a row; what was withdrawn is left out."""
    for row in version_rows(version):
        for turns in (row.prompt, row.chosen, row.rejected):
            yield from (content for _role, content in turns)
