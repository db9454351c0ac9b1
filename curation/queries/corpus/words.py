"""Reads of the word search: the words of a question, and how far a project's words are indexed."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.db.models import BooleanField, F, Func, TextField, Value
from django.db.models.expressions import Combinable

from curation.domain.corpus.word_lexemes import LONGEST_WORD_BYTES, all_of
from curation.models import Enrichment, Job, Message, Project

WORDS = "words"
WORDS_VERSION = "1"
# More messages that wait are not counted.
COUNTED_WAITING = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsProgress:
    """How far the words of a project are indexed; `waiting` is counted to 10,000 and no further."""

    indexed: int
    waiting: int
    job: Job | None

    @property
    def is_complete(self) -> bool:
        """Whether every message can be found by its words."""
        return self.waiting == 0

    @property
    def is_capped(self) -> bool:
        """Whether more messages wait than were counted."""
        return self.waiting >= COUNTED_WAITING


def words_progress(project: Project) -> WordsProgress:
    """Say how far the words of a project are indexed, in two statements."""
    row = _enrichment(project)
    done = row.message_done_through if row else 0
    waiting = Message.objects.for_project(project).filter(pk__gt=done).values("pk")[:COUNTED_WAITING].count()
    return WordsProgress(
        indexed=row.finding_count if row else 0, waiting=waiting, job=row.job if row else None
    )


def lexemes_of(words: Iterable[str]) -> list[list[str]]:
    """Split each of these words as the index did: "e-mail" becomes three lexemes, a sign none."""
    statement = (
        "SELECT tsvector_to_array(to_tsvector('simple', word)) "
        "FROM unnest(%s::text[]) WITH ORDINALITY AS w (word, place) ORDER BY place"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(words)])
        found = [lexemes for (lexemes,) in cursor.fetchall()]
    return [[word for word in each if len(word.encode()) <= LONGEST_WORD_BYTES] for each in found]


def matches_words(project: Project, *, words: Iterable[str], prefixes: Iterable[str] = ()) -> Combinable:
    """Return the condition on MessageWords that a document holds all of these lexemes of this project.

    Use it as `MessageWords.objects.for_project(project).filter(matches_words(...))`.
    """
    return _Matches(F("document"), _Query(Value(all_of(project.pk, words=words, prefixes=prefixes))))


class _Query(Func):
    """A text taken as a tsquery word for word, without being split again."""

    template = "%(expressions)s::tsquery"
    output_field = TextField()


class _Matches(Func):
    """The operator `@@` over a tsvector and a tsquery."""

    arg_joiner = " @@ "
    template = "%(expressions)s"
    output_field = BooleanField()


def _enrichment(project: Project) -> Enrichment | None:
    rows = Enrichment.objects.for_project(project).select_related("job")
    return rows.filter(name=WORDS, version=WORDS_VERSION).first()
