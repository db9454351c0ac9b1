"""What a dataset says of each of its rows, kept as tags of the source: split, source, who decided."""

from collections.abc import Sequence
from hashlib import sha256

from curation.domain.corpus.records import (
    AttachedFile,
    ConversationRecord,
    MessageRecord,
    Position,
    ReplyGroup,
)
from curation.domain.importers.importing import JsonObject, label_of

# The fields, and what they are called in a tag.
_MARKS = {"split": "split", "source": "source", "decided_by": "decided by"}

_SCORER_NAME_LENGTH = 120


def name_of_scorer(name: str) -> str:
    """Return what the scorer of a source's measure is called: long names stay apart by a hash of their whole."""
    if len(name) <= _SCORER_NAME_LENGTH:
        return name
    digest = sha256(name.encode()).hexdigest()[:8]
    return f"{name[: _SCORER_NAME_LENGTH - len(digest) - 2]}… {digest}"


def described(
    record: JsonObject,
    *,
    messages: tuple[MessageRecord, ...],
    position: Position,
    groups: Sequence[ReplyGroup] = (),
    files: Sequence[AttachedFile] = (),
    model: str | None = None,
) -> ConversationRecord:
    """Return a conversation with what its record says in the fields that files of datasets share.

    `model` is who wrote its answers where the record's own field does not say it.
    """
    return ConversationRecord(
        messages=messages,
        source_id=label_of(record, "id"),
        source_user=label_of(record, "user", "user_id"),
        language=label_of(record, "language", "lang"),
        model=label_of(record, "model") if model is None else model,
        reply_groups=tuple(groups),
        tags=marks_of(record),
        attached_files=tuple(files),
        position=position,
    )


def marks_of(record: JsonObject) -> tuple[str, ...]:
    """Return a tag for each mark that the record has as text, such as "split: train"."""
    said = {name: label_of(record, key) for key, name in _MARKS.items() if _is_label(record.get(key))}
    return tuple(f"{name}: {value}" for name, value in said.items() if value)


def _is_label(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)
