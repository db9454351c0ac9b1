"""Conversations whose users gave a thumb, by what the source says of an answer, a message or the whole."""

from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, F, Max, Min, QuerySet
from django.db.models.functions import MD5, Cast, Coalesce

from curation.domain.importers.feedback_marks import THUMB
from curation.models import Conversation, Project, Score, Scorer
from feedback_mining.domain.contexts import FeedbackContext, contexts_of
from feedback_mining.queries.conversations import conversations_with_messages


@dataclass(frozen=True, slots=True, kw_only=True)
class ThumbedConversation:
    """A conversation with thumbs of one kind alone, and what its user said in it."""

    conversation: int
    is_pleased: bool
    contexts: tuple[FeedbackContext, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThumbCounts:
    """How many conversations have thumbs up, and how many thumbs down."""

    up: int
    down: int


def thumbed_conversations(project: Project, *, most: int) -> list[ThumbedConversation]:
    """Return the conversations that stand, have thumbs of one kind alone, and in which the user went on to speak.

    At most so many of each kind are read: drawn by chance, and the same each time.
    """
    drawn = MD5(Cast("uuid", CharField()))
    kinds = {
        pk: is_pleased
        for is_pleased in (True, False)
        for pk in _clear(project, is_pleased=is_pleased).order_by(drawn).values_list("pk", flat=True)[:most]
    }
    thumbed = []
    for conversation, messages in conversations_with_messages(sorted(kinds)):
        contexts = contexts_of(
            messages,
            conversation=str(conversation.uuid),
            language=conversation.language,
            source=conversation.pk,
        )
        said = tuple(context for context in contexts if context.text.strip())
        if said:
            is_pleased = kinds[conversation.pk]
            thumbed.append(
                ThumbedConversation(conversation=conversation.pk, is_pleased=is_pleased, contexts=said)
            )
    return thumbed


def thumb_counts(project: Project) -> ThumbCounts:
    """Return how many conversations have thumbs of one kind alone, whether or not their user went on to speak."""
    return ThumbCounts(
        up=_clear(project, is_pleased=True).count(), down=_clear(project, is_pleased=False).count()
    )


def _clear(project: Project, *, is_pleased: bool) -> QuerySet[Conversation]:
    """Return the conversations that stand and have thumbs of this kind alone."""
    scores: Any = Score.objects.for_project(project).filter(
        scorer__kind=Scorer.Kind.SOURCE, scorer__name=THUMB
    )
    about = Coalesce(
        F("conversation_id"), F("message__conversation_id"), F("response__prompt__conversation_id")
    )
    found = scores.annotate(about=about).exclude(value=0).filter(about__isnull=False)
    kinds = found.order_by().values("about").annotate(worst=Min("value"), best=Max("value"))
    clear = kinds.filter(worst__gt=0) if is_pleased else kinds.filter(best__lt=0)
    return Conversation.objects.for_project(project).filter(
        pk__in=clear.values("about"), archived_at__isnull=True, withdrawn_at__isnull=True
    )
