"""The command on plain files: no database, one line for each user message after the first response."""

import json

import pytest
from django.core.management import CommandError, call_command

from feedback_mining.domain.taxonomy import CRITERIA

CHAT = {
    "id": "c1",
    "messages": [
        {"role": "user", "content": "Capital of Australia?"},
        {"role": "assistant", "content": "Sydney."},
        {"role": "user", "content": "No, that's wrong!"},
        {"role": "assistant", "content": "Canberra."},
        {"role": "user", "content": "Thanks, perfect!"},
    ],
}


def score(tmp_path, text: str) -> list[dict]:
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(text, encoding="utf-8")
    call_command("score_feedback", str(source), detector="phrases", out=out, json=True)
    return [json.loads(line) for line in out.read_text().splitlines()]


def test_each_user_message_after_a_response_gets_one_line(tmp_path):
    rows = score(tmp_path, json.dumps(CHAT) + "\n")
    assert [(row["id"], row["index"]) for row in rows] == [("c1", 2), ("c1", 4)]
    assert all(set(row["criteria"]) == set(CRITERIA) for row in rows)
    assert rows[0]["dsat"] > 0.5 > rows[0]["sat"]
    assert rows[1]["sat"] > 0.5 > rows[1]["dsat"]


def test_a_broken_line_is_named_with_its_number(tmp_path):
    with pytest.raises(CommandError, match="line 2") as caught:
        score(tmp_path, json.dumps(CHAT) + "\n{broken\n")
    assert caught.value.returncode == 2


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CommandError, match="There is no file"):
        call_command("score_feedback", str(tmp_path / "none.jsonl"), out=tmp_path / "o")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('{"id": 1}', "each line must be"),
        ('{"id": 1, "messages": 5}', "each line must be"),
        ("null", "each line must be"),
        ('{"id": NaN, "messages": []}', "NaN stands where a number should be"),
        ('{"messages": ' + "[" * 100_000, "levels deep"),
    ],
)
def test_what_cannot_be_scored_is_said_in_a_sentence_and_leaves_no_half_file(tmp_path, line, sentence):
    with pytest.raises(CommandError, match=sentence) as caught:
        score(tmp_path, json.dumps(CHAT) + "\n" + line + "\n")
    assert caught.value.returncode == 2
    assert not (tmp_path / "out.jsonl").exists()


def test_lone_surrogates_are_read_past(tmp_path):
    chat = {
        **CHAT,
        "id": "\ud800",
        "messages": [*CHAT["messages"], {"role": "user", "content": "\udc00 wrong"}],
    }
    assert [row["index"] for row in score(tmp_path, json.dumps(chat) + "\n")] == [2, 4, 5]


def test_an_empty_file_is_refused(tmp_path):
    with pytest.raises(CommandError, match="is empty"):
        score(tmp_path, "")


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    source = tmp_path / "in.jsonl"
    source.write_text(json.dumps(CHAT) + "\n")
    with pytest.raises(CommandError, match="cannot be used") as caught:
        call_command("score_feedback", str(source), out=tmp_path, json=True)
    assert caught.value.returncode == 2


def test_a_language_that_the_detector_does_not_know_is_said(tmp_path, capsys):
    chat = {
        **CHAT,
        "messages": [
            *CHAT["messages"][:2],
            {"role": "user", "content": "Ez teljesen rossz válasz volt, kérem javítsa ki a hibákat."},
        ],
    }
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(json.dumps(chat) + "\n", encoding="utf-8")
    call_command("score_feedback", str(source), detector="phrases", out=out, json=True)
    assert json.loads(capsys.readouterr().out)["expense"]["languages_unknown"] == 1


def test_two_conversations_of_one_id_are_scored_apart(tmp_path):
    pleased = {
        "id": "c1",
        "messages": [*CHAT["messages"][:2], {"role": "user", "content": "Thanks, perfect!"}],
    }
    rows = score(tmp_path, "".join(json.dumps(each) + "\n" for each in (CHAT, pleased)))
    assert [(row["id"], row["index"], row["sat"] > 0.5) for row in rows] == [
        ("c1", 2, False),
        ("c1", 4, True),
        ("c1", 2, True),
    ]


def test_the_file_that_is_read_is_never_written_over(tmp_path):
    source = tmp_path / "chats.jsonl"
    source.write_text(json.dumps(CHAT) + "\n", encoding="utf-8")
    with pytest.raises(CommandError, match="is the file that is read"):
        call_command("score_feedback", str(source), detector="phrases", out=tmp_path / "." / "chats.jsonl")
    assert json.loads(source.read_text(encoding="utf-8")) == CHAT


def test_wrong_columns_are_named_without_a_word_of_python(tmp_path):
    with pytest.raises(CommandError, match="it has no 'messages'") as caught:
        score(tmp_path, json.dumps({"id": 1, "turns": []}) + "\n")
    assert "Error" not in str(caught.value)
