"""Scores that are known to be new, stored by the thousand."""

from collections.abc import Iterable
from typing import NamedTuple

from django.utils import timezone
from uuid6 import uuid7

from curation.models import Score
from curation.services.work.copying import copy_rows

_COLUMNS = (
    *("uuid", "created_at", "project_id", "scorer_id", "value"),
    *("response_id", "message_id", "conversation_id"),
)


class NewScore(NamedTuple):
    """A scorer's value on one response, message or conversation; the other two targets are None."""

    project_id: int
    scorer_id: int
    value: float
    response_id: int | None = None
    message_id: int | None = None
    conversation_id: int | None = None


def store_new_scores(scores: Iterable[NewScore]) -> None:
    """Store scores of which none is stored yet; a second one of a scorer on a target is an IntegrityError."""
    now = timezone.now()
    copy_rows(Score, columns=_COLUMNS, rows=((uuid7(), now, *score) for score in scores))
