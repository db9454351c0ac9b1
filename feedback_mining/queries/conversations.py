"""Conversations as detectors and recipes read them: with their messages, a chunk at a time."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from django.db.models import Min

from curation.models import Conversation, Message, Project

CHUNK_CONVERSATIONS = 200


def unread_conversation_ids(
    project: Project, *, after_message_id: int, after_conversation_id: int = 0
) -> list[int]:
    """Return the conversations with user messages that a run has not seen, oldest first."""
    messages = Message.objects.for_project(project).filter(
        role=Message.Role.USER, pk__gt=after_message_id, conversation_id__gt=after_conversation_id
    )
    ids = messages.filter(conversation__withdrawn_at__isnull=True).values_list("conversation_id", flat=True)
    return sorted(ids.distinct().order_by())


def newest_message_id(project: Project) -> int:
    """Return the highest message id of the project, 0 where there is none."""
    newest = Message.objects.for_project(project).order_by("-id").values_list("id", flat=True).first()
    return newest or 0


def user_message_count(project: Project, *, after_message_id: int = 0) -> int:
    """Return how many user messages there are to read after this one, repeats left out."""
    messages = Message.objects.for_project(project).filter(role=Message.Role.USER, is_repeat=False)
    readable = messages.filter(conversation__withdrawn_at__isnull=True)
    return readable.filter(pk__gt=after_message_id).count()


def withdrawn_conversation_ids(ids: Iterable[int]) -> set[int]:
    """Return those of these conversations that are withdrawn by now."""
    withdrawn = Conversation.objects.filter(pk__in=set(ids), withdrawn_at__isnull=False)
    return set(withdrawn.values_list("pk", flat=True))


def first_message_ids(conversations: Iterable[int]) -> list[int]:
    """Return with which message each of these conversations begins."""
    messages = Message.objects.filter(conversation__in=set(conversations))
    firsts = messages.order_by().values("conversation").annotate(first=Min("pk"))
    return [row["first"] for row in firsts]


def begun_conversation_ids(ids: Iterable[int], *, before_message_id: int) -> set[int]:
    """Return those of these conversations that hold a message up to this one."""
    messages = Message.objects.filter(conversation__in=set(ids), pk__lte=before_message_id)
    return set(messages.values_list("conversation_id", flat=True))


def conversations_with_messages(ids: Sequence[int]) -> Iterator[tuple[Conversation, list[Message]]]:
    """Yield conversations with their messages in order; two queries a chunk."""
    for start in range(0, len(ids), CHUNK_CONVERSATIONS):
        chunk = ids[start : start + CHUNK_CONVERSATIONS]
        messages: dict[int, list[Message]] = defaultdict(list)
        for message in Message.objects.filter(conversation_id__in=chunk).order_by("position"):
            messages[message.conversation_id].append(message)
        for conversation in Conversation.objects.filter(pk__in=chunk).order_by("id"):
            yield conversation, messages[conversation.pk]
