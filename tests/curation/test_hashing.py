"""The canonical form and the hash over it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.domain.corpus.hashing import canonical_json, content_hash
from curation.domain.corpus.records import (
    AttachmentPart,
    MessageRecord,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    parts_as_json,
    parts_from_json,
    text_of,
)

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=10,
)
PARTS = st.one_of(
    st.builds(TextPart, text=TEXTS),
    st.builds(ToolCallPart, call_id=TEXTS, name=TEXTS, arguments=JSON_VALUES),
    st.builds(ToolResultPart, call_id=TEXTS, content=TEXTS),
    st.builds(AttachmentPart, sha256=TEXTS, media_type=TEXTS, name=TEXTS),
)


def said(text: str, *, role: str = "user", **fields: object) -> MessageRecord:
    return MessageRecord(role=role, parts=(TextPart(text=text),), **fields)


def test_the_hash_of_a_known_conversation_never_changes():
    hashed = content_hash([said("Hello"), said("Hi!", role="assistant")])
    assert hashed == "h1:33495b7dd1276c6891e7e83250c0443148bf74b5d20c748354f141555b953d17"


def test_source_ids_and_repeats_do_not_count():
    assert content_hash([said("Hello", source_id="7", is_repeat=True)]) == content_hash([said("Hello")])


def test_roles_count():
    assert content_hash([said("Hello")]) != content_hash([said("Hello", role="assistant")])


def test_the_order_of_messages_counts():
    assert content_hash([said("a"), said("b")]) != content_hash([said("b"), said("a")])


def test_composed_and_decomposed_letters_stay_different():
    assert content_hash([said("\u00e9")]) != content_hash([said("e\u0301")])


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_is_none_is_refused(value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json({"value": value})


@given(JSON_VALUES)
def test_the_canonical_form_reads_back_to_the_same_value(value):
    assert json.loads(canonical_json(value)) == value


@given(st.dictionaries(TEXTS, st.integers()))
def test_the_order_of_keys_does_not_count(value):
    turned = dict(reversed(value.items()))
    assert canonical_json(turned) == canonical_json(value)


@given(st.lists(PARTS))
def test_parts_survive_being_stored(parts):
    assert parts_from_json(parts_as_json(parts)) == tuple(parts)


def test_the_plain_text_leaves_out_calls_and_attachments():
    call = ToolCallPart(call_id="1", name="clock", arguments={})
    assert (
        text_of((TextPart(text="Look:"), call, ToolResultPart(call_id="1", content="noon"))) == "Look:\nnoon"
    )
