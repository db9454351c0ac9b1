"""Records that cannot be read: each is refused alone, with its place and a sentence; the rest is kept."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.domain.corpus.records import RefusalReason
from curation.domain.importers.cleaning import clean_text, clean_value
from curation.domain.importers.json_decoding import nesting_depth
from curation.domain.importers.reading import Limits
from tests.curation.import_files import chat, imported, spoken, write, write_lines

GOOD = json.dumps(chat("a question", "an answer"))
BAD = {
    "broken": ('{"messages": [', RefusalReason.BROKEN_JSON),
    "two values": (GOOD + GOOD, RefusalReason.BROKEN_JSON),
    "NaN": ('{"messages": [], "score": NaN}', RefusalReason.NOT_A_NUMBER),
    "Infinity": ('{"messages": [], "score": -Infinity}', RefusalReason.NOT_A_NUMBER),
    "beyond floats": ('{"messages": [], "score": 1e999}', RefusalReason.NOT_A_NUMBER),
    "endless digits": (f'{{"messages": [], "score": {"9" * 5000}}}', RefusalReason.NOT_A_NUMBER),
    "very deep": ("[" * 100_000, RefusalReason.TOO_DEEP),
    "deep": ('{"a":' * 100 + "1" + "}" * 100, RefusalReason.TOO_DEEP),
    "duplicate key": ('{"messages": [], "messages": []}', RefusalReason.DUPLICATE_KEY),
    "a number": ("7", RefusalReason.WRONG_TYPE),
    "messages are text": ('{"messages": "hello"}', RefusalReason.WRONG_TYPE),
    "a message is text": ('{"messages": ["hello"]}', RefusalReason.WRONG_TYPE),
    "content is a number": ('{"messages": [{"role": "user", "content": 5}]}', RefusalReason.WRONG_TYPE),
    "id is a list": ('{"id": [1], "messages": [{"role": "user", "content": "x"}]}', RefusalReason.WRONG_TYPE),
    "no messages field": ('{"text": "hello"}', RefusalReason.MISSING_FIELD),
    "no role": ('{"messages": [{"content": "hello"}]}', RefusalReason.MISSING_FIELD),
    "no messages": ('{"messages": []}', RefusalReason.NO_MESSAGES),
    "unknown role": ('{"messages": [{"role": "robot", "content": "x"}]}', RefusalReason.UNKNOWN_ROLE),
    "empty content": ('{"messages": [{"role": "user", "content": " "}]}', RefusalReason.EMPTY_MESSAGE),
    "null content": ('{"messages": [{"role": "user", "content": null}]}', RefusalReason.EMPTY_MESSAGE),
    "assistant first": (
        '{"messages": [{"role": "assistant", "content": "x"}]}',
        RefusalReason.ROLES_OUT_OF_ORDER,
    ),
    "system alone": ('{"messages": [{"role": "system", "content": "x"}]}', RefusalReason.ROLES_OUT_OF_ORDER),
}


@pytest.mark.parametrize(("bad", "reason"), BAD.values(), ids=BAD.keys())
def test_a_bad_record_on_line_7_is_refused_alone(tmp_path, bad, reason):
    path = write(tmp_path, "\n".join([*[GOOD] * 6, bad, GOOD]))
    conversations, refusals = imported(path, format_name="openai_chat")
    assert len(conversations) == 7
    assert [(each.position.line, each.reason) for each in refusals] == [(7, reason)]
    assert refusals[0].sentence.endswith(".")


@pytest.mark.parametrize(("bad", "reason"), BAD.values(), ids=BAD.keys())
def test_a_bad_record_on_the_first_line_hides_none_of_the_others(tmp_path, bad, reason):
    path = write(tmp_path, "\n".join([bad, GOOD, GOOD]))
    conversations, refusals = imported(path, format_name="openai_chat")
    assert [each.position.line or each.position.record for each in conversations] == [2, 3]
    assert [each.reason for each in refusals] == [reason]


# What opens more brackets than it closes takes the rest of its list along: no end can be found for it.
ENDLESS = ("broken", "very deep")


def test_a_first_line_that_was_cut_makes_no_table_of_the_others(tmp_path):
    path = write(tmp_path, "\n".join(['tent": "hello, world"}]}', GOOD, GOOD]))
    conversations, refusals = imported(path, format_name="openai_chat")
    assert (len(conversations), [each.reason for each in refusals]) == (2, [RefusalReason.BROKEN_JSON])


LISTED = {name: case for name, case in BAD.items() if name not in (*ENDLESS, "two values")}


@pytest.mark.parametrize(("bad", "reason"), LISTED.values(), ids=LISTED.keys())
def test_a_bad_element_of_a_list_is_refused_alone(tmp_path, bad, reason):
    path = write(tmp_path, f"[{GOOD},\n{bad},\n{GOOD}]")
    conversations, refusals = imported(path, format_name="openai_chat")
    assert [each.position.record for each in conversations] == [1, 3]
    assert [(each.position.record, each.reason) for each in refusals] == [(2, reason)]


@pytest.mark.parametrize("bad", [BAD[name][0] for name in ENDLESS], ids=ENDLESS)
def test_an_element_without_an_end_is_said_to_swallow_the_rest(tmp_path, bad):
    conversations, refusals = imported(
        write(tmp_path, f"[{GOOD},\n{bad},\n{GOOD}]"), format_name="openai_chat"
    )
    assert len(conversations) == 1
    assert "the rest of the file was not read" in refusals[0].sentence


def test_a_list_that_is_not_closed_keeps_its_elements_and_says_so(tmp_path):
    conversations, refusals = imported(write(tmp_path, f"[{GOOD},{GOOD}"), format_name="openai_chat")
    assert len(conversations) == 2
    assert "not closed" in refusals[0].sentence


def test_a_flaw_inside_a_string_with_brackets_does_not_confuse_the_reader(tmp_path):
    flawed = '{"messages": nul, "note": "}]\\"{["}'
    conversations, refusals = imported(write(tmp_path, f"[{flawed}, {GOOD}]"), format_name="openai_chat")
    assert (len(conversations), len(refusals)) == (1, 1)


def test_an_object_over_several_lines_is_one_record(tmp_path):
    path = write(tmp_path, json.dumps(chat("q", "a"), indent=2) + "\n" + json.dumps(chat("r"), indent=2))
    assert len(imported(path, format_name="openai_chat")[0]) == 2


def test_blank_lines_are_no_records(tmp_path):
    conversations, refusals = imported(
        write(tmp_path, f"\n{GOOD}\r\n\n  \n{GOOD}\n"), format_name="openai_chat"
    )
    assert (len(conversations), refusals) == (2, [])


@pytest.mark.parametrize("form", ["{}\n{}\n", "[{},\n{}]"])
def test_a_record_of_50_mb_is_skipped_in_constant_memory(tmp_path, form):
    huge = json.dumps(chat("x" * (50 << 20)))
    path = write(tmp_path, form.format(huge, GOOD))
    conversations, refusals = imported(path, format_name="openai_chat")
    assert len(conversations) == 1
    assert [each.reason for each in refusals] == [RefusalReason.TOO_LARGE]
    assert "50.0 MB" in refusals[0].sentence


def test_a_record_within_the_cap_is_read_across_many_chunks(tmp_path):
    path = write(tmp_path, f"[{json.dumps(chat('y' * (5 << 20)))}, {GOOD}]")
    conversations, refusals = imported(path, format_name="openai_chat", limits=Limits(record_bytes=6 << 20))
    assert [len(each.messages[0].text) for each in conversations] == [5 << 20, 10]
    assert not refusals


@pytest.mark.parametrize("form", [b"%b\n%b\n", b"[%b, %b]"])
def test_bytes_that_are_no_utf8_refuse_their_record_alone(tmp_path, form):
    latin = '{"messages": [{"role": "user", "content": "Grüße"}]}'.encode("latin-1")
    conversations, refusals = imported(
        write(tmp_path, form % (latin, GOOD.encode())), format_name="openai_chat"
    )
    assert len(conversations) == 1
    assert [each.reason for each in refusals] == [RefusalReason.NOT_UTF8]


@pytest.mark.parametrize("spelling", [b"a\\u0000b\\ud800c", b"a\x00b\xed\xa0\x80c", b"a\x00b\\udfffc"])
def test_nul_characters_and_lone_surrogates_are_cleaned_and_counted(tmp_path, spelling):
    path = write(tmp_path, b'{"messages": [{"role": "user", "content": "%b"}]}' % spelling)
    conversations, refusals = imported(path, format_name="openai_chat")
    assert spoken(conversations[0]) == [("user", "ab\ufffdc")]
    assert (conversations[0].cleaned, refusals) == (2, [])


def test_a_surrogate_pair_written_as_escapes_is_one_character(tmp_path):
    conversations, _ = imported(write_lines(tmp_path, [chat("\U0001f600")]), format_name="openai_chat")
    assert (conversations[0].messages[0].text, conversations[0].cleaned) == ("\U0001f600", 0)


def test_an_excerpt_holds_nothing_that_cannot_be_stored(tmp_path):
    _, refusals = imported(write(tmp_path, b'{"a": "\x00\xed\xa0\x80", NaN'), format_name="openai_chat")
    assert clean_text(refusals[0].excerpt) == (refusals[0].excerpt, 0)


@given(st.text(st.characters()))
def test_a_cleaned_text_can_be_stored_and_needs_no_cleaning(text):
    cleaned, _ = clean_text(text)
    assert "\x00" not in cleaned.encode().decode()
    assert clean_text(cleaned) == (cleaned, 0)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_cleaning_leaves_every_other_text_alone(text):
    assert clean_text(text) == (text, 0)


def test_keys_are_cleaned_too():
    assert clean_value({"a\x00": ["\ud800", 1, None]}) == ({"a": ["\ufffd", 1, None]}, 2)


@given(st.integers(0, 200))
def test_depth_counts_lists_and_objects(depth):
    value: object = 1
    for level in range(depth):
        value = [value] if level % 2 else {"k": value}
    assert nesting_depth(value) == depth
