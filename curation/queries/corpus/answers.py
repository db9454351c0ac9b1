"""One door to every kind of search: what was found, or the sentence that says why nothing can be."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from curation.domain.corpus.finding import ConversationFilters
from curation.domain.errors import HarkenError
from curation.models import Message, Project
from curation.queries.corpus.hits import Found
from curation.queries.corpus.meaning import meaning_of, meaning_of_message, nearest_hits
from curation.queries.corpus.search import exact_hits, word_hits
from language_models.embedders.contract import EmbedderUnavailableError


class By(StrEnum):
    """What a search compares."""

    WORDS = "words"
    TEXT = "text"
    MEANING = "meaning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is looked for: a text, or what is like a message (which is by meaning always)."""

    text: str = ""
    by: By = By.WORDS
    like: UUID | None = None

    @property
    def is_asked(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self.text.strip()) or self.like is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a search found; `refusal` says in a sentence why there is nothing, `is_embedder_missing` why."""

    found: Found | None = None
    refusal: str = ""
    is_embedder_missing: bool = False


def answer_of(project: Project, *, question: Question, filters: ConversationFilters) -> Answer:
    """Search among the conversations that the filters leave."""
    try:
        return Answer(found=_found(project, question, filters))
    except HarkenError as error:
        return Answer(refusal=str(error))
    except EmbedderUnavailableError:
        return Answer(is_embedder_missing=True)


def message_of(project: Project, uuid: UUID) -> Message | None:
    """Return a message with its conversation, of one that was not withdrawn."""
    rows = Message.objects.for_project(project).filter(uuid=uuid, conversation__withdrawn_at__isnull=True)
    return rows.select_related("conversation").first()


def _found(project: Project, question: Question, filters: ConversationFilters) -> Found:
    if question.like is not None:
        message = message_of(project, question.like)
        if message is None:
            return Found(hits=[])
        return nearest_hits(project, meaning=meaning_of_message(message), filters=filters)
    if question.by == By.MEANING:
        return nearest_hits(project, meaning=meaning_of(question.text), filters=filters)
    if question.by == By.TEXT:
        return exact_hits(project, text=question.text, filters=filters)
    return word_hits(project, question=question.text, filters=filters)
