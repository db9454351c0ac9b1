"""HelpSteer2: {"prompt", "response", "helpfulness" ... "verbosity"}, and its file of preferences with strengths."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from curation.domain.corpus.records import (
    ConversationRecord,
    JsonValue,
    MessageRecord,
    Position,
    RefusalReason,
    Reply,
)
from curation.domain.importers.column_mapping import ColumnMapping
from curation.domain.importers.importing import (
    Head,
    Imported,
    JsonObject,
    RecordError,
    label_of,
    object_of,
    or_refused,
    read_or_refused,
    required,
    required_text,
    wrong_type,
)
from curation.domain.importers.json_decoding import JsonRecord
from curation.domain.importers.json_reading import json_records
from curation.domain.importers.rated_replies import answered_prompt, rating_of, text_parts
from curation.domain.importers.reading import Source
from curation.domain.importers.record_fields import mean_of
from curation.domain.importers.source_marks import marks_of
from curation.domain.work.turns import text_message

ATTRIBUTES = ("helpfulness", "correctness", "coherence", "complexity", "verbosity")
MAX_STRENGTH = 3
# Rows of one prompt that are gathered at once: there are two of them in HelpSteer2 and four before it.
MAX_ROWS = 64

# A prompt of several turns holds its later ones behind these marks; the first is the user's and has none.
_TURN = re.compile(r"\n?<extra_id_1>(User|Assistant)\n")
_ROLES = {"User": "user", "Assistant": "assistant"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One rated answer, read."""

    prompt: str
    source_id: str
    reply: Reply
    tags: tuple[str, ...]
    position: Position
    excerpt: str
    cleaned: int


class HelpSteer2Importer:
    """Rows of one prompt that follow each other become one conversation and its rated replies.

    Five ratings of 0 to 4 are kept as they are, and no order is made of them: what a rating is worth is for a
    dataset's recipe to say. Lists of ratings, one a person, are kept each and as their mean. In the file of
    preferences a strength of −3 to 3 names the better answer: below zero the first, above zero the second.
    """

    name = "helpsteer2"
    title = "HelpSteer2"

    def sniff(self, head: Head) -> float:
        """Return the share of first records with a prompt and a rated response, or two and a strength."""
        return 0.96 * head.share_of(_fits)

    def read(self, source: Source, *, mapping: ColumnMapping | None = None) -> Iterator[Imported]:
        """Yield one conversation for the rows of a prompt; units count rows."""
        rows: list[Row] = []
        for record in json_records(source):
            each = read_or_refused(record, read=_read)
            if isinstance(each, Row):
                if rows and _begins_anew(each, rows=rows):
                    yield _gathered(rows)
                    rows = []
                rows.append(each)
            else:
                yield each
        if rows:
            yield _gathered(rows)


def prompt_messages(prompt: str) -> list[MessageRecord]:
    """Return the turns of a prompt, which are divided by marks where there are several."""
    first, *marked = _TURN.split(prompt)
    pairs = zip(marked[::2], marked[1::2], strict=True)
    # A prompt ends with the mark of the answer that is asked for.
    turns = [(_ROLES[speaker], text) for speaker, text in pairs if text.strip() or speaker == "User"]
    return [text_message("user", first), *(text_message(role, text) for role, text in turns)]


def _begins_anew(row: Row, *, rows: Sequence[Row]) -> bool:
    """Say whether a row is of another prompt, or says what an earlier one of its prompt said."""
    is_repeated = any(row.reply.parts == each.reply.parts for each in rows)
    return rows[0].prompt != row.prompt or is_repeated or len(rows) == MAX_ROWS


def _read(record: JsonRecord) -> Row | ConversationRecord:
    value = object_of(record)
    if "preference_strength" in value:
        return _preference_of(value, position=record.position, cleaned=record.cleaned)
    return _row_of(value, record=record)


