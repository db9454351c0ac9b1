"""The words of a task: its answers, and the turns that each of them answers."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models.functions import Coalesce

from annotation.models import Task
from curation.models import Message
from curation.queries.corpus.texts import ChatMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedText:
    """An answer, and the turns up to the question that it is shown under."""

    text: str
    turns: Sequence[ChatMessage]


def asked_texts(task: Task) -> dict[str, AskedText]:
    """Return what a task asks about by the answers' ids; two queries, and no turn after the last question."""
    fields = (
        "response__uuid",
        "response__body_text",
        "response__message__text",
        Coalesce("prompt__conversation", "response__prompt__conversation"),
        Coalesce("prompt__last_message__position", "response__prompt__last_message__position"),
    )
    rows = list(task.asked.values_list(*fields))
    turns = _turns({row[3] for row in rows}, until=max((row[4] for row in rows), default=0))
    return {
        str(uuid): AskedText(
            text=logged or body,
            turns=[turn for position, turn in turns[conversation] if position <= last],
        )
        for uuid, body, logged, conversation, last in rows
    }


def _turns(conversations: set[int], *, until: int) -> dict[int, list[tuple[int, ChatMessage]]]:
    """Return the turns of conversations with their positions, in their order."""
    found: dict[int, list[tuple[int, ChatMessage]]] = defaultdict(list)
    rows = Message.objects.filter(conversation_id__in=conversations, position__lte=until).order_by("position")
    for conversation, position, role, text in rows.values_list("conversation_id", "position", "role", "text"):
        found[conversation].append((position, {"role": role, "content": text}))
    return found
