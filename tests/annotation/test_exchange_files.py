"""What files of other platforms say, before anything is stored."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.domain.exchange.meaning import Meaning, attribute_of
from annotation.domain.exchange.reading import read_annotations
from annotation.domain.exchange.records import ForeignProject, LeftOut
from annotation.domain.exchange.scales import scales_of
from tests.curation.platform_files import argilla_record, studio_result, studio_task

# JSON has no infinite numbers: a file with one is no JSON, and is refused as a whole.
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
ANYTHING = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def read(folder, content) -> tuple[ForeignProject, LeftOut]:
    path = folder / "file.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    left_out = LeftOut()
    found = read_annotations(path, left_out=left_out)
    assert isinstance(found, ForeignProject)
    return found, left_out


def meant(folder, *records):
    project, left_out = read(folder, list(records))
    meaning = Meaning(project.records, questions=project.questions, left_out=left_out)
    return [judged for record in project.records for judged in meaning.judged_in(record)], left_out, meaning


def test_every_record_of_a_long_file_is_read(tmp_path):
    project, _left_out = read(tmp_path, [argilla_record(id=str(number)) for number in range(137)])
    assert [record.key for record in project.records] == [str(number) for number in range(137)]


@pytest.mark.parametrize(
    "layout",
    [
        {"responses": {"better": [{"value": "response_1", "user_id": "u", "status": "submitted"}]}},
        {
            "responses": [
                {"user_id": "u", "status": "submitted", "values": {"better": {"value": "response_1"}}}
            ]
        },
    ],
)
def test_each_layout_of_responses_says_the_same(tmp_path, layout):
    (judged,), left_out, _meaning = meant(tmp_path, argilla_record(**layout))
    assert (judged.person, judged.answer["choice"], left_out.as_json()) == ("u", "a", [])


def test_a_flat_table_of_responses_says_the_same(tmp_path):
    row = {
        "id": "r1",
        "prompt": "Name a colour.",
        "response_1": "Blue.",
        "response_2": "Seven.",
        "better.responses": ["response_1", "response_2"],
        "better.responses.users": ["u", "v"],
        "better.responses.status": ["submitted", "draft"],
        "better.suggestion": "response_2",
    }
    (judged,), left_out, _meaning = meant(tmp_path, row)
    assert (judged.person, judged.answer["choice"]) == ("u", "a")
    assert {each["what"] for each in left_out.as_json()} == {"drafts", "suggestions"}


def test_numbers_that_name_sides_are_read_from_all_of_their_question(tmp_path):
    records = [
        argilla_record(id=str(number), responses={"side": [{"value": value, "user_id": "u"}]})
        for number, value in enumerate(("1", "2", "3"))
    ]
    judged, _left_out, _meaning = meant(tmp_path, *records)
    assert [each.answer["choice"] for each in judged] == ["a", "b", "tie"]


def test_ratings_of_several_answers_on_one_scale_have_its_name(tmp_path):
    task = studio_task(
        studio_result("rating", {"rating": 4}, to="answer1", name="clarity_answer1"),
        studio_result("rating", {"rating": 6}, to="answer2", name="clarity_answer2"),
        studio_result("rating", {"rating": 2.5}, to="answer2", name="length"),
    )
    judged, left_out, meaning = meant(tmp_path, task)
    assert [(each.names, each.answer["ratings"]) for each in judged] == [
        (("answer1",), {"clarity": 4}),
        (("answer2",), {"clarity": 6}),
    ]
    assert [(each.name, each.low, each.high) for each in scales_of(meaning.rated, questions={})] == [
        ("clarity", 1, 7)
    ]
    assert [each["what"] for each in left_out.as_json()] == ["odd_ratings"]


@pytest.mark.parametrize(
    ("question", "attribute"),
    [
        ("clarity_response_1", "clarity"),
        ("response_1-clarity", "clarity"),
        ("response_1", "response_1"),
        ("a | b", "a b"),
        (" ", "overall"),
    ],
)
def test_an_attribute_is_named_without_its_answer(question, attribute):
    assert attribute_of(question, answer="response_1") == attribute


@settings(max_examples=60, deadline=None)
@given(
    value=ANYTHING, kind=st.sampled_from(["pairwise", "ranker", "rating", "choices", "textarea", "number"])
)
def test_whatever_was_answered_is_a_judgement_or_left_out(tmp_path_factory, value, kind):
    key = {"pairwise": "selected", "textarea": "text"}.get(kind, kind)
    folder = tmp_path_factory.mktemp("any")
    judged, left_out, _meaning = meant(folder, studio_task(studio_result(kind, {key: value}, to="answer1")))
    assert len(judged) + sum(each["count"] for each in left_out.as_json()) == 1
    record = argilla_record(responses={"x": [{"value": value, "user_id": "u"}]})
    judged, left_out, _meaning = meant(folder, record)
    said = 0 if value is None else 1
    assert len(judged) + sum(each["count"] for each in left_out.as_json()) == said


ODD_FIELDS = st.sampled_from(
    ["id", "fields", "responses", "suggestions", "status", "x.responses", "x", "data"]
)
ODD_TASK = st.sampled_from(
    ["id", "annotations", "predictions", "drafts", "completed_by", "lead_time", "result"]
)


@settings(max_examples=60, deadline=None)
@given(
    odd=st.dictionaries(ODD_FIELDS, ANYTHING, max_size=3),
    task=st.dictionaries(ODD_TASK, ANYTHING, max_size=4),
)
def test_an_odd_record_never_ends_the_reading_of_the_others(tmp_path_factory, odd, task):
    folder = tmp_path_factory.mktemp("odd")
    sound = argilla_record(responses={"better": [{"value": "response_1", "user_id": "u"}]})
    judged, _left_out, _meaning = meant(folder, sound, sound, {**sound, **odd}, {**sound, "id": odd})
    assert [each.answer["choice"] for each in judged[:2]] == ["a", "a"]
    good = studio_task(studio_result("pairwise", {"selected": "left"}))
    odd_task = studio_task(**task) | {"annotations": [{"result": [task], **task}, task]}
    judged, _left_out, _meaning = meant(folder, good, good, odd_task, {**good, **task})
    assert [each.answer["choice"] for each in judged[:2]] == ["a", "a"]
