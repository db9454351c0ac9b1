"""Logged answers made into responses by the thousand, so that a measure can score them."""

from collections.abc import Callable, Iterator, Sequence

from django.db import transaction
from django.db.models import QuerySet

from curation.models import Conversation, Message, Prompt, Response
from curation.services.corpus.responses import body_hash

CONVERSATIONS_AT_ONCE = 500


def ensure_logged_responses(
    *, conversations: QuerySet[Conversation], while_working: Callable[[], object]
) -> int:
    """Make a response of every logged answer that follows a user's message and has none; returns how many are new.

    Committed by some hundred conversations, so that a job that is stopped keeps what it made.
    """
    ids = list(conversations.order_by("id").values_list("id", flat=True))
    made = 0
    for start in range(0, len(ids), CONVERSATIONS_AT_ONCE):
        made += _ensure(ids[start : start + CONVERSATIONS_AT_ONCE])
        while_working()
    return made


@transaction.atomic
def _ensure(conversations: Sequence[int]) -> int:
    wanted = list(_answers_without_response(conversations))
    if not wanted:
        return 0
    asked = {question.pk: question for _answer, question in wanted}
    Prompt.objects.bulk_create(
        (
            Prompt(
                project_id=question.project_id,
                conversation_id=question.conversation_id,
                last_message_id=question.pk,
            )
            for question in asked.values()
        ),
        ignore_conflicts=True,
        batch_size=2_000,
    )
    prompts = dict(Prompt.objects.filter(last_message_id__in=asked).values_list("last_message_id", "id"))
    models = dict(Conversation.objects.filter(pk__in=conversations).values_list("id", "model_version_id"))
    rows = [
        Response(
            project_id=answer.project_id,
            prompt_id=prompts[question.pk],
            message=answer,
            origin=Response.Origin.LOGGED,
            content_hash=body_hash(answer.parts),
            model_version_id=models[answer.conversation_id],
        )
        for answer, question in wanted
    ]
    Response.objects.bulk_create(rows, ignore_conflicts=True, batch_size=2_000)
    return len(rows)


def _answers_without_response(conversations: Sequence[int]) -> Iterator[tuple[Message, Message]]:
    """Yield (answer, the user's message before it) of what no response refers to."""
    known = set(
        Response.objects.filter(message__conversation_id__in=conversations).values_list(
            "message_id", flat=True
        )
    )
    messages = Message.objects.filter(conversation_id__in=conversations).order_by(
        "conversation_id", "position"
    )
    question: Message | None = None
    conversation = None
    for message in messages.iterator():
        if message.conversation_id != conversation:
            conversation, question = message.conversation_id, None
        if message.role == Message.Role.USER:
            question = message
        elif question is not None and _is_answer(message, known):
            yield message, question


def _is_answer(message: Message, known: set[int]) -> bool:
    is_new = message.role == Message.Role.ASSISTANT and message.pk not in known
    return is_new and bool(message.text.strip())
