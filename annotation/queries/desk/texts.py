"""The words of a task: its answers, and the turns that each of them answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from annotation.models import Task, TaskResponse
from curation.models import Message
from curation.models.kept_queries import kept_query
from curation.queries.corpus.texts import ChatMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedText:
    """An answer, and the turns up to the question that it is shown under."""

    text: str
    turns: Sequence[ChatMessage]


def asked_texts(task: Task) -> dict[str, AskedText]:
    """Return what a task asks about by the answers' ids; two queries, and one more for a second conversation."""
    rows = _answers(task=task.pk)
    turns = _turns({row[3] for row in rows}, until=max((row[4] for row in rows), default=0))
    return {
        str(uuid): AskedText(
            text=logged or body,
            turns=[turn for position, turn in turns[conversation] if position <= last],
        )
        for uuid, body, logged, conversation, last in rows
    }


@kept_query
def _answers(task: int) -> QuerySet[TaskResponse, tuple[Any, ...]]:
    """Return id, own text and logged text of each answer, and its question's conversation and position."""
    return TaskResponse.objects.filter(task=task).values_list(
        "response__uuid",
        "response__body_text",
        "response__message__text",
        Coalesce("prompt__conversation", "response__prompt__conversation"),
        Coalesce("prompt__last_message__position", "response__prompt__last_message__position"),
    )


def _turns(conversations: set[int], *, until: int) -> dict[int, list[tuple[int, ChatMessage]]]:
    """Return the turns of conversations with their positions, in their order; a query for each."""
    return {
        conversation: [
            (position, {"role": role, "content": text})
            for position, role, text in _turns_of(conversation=conversation, until=until)
        ]
        for conversation in conversations
    }


@kept_query
def _turns_of(conversation: int, until: int) -> QuerySet[Message, tuple[int, str, str]]:
    turns = Message.objects.filter(conversation=conversation, position__lte=until).order_by("position")
    return turns.values_list("position", "role", "text")
