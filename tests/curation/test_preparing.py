"""What is worked out before the database is asked: the fast ways say what the slow ones say."""

from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from curation.domain.corpus.hashing import canonical_json, canonical_parts, content_hash
from curation.domain.corpus.records import (
    ConversationRecord,
    MessageRecord,
    Position,
    TextPart,
    parts_as_json,
)
from curation.domain.corpus.word_counts import count_words
from curation.domain.importers.preparing import CONVERSATION_FIELDS, MESSAGE_FIELDS, prepare_conversation
from curation.domain.work.copy_text import json_field, line_of, text_field, with_last_fields
from curation.domain.work.new_ids import new_ids
from tests.curation.test_hashing import PARTS

# What a column can hold: no surrogates, and no NUL.
STORABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
SPACES = st.text(
    st.sampled_from("ab \n\t\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2003\u2028\u202f\u205f\u3000é你\u200b")
)


# On a busy machine even drawing the values takes its time.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@patient
@given(st.lists(PARTS))
def test_the_fast_canonical_form_is_the_slow_one(parts):
    assert canonical_parts(parts) == canonical_json(parts_as_json(parts))


@patient
@given(st.lists(st.tuples(st.sampled_from(["system", "user", "assistant", "tool"]), st.lists(PARTS))))
def test_the_hash_is_that_of_the_canonical_form_of_all_turns(turns):
    messages = [MessageRecord(role=role, parts=tuple(parts)) for role, parts in turns]
    whole = canonical_json([{"role": each.role, "parts": parts_as_json(each.parts)} for each in messages])
    assert content_hash(messages) == f"h1:{sha256(whole).hexdigest()}"


@patient
@given(SPACES | STORABLE)
def test_words_are_counted_as_python_splits_them(text):
    assert count_words(text) == len(text.split())


def test_new_ids_are_distinct_rising_and_of_version_seven():
    ids = [UUID(each) for each in new_ids(5000)]
    assert ids == sorted(set(ids))
    assert {each.version for each in ids} == {7}
    assert (
        abs(datetime.fromtimestamp((ids[0].int >> 80) / 1000, tz=UTC) - datetime.now(UTC)).total_seconds()
        < 60
    )


def test_no_ids_are_asked_for():
    assert new_ids(0) == []


def copied(lines: bytes) -> list[tuple[str, object, str]]:
    """Send lines of (text, JSON, text) through the database."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE IF NOT EXISTS copied (a text, b jsonb, c text)")
        cursor.execute("TRUNCATE copied")
        with cursor.copy(sql.SQL("COPY copied FROM STDIN")) as copy:
            copy.write(lines)
        cursor.execute("SELECT a, b::text, c FROM copied")
        return cursor.fetchall()


def test_every_text_survives_the_format_of_copy(db):
    @settings(patient, max_examples=200)
    @given(STORABLE, STORABLE)
    def survives(text: str, other: str) -> None:
        line = line_of((text_field(text), json_field(canonical_json([text]))))
        ((first, inner, last),) = copied(with_last_fields(line, (text_field(other),)))
        assert (first, last) == (text, other)
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::jsonb ->> 0", [str(inner)])
            assert cursor.fetchone() == (text,)

    survives()


def test_texts_that_look_like_copy_s_own_marks_survive(db):
    for text in ("\\N", "\\.", "a\\nb", "\t", "\r\n", "\\", '"', "\x1f\x7f", "\\u0041", "\\x41", "\\101"):
        line = line_of((text_field(text), json_field(canonical_json([text])), text_field("")))
        assert copied(line)[0][0] == text


def a_record(**fields):
    message = MessageRecord(role="user", parts=(TextPart(text="Hi there"),), source_id="7")
    return ConversationRecord(messages=(message,), source_id="1", position=Position(file="f"), **fields)


def test_a_conversation_s_line_has_a_field_for_each_column():
    prepared = prepare_conversation(a_record(language="en"))
    fields = prepared.line.removesuffix(b"\n").split(b"\t")
    assert dict(zip(CONVERSATION_FIELDS, fields, strict=True)) | {"uuid": b""} == {
        "uuid": b"",
        "source_id": b"1",
        "content_hash": content_hash(a_record().messages).encode(),
        "language": b"en",
        "title": b"Hi there",
        "started_at": b"\\N",
        "message_count": b"1",
        "user_message_count": b"1",
        "word_count": b"2",
    }


def test_a_message_s_line_has_a_field_for_each_column():
    prepared = prepare_conversation(a_record())
    fields = prepared.message_lines.removesuffix(b"\n").split(b"\t")
    assert dict(zip(MESSAGE_FIELDS, fields, strict=True)) | {"uuid": b""} == {
        "uuid": b"",
        "position": b"0",
        "role": b"user",
        "source_id": b"7",
        "sent_at": b"\\N",
        "is_repeat": b"f",
        "rich_parts": b"\\N",
        "text": b"Hi there",
    }


def test_a_record_comes_along_only_where_it_brings_more_than_messages():
    assert prepare_conversation(a_record()).record is None
    assert prepare_conversation(a_record(tags=("x",))).record == a_record(tags=("x",))
