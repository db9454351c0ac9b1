"""The columns that several formats share."""

import pyarrow

MESSAGES = pyarrow.list_(pyarrow.struct([("role", pyarrow.string()), ("content", pyarrow.string())]))
TEXTS = pyarrow.list_(pyarrow.string())
MARKS = [("decided_by", pyarrow.string()), ("source", pyarrow.string()), ("split", pyarrow.string())]


def text_columns(*names: str) -> list[tuple[str, pyarrow.DataType]]:
    """Return columns of text."""
    return [(name, pyarrow.string()) for name in names]