def _row_of(value: JsonObject, *, record: JsonRecord) -> Row:
    row = Row(
        prompt=required_text(value, "prompt"),
        source_id=label_of(value, "id", "prompt_id"),
        reply=Reply(
            parts=text_parts(required(value, "response"), key="response"),
            model=label_of(value, "model"),
            ratings=_ratings_of(value),
            source_id=label_of(value, "id"),
        ),
        tags=marks_of(value),
        position=record.position,
        excerpt=record.excerpt,
        cleaned=record.cleaned,
    )
    # What is no conversation is refused here, with the row that it stands in.
    answered_prompt(prompt_messages(row.prompt), [row.reply], judged_by="person")
    return row


def _gathered(rows: Sequence[Row]) -> Imported:
    first = rows[0]
    read = partial(_conversation_of, rows)
    return or_refused(read, position=first.position, excerpt=first.excerpt, units=len(rows))


def _conversation_of(rows: Sequence[Row]) -> ConversationRecord:
    first = rows[0]
    messages, group = answered_prompt(
        prompt_messages(first.prompt), [row.reply for row in rows], judged_by="person"
    )
    return ConversationRecord(
        messages=messages,
        source_id=first.source_id,
        model=first.reply.model,
        reply_groups=(group,),
        tags=first.tags,
        units=len(rows),
        cleaned=sum(row.cleaned for row in rows),
        position=first.position,
    )


def _ratings_of(value: JsonObject) -> dict[str, float]:
    ratings: dict[str, float] = {}
    for name in ATTRIBUTES:
        given = value.get(name)
        if isinstance(given, list):
            ratings |= _ratings_of_raters(given, name=name)
        elif (rating := rating_of(value, name)) is not None:
            ratings[name] = rating
    return ratings


def _ratings_of_raters(given: Sequence[JsonValue], *, name: str) -> dict[str, float]:
    by_rater = {
        f"{name}, rater {number}": _number(each, name=name) for number, each in enumerate(given, start=1)
    }
    return {name: mean_of(by_rater.values()), **by_rater} if by_rater else {}


def _number(value: JsonValue, *, name: str) -> float:
    number = rating_of({name: value}, name)
    if number is None:
        raise wrong_type(name, value=value, wanted="a number from each rater")
    return number


def _preference_of(value: JsonObject, *, position: Position, cleaned: int) -> ConversationRecord:
    strength = _strength_of(value)
    ranks = (int(strength > 0), int(strength < 0))
    better = None if strength == 0 else ranks.index(0)
    replies = [
        Reply(
            parts=text_parts(required(value, f"response_{number}"), key=f"response_{number}"),
            rank=rank,
            critique=label_of(value, "preference_elaboration").strip() if better == number - 1 else "",
        )
        for number, rank in enumerate(ranks, start=1)
    ]
    if replies[0].parts == replies[1].parts:
        raise RecordError(RefusalReason.EQUAL_SIDES, "Both responses are the same, so neither can be better.")
    messages, group = answered_prompt(
        prompt_messages(required_text(value, "prompt")),
        replies,
        judged_by="person",
        strength=abs(strength) or None,
    )
    return ConversationRecord(
        messages=messages,
        source_id=label_of(value, "id", "prompt_id"),
        reply_groups=(group,),
        tags=marks_of(value),
        cleaned=cleaned,
        position=position,
    )


def _strength_of(value: JsonObject) -> int:
    strength = required(value, "preference_strength")
    number = rating_of(value, "preference_strength")
    if number is None or number != int(number) or abs(number) > MAX_STRENGTH:
        raise wrong_type(
            "preference_strength",
            value=strength,
            wanted=f"a whole number from -{MAX_STRENGTH} to {MAX_STRENGTH}",
        )
    return int(number)


def _fits(record: JsonObject) -> bool:
    if not isinstance(record.get("prompt"), str):
        return False
    is_rated = "response" in record and sum(name in record for name in ATTRIBUTES) > 1
    return is_rated or {"response_1", "response_2", "preference_strength"} <= set(record)
