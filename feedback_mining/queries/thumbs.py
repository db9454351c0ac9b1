"""Conversations whose users gave a thumb, by what the source says of an answer, a message or the whole."""

from dataclasses import dataclass

from django.db.models import F
from django.db.models.functions import Coalesce

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


def thumbed_conversations(project: Project) -> list[ThumbedConversation]:
    """Return the conversations that stand, have thumbs of one kind alone, and in which the user went on to speak."""
    kinds = _clear_kinds(project)
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
    kinds = list(_clear_kinds(project).values())
    return ThumbCounts(up=sum(kinds), down=len(kinds) - sum(kinds))


def _clear_kinds(project: Project) -> dict[int, bool]:
    """Return whether thumbs are up, for the conversations that stand and have no thumb of the other kind."""
    kinds: dict[int, set[bool]] = {}
    for about, value in _thumbs(project):
        kinds.setdefault(about, set()).add(value > 0)
    clear = [pk for pk, found in kinds.items() if len(found) == 1]
    standing = Conversation.objects.for_project(project).filter(
        pk__in=clear, archived_at__isnull=True, withdrawn_at__isnull=True
    )
    return {pk: True in kinds[pk] for pk in standing.values_list("pk", flat=True)}


def _thumbs(project: Project) -> list[tuple[int, float]]:
    """Return (conversation, value) of every thumb."""
    scores = Score.objects.for_project(project).filter(scorer__kind=Scorer.Kind.SOURCE, scorer__name=THUMB)
    found = scores.annotate(
        about=Coalesce(
            F("conversation_id"), F("message__conversation_id"), F("response__prompt__conversation_id")
        )
    )
    rows = found.exclude(value=0).filter(about__isnull=False).values_list("about", "value")
    return [(about, value) for about, value in rows]
