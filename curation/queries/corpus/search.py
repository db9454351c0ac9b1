"""Search for words and for exact text.

A word that many messages hold is looked for among the newest ones, one that few hold in the index of words: the
first look tells which it is. So neither a rare nor a common word makes anybody wait, and where a search did not
look at everything it says so.
"""

import math
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from curation.domain.corpus.finding import ConversationFilters
from curation.domain.errors import HarkenError
from curation.models import Message, MessageWords, Project
from curation.queries.corpus.hits import MOST_HITS, Found, any_of, hits_of, left_by
from curation.queries.corpus.narrowing import Condition, Narrowing, conversations_of, narrowing_of
from curation.queries.corpus.word_questions import AskedWords, asked_words
from curation.queries.versions.planning import planned

# The newest messages that are looked at one by one: a word in every fiftieth fills the page from them.
FIRST_WINDOW = 5_000
# With so many in the first window a page is filled from a few times its size, sooner than from the index: that
# would gather every match of a word that thousands of messages hold.
ENOUGH_TO_GO_ON = 20
# A word is not spread evenly, so a little more is looked at than it should take.
WINDOW_MARGIN = 1.5
# More matches than this are not fetched from the index of words.
MOST_MATCHES = 20_000
# A word that the index holds too often and the first window too rarely is looked for among so many.
LAST_WINDOW = 40_000
# Exact text is looked for in no more messages than this.
MOST_EXACT_MESSAGES = 20_000
SHORTEST_EXACT_TEXT = 2

Match = tuple[int, int]  # ids of a message and of its conversation


class TooManyMessagesError(HarkenError):
    """Exact text was asked of more messages than are looked through; the text is written for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Matches:
    """Matching messages, newest first, and how many of the newest messages they were taken from; None: of all."""

    rows: list[Match]
    newest_of: int | None = None


def word_hits(
    project: Project, *, question: str, filters: ConversationFilters, limit: int = MOST_HITS
) -> Found:
    """Return the newest messages that hold the words; raises FilterError and SearchTooWideError in sentences."""
    asked = asked_words(question)
    narrowing = narrowing_of(project, filters)
    conditions, condition = narrowing.conditions(but={"words"}), asked.condition(project)
    left: list[Match] = []
    for look in (_first_look, _wider_look, _last_look):
        matches = look(project, condition, found=len(left), limit=limit)
        left = _left(matches.rows, conditions)
        if matches.newest_of is None or len(left) >= limit:
            break
    return Found(
        hits=hits_of(project, [message for message, _conversation in left[:limit]], sought=_sought(asked)),
        total=None if matches.newest_of else len(left),
        newest_of=matches.newest_of,
    )


def _first_look(project: Project, condition: Q, *, found: int, limit: int) -> _Matches:
    """Look at the newest few thousand messages."""
    return _among_newest(project, condition, window=FIRST_WINDOW)


def _wider_look(project: Project, condition: Q, *, found: int, limit: int) -> _Matches:
    """Look at as many of the newest as should fill the page; nowhere, where the word is too rare for that."""
    if found < ENOUGH_TO_GO_ON:
        return _Matches(rows=[], newest_of=FIRST_WINDOW)
    window = math.ceil(FIRST_WINDOW * limit / found * WINDOW_MARGIN)
    return _among_newest(project, condition, window=min(LAST_WINDOW, window))


def _last_look(project: Project, condition: Q, *, found: int, limit: int) -> _Matches:
    """Ask the index of words, and where that has too many, the newest of all that are looked at."""
    return _from_index(project, condition) or _among_newest(project, condition, window=LAST_WINDOW)


def _among_newest(project: Project, condition: Q, *, window: int) -> _Matches:
    """Look at the newest messages one by one."""
    rows = MessageWords.objects.for_project(project)
    edge = next(iter(rows.order_by("-id").values_list("id", flat=True)[window - 1 : window]), None)
    looked_at = rows.filter(condition, id__gte=edge or 0)
    # A bitmap over the index of words would gather every match of the project first.
    with planned(enable_bitmapscan="off", enable_seqscan="off"):
        return _Matches(rows=_newest_first(looked_at), newest_of=None if edge is None else window)


def _from_index(project: Project, condition: Q) -> _Matches | None:
    """Return every match of the project; None where there are too many."""
    matching = MessageWords.objects.for_project(project).filter(condition)
    # The order would tempt the planner to read the project's messages one by one, so it is made afterwards.
    with planned(enable_indexscan="off", enable_indexonlyscan="off", enable_seqscan="off"):
        rows = list(matching.values_list("id", "message_id", "conversation_id")[: MOST_MATCHES + 1])
    if len(rows) > MOST_MATCHES:
        return None
    return _Matches(
        rows=[(message, conversation) for _id, message, conversation in sorted(rows, reverse=True)]
    )


def _newest_first(rows: QuerySet[MessageWords]) -> list[Match]:
    return list(rows.order_by("-id").values_list("message_id", "conversation_id"))


def _left(rows: list[Match], conditions: list[Condition]) -> list[Match]:
    if not rows:
        return []
    left = left_by(conditions, (conversation for _message, conversation in rows))
    return [(message, conversation) for message, conversation in rows if conversation in left]


def _sought(asked: AskedWords) -> dict[str, tuple[str, ...]]:
    return {"words": asked.words, "prefixes": asked.prefixes, "phrases": asked.phrases}


def exact_hits(project: Project, *, text: str, filters: ConversationFilters, limit: int = MOST_HITS) -> Found:
    """Return the newest messages that hold a text, letter for letter but for case, among few enough messages."""
    if len(text.strip()) < SHORTEST_EXACT_TEXT:
        raise TooManyMessagesError(_("Write at least two characters of the text that is to be found."))
    with planned():
        conversations = _few_conversations(project, narrowing_of(project, filters))
        rows = Message.objects.for_project(project).filter(
            any_of("conversation_id", conversations), text__icontains=text
        )
        found = list(rows.order_by("-id").values_list("id", flat=True)[: limit + 1])
    total = len(found) if len(found) <= limit else None
    return Found(hits=hits_of(project, found[:limit], sought={"phrases": (text,)}), total=total)


def _few_conversations(project: Project, narrowing: Narrowing) -> list[int]:
    """Return the conversations that the filters leave; raises TooManyMessagesError where they are too many."""
    rows = conversations_of(project, filters=narrowing.filters).order_by()
    counted = list(rows.values_list("id", "message_count")[: MOST_EXACT_MESSAGES + 1])
    if len(counted) > MOST_EXACT_MESSAGES or sum(count for _id, count in counted) > MOST_EXACT_MESSAGES:
        raise TooManyMessagesError(
            _(
                "Exact text is looked for in at most 20,000 messages. Narrow the list first, or search for words."
            )
        )
    return [each for each, _count in counted]
