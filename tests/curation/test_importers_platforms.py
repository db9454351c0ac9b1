"""Annotation platforms: who judged which answer how, and nothing that nobody submitted."""

from pathlib import Path
from typing import Any

import pytest

from curation.domain.corpus.records import ConversationRecord, ReplyGroup
from curation.importers import detect_format
from tests.curation.import_files import imported, spoken, write, write_lines
from tests.curation.platform_files import argilla_record, studio_result, studio_task


def read_one(folder: Path, record: dict[str, Any], *, name: str) -> ConversationRecord:
    conversations, refusals = imported(write_lines(folder, [record]), format_name=name)
    assert refusals == []
    return conversations[0]


def ranks(group: ReplyGroup) -> dict[str, int | None]:
    return {reply.text: reply.rank for reply in group.replies}


RECORDS = {
    "argilla": argilla_record(),
    "label_studio": studio_task(),
}


@pytest.mark.parametrize("name", RECORDS)
def test_a_format_is_recognised(tmp_path: Path, name: str) -> None:
    assert detect_format(write_lines(tmp_path, [RECORDS[name]])).name == name


@pytest.mark.parametrize("name", RECORDS)
def test_prompt_and_first_answer_are_the_conversation(tmp_path: Path, name: str) -> None:
    read = read_one(tmp_path, RECORDS[name], name=name)
    assert spoken(read) == [("user", "Name a colour."), ("assistant", "Blue.")]


def test_an_argilla_ranking_is_its_persons_order(tmp_path: Path) -> None:
    given = [{"value": ["response-2", "response-1"], "user_id": "u7"}]
    (group,) = read_one(tmp_path, argilla_record(responses={"better": given}), name="argilla").reply_groups
    assert ranks(group) == {"Seven.": 1, "Blue.": 2}
    assert (group.judge, group.judged_by) == ("u7", "person")


def test_an_older_argilla_ranking_may_hold_ties(tmp_path: Path) -> None:
    value = [{"rank": 1, "value": "response_1"}, {"rank": 1, "value": "response_2"}]
    record = {"prompt": "Q?", "response_1": "A", "response_2": "B", "external_id": "e1"}
    record["order"] = [{"user_id": "u", "value": value, "status": "submitted"}]  # type: ignore[assignment]
    assert ranks(read_one(tmp_path, record, name="argilla").reply_groups[0]) == {"A": 1, "B": 1}


def test_what_was_discarded_or_is_a_draft_does_not_count(tmp_path: Path) -> None:
    given = [
        {"value": ["response_2", "response_1"], "user_id": "u", "status": status}
        for status in ("draft", "discarded")
    ]
    read = read_one(tmp_path, argilla_record(responses={"better": given}), name="argilla")
    assert [reply.rank for group in read.reply_groups for reply in group.replies] == [None, None]


def test_argilla_ratings_are_the_mean_of_all_people_on_the_answer_they_name(tmp_path: Path) -> None:
    given = [{"value": value, "user_id": str(value)} for value in (2, 5)]
    (group,) = read_one(
        tmp_path, argilla_record(responses={"rating_response_2": given}), name="argilla"
    ).reply_groups
    assert [dict(reply.ratings) for reply in group.replies] == [{}, {"rating_response_2": 3.5}]


def test_an_argilla_suggestion_is_a_models(tmp_path: Path) -> None:
    suggested = {"better": {"value": ["response_1", "response_2"], "agent": "judge-model"}}
    (group,) = read_one(tmp_path, argilla_record(suggestions=suggested), name="argilla").reply_groups
    assert (group.judged_by, group.judge) == ("model", "judge-model")


def test_a_flat_argilla_export_is_read_alike(tmp_path: Path) -> None:
    record = {
        "id": "1",
        "prompt": "Q?",
        "response_1": "A",
        "response_2": "B",
        "best.responses": ["response_2"],
    }
    record |= {"best.responses.users": ["u9"], "best.responses.status": ["submitted"]}  # type: ignore[dict-item]
    (group,) = read_one(tmp_path, record, name="argilla").reply_groups
    assert (ranks(group), group.judge) == ({"A": 1, "B": 0}, "u9")


def test_a_corrected_answer_stands_beside_the_one_it_corrects(tmp_path: Path) -> None:
    given = [{"value": "Blue, for example.", "user_id": "u"}]
    groups = read_one(tmp_path, argilla_record(responses={"corrected": given}), name="argilla").reply_groups
    assert [(reply.text, reply.is_edited) for reply in groups[-1].replies] == [
        ("Blue, for example.", True),
        ("Blue.", False),
    ]


