"""The words of a task: its answers, and the turns that each of them answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce

from annotation.models import Task, TaskResponse
from curation.models import Message, MessageAttachment
from curation.models.kept_queries import kept_query
from curation.queries.corpus.texts import ChatMessage

# Where a task keeps its answers once they were read.
_ANSWERS = "asked_answers"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedText:
    """An answer, and the turns up to the question that it is shown under."""

    text: str
    turns: Sequence[ChatMessage]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAnswer:
    """An answer that a task asks about, and the place of its question: a conversation, and the position in it.

    `may_have_files` tells whether the project has any: most have none, and need not look for a task's.
    """

    uuid: str
    text: str
    conversation: int
    position: int
    may_have_files: bool


def asked_texts(task: Task) -> dict[str, AskedText]:
    """Return what a task asks about by the answers' ids; two queries, and one more for a second conversation."""
    answers = asked_answers(task)
    turns = _turns(
        {answer.conversation for answer in answers},
        until=max((answer.position for answer in answers), default=0),
    )
    return {
        answer.uuid: AskedText(
            text=answer.text,
            turns=[turn for position, turn in turns[answer.conversation] if position <= answer.position],
        )
        for answer in answers
    }


def asked_answers(task: Task) -> list[AskedAnswer]:
    """Return the answers that a task asks about, in the order of storing.

    They are read once for a task in hand: their order is drawn and their card is made of the same rows.
    """
    known: list[AskedAnswer] | None = vars(task).get(_ANSWERS)
    if known is None:
        known = [
            AskedAnswer(
                uuid=str(uuid),
                text=logged or body,
                conversation=conversation,
                position=position,
                may_have_files=may_have_files,
            )
            for uuid, body, logged, conversation, position, may_have_files in _answers(task=task.pk)
        ]
        vars(task)[_ANSWERS] = known
    return known


@kept_query
def _answers(task: int) -> QuerySet[TaskResponse, tuple[Any, ...]]:
    """Return id, own text and logged text of each answer, its question's place, and whether there are files at all."""
    files = MessageAttachment.objects.filter(project=OuterRef("project"))
    return (
        TaskResponse.objects.filter(task=task)
        .order_by("position")
        .values_list(
            "response__uuid",
            "response__body_text",
            "response__message__text",
            Coalesce("prompt__conversation", "response__prompt__conversation"),
            Coalesce("prompt__last_message__position", "response__prompt__last_message__position"),
            Exists(files),
        )
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
