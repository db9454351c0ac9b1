"""Several answers to one prompt, rated or ranked: a conversation with the best of them, and a group of all."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from curation.domain.corpus.records import (
    JsonValue,
    JudgedBy,
    MessageRecord,
    RefusalReason,
    Reply,
    ReplyGroup,
    TextPart,
)
from curation.domain.importers.record_fields import BLANKS, RecordError, finite, wrong_type
from curation.domain.work.turns import accepted_turns, has_content

Answered = tuple[tuple[MessageRecord, ...], ReplyGroup]


def answered_prompt(
    prompt: Sequence[MessageRecord],
    replies: Sequence[Reply],
    *,
    judged_by: JudgedBy,
    strength: int | None = None,
) -> Answered:
    """Return the conversation that goes on with the best-ranked reply, the first of equals, and the group of all.

    Raises RecordError where there is no reply, where one says nothing, or where the prompt is no conversation.
    """
    if not replies:
        raise RecordError(RefusalReason.NO_MESSAGES, "There is no answer to the prompt.")
    for number, reply in enumerate(replies, start=1):
        if not has_content(reply.parts):
            raise RecordError(RefusalReason.EMPTY_MESSAGE, f"Answer {number} is empty.")
    logged = min(replies, key=lambda reply: math.inf if reply.rank is None else reply.rank)
    messages = accepted_turns([*prompt, MessageRecord(role="assistant", parts=logged.parts)])
    index = len(messages) - 1
    group = ReplyGroup(
        prompt_length=index,
        # Those that say the same as the logged one are the logged one.
        replies=tuple(
            replace(reply, message_index=index) if reply.parts == logged.parts else reply for reply in replies
        ),
        judged_by=judged_by,
        strength=strength,
    )
    return messages, group


def text_parts(text: JsonValue, *, key: str) -> tuple[TextPart, ...]:
    """Return an answer that is text alone; raises RecordError for anything else."""
    if not isinstance(text, str):
        raise wrong_type(key, value=text, wanted="text")
    return (TextPart(text=text),)


def ranks_of_scores(scores: Sequence[float | None]) -> list[int | None]:
    """Return the rank of each score, the highest first and equal ones alike; None for what was not scored."""
    order = sorted({score for score in scores if score is not None}, reverse=True)
    places = {score: place for place, score in enumerate(order)}
    return [None if score is None else places[score] for score in scores]


def places_of_ranks(ranks: Sequence[int | None]) -> list[int | None]:
    """Return ranks counted from 0 without gaps, equal ones alike: what sources write may be of any size."""
    return ranks_of_scores([None if rank is None else -rank for rank in ranks])


def rating_of(record: Mapping[str, JsonValue], key: str) -> float | None:
    """Return a rating, which may be written as text; None where none was given; raises RecordError for others."""
    value = record.get(key)
    if value is None or (isinstance(value, str) and value.strip().casefold() in BLANKS):
        return None
    rating = None if isinstance(value, bool) else finite(value)
    if rating is None:
        raise wrong_type(key, value=value, wanted="a number")
    return rating