def test_a_chat_field_is_the_conversation_and_its_rating_is_of_its_last_answer(tmp_path: Path) -> None:
    chat = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    record = argilla_record(fields={"chat": chat}, responses={"quality": [{"value": 4, "user_id": "u"}]})
    (score,) = read_one(tmp_path, record, name="argilla").scores
    assert (score.name, score.value, score.message_index) == ("quality", 4.0, 1)


@pytest.mark.parametrize(
    ("answers", "kept"),
    [
        ([[{"role": "assistant", "content": text}] for text in ("AAA", "BBB")], ["AAA", "BBB"]),
        (
            ['{"answer": "42", "sure": 1}', '{"answer": "43"}'],
            ['{"answer": "42", "sure": 1}', '{"answer": "43"}'],
        ),
    ],
)
def test_every_compared_answer_is_what_was_said(tmp_path: Path, answers: list[Any], kept: list[str]) -> None:
    fields = {"prompt": "q", "response_a": answers[0], "response_b": answers[1]}
    (group,) = read_one(tmp_path, argilla_record(fields=fields), name="argilla").reply_groups
    assert [reply.text for reply in group.replies] == kept


def test_a_label_studio_pairwise_choice_is_its_persons_verdict(tmp_path: Path) -> None:
    task = studio_task(studio_result("pairwise", {"selected": "right"}))
    (group,) = read_one(tmp_path, task, name="label_studio").reply_groups
    assert (ranks(group), group.judge) == ({"Blue.": 1, "Seven.": 0}, "3")


def test_two_label_studio_annotators_give_two_verdicts(tmp_path: Path) -> None:
    task = studio_task(studio_result("pairwise", {"selected": "left"}))
    other = {**task["annotations"][0], "completed_by": {"id": 4, "email": "a@example.org"}}
    read = read_one(tmp_path, {**task, "annotations": [*task["annotations"], other]}, name="label_studio")
    assert [group.judge for group in read.reply_groups] == ["3", "4"]


def test_a_cancelled_label_studio_annotation_does_not_count(tmp_path: Path) -> None:
    task = studio_task(studio_result("pairwise", {"selected": "left"}))
    task["annotations"][0]["was_cancelled"] = True
    (group,) = read_one(tmp_path, task, name="label_studio").reply_groups
    assert group.judge == ""


def test_a_label_studio_rating_is_of_the_answer_it_was_given_on(tmp_path: Path) -> None:
    task = studio_task(studio_result("rating", {"rating": 4}, to="answer2", name="stars"))
    (group,) = read_one(tmp_path, task, name="label_studio").reply_groups
    assert [dict(reply.ratings) for reply in group.replies] == [{}, {"stars": 4.0}]


def test_a_label_studio_ranker_orders_its_items(tmp_path: Path) -> None:
    items = [{"id": "x", "body": "Blue."}, {"id": "y", "body": "Seven."}, {"id": "z", "body": "Green."}]
    result = studio_result("ranker", {"ranker": {"best": ["z", "x", "y"]}}, to="items")
    task = studio_task(result, data={"prompt": "Name a colour.", "items": items})
    (group,) = read_one(tmp_path, task, name="label_studio").reply_groups
    assert ranks(group) == {"Green.": 1, "Blue.": 2, "Seven.": 3}


def test_label_studio_buckets_are_no_order(tmp_path: Path) -> None:
    items = [{"id": name, "body": name} for name in ("x", "y", "z")]
    buckets = {"_": ["z"], "relevant": ["x"], "biased": ["y"]}
    task = studio_task(studio_result("ranker", {"ranker": buckets}), data={"prompt": "Q?", "items": items})
    (group,) = read_one(tmp_path, task, name="label_studio").reply_groups
    assert set(ranks(group).values()) == {None}


def test_label_studio_choices_become_tags(tmp_path: Path) -> None:
    task = studio_task(studio_result("choices", {"choices": ["off topic"]}, name="flags"))
    assert read_one(tmp_path, task, name="label_studio").tags == ("flags: off topic",)


def test_a_task_without_a_prompt_is_refused(tmp_path: Path) -> None:
    path = write_lines(tmp_path, [studio_task(data={"image": "", "answer1": "A"})])
    conversations, refusals = imported(path, format_name="label_studio")
    assert (conversations, [each.reason for each in refusals]) == ([], ["missing_field"])


@pytest.mark.parametrize("name", ["argilla", "label_studio", "langfuse", "open_webui", "otel"])
@pytest.mark.parametrize(
    "record", ["[1]", "{}", '{"data": 1, "annotations": [{}]}', '{"fields": {"prompt": [null]}}']
)
def test_a_record_of_another_shape_is_refused_and_not_fatal(tmp_path: Path, name: str, record: str) -> None:
    conversations, refusals = imported(write(tmp_path, record + "\n" + record + "\n"), format_name=name)
    assert conversations == []
    assert sum(each.units for each in refusals) == 2
