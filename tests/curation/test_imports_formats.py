"""Whole files of the datasets' formats, imported: every record accounted for, and what was said of it stored."""

import json
from pathlib import Path
from typing import Any

import pytest

from curation.models import (
    Comparison,
    Conversation,
    Evidence,
    Job,
    Message,
    Project,
    QuarantinedRecord,
    Score,
    SourceUser,
    Tag,
)
from curation.services.importers.imports import open_import, run_import
from tests.curation.format_samples import LMSYS, SAMPLES, WILDCHAT, utterance
from tests.curation.import_files import write, write_lines
from tests.paths import shared_file

DIALOGUE = "\n\nHuman: Hi\n\nAssistant: Hello.\n\nHuman: Why?\n\nAssistant: "


def import_file(project: Project, path: Path, **options: Any) -> Job:
    job = run_import(job_id=open_import(project=project, paths=[path], **options).pk)
    assert job is not None
    return job


def counts(job: Job) -> tuple[int, ...]:
    return tuple(job.result[name] for name in ("read", "imported", "duplicates", "quarantined"))


def test_the_sharegpt_sample_is_imported_with_every_record_accounted_for(project: Project) -> None:
    job = import_file(project, shared_file("sharegpt_shape/dummy_conversation.json"))
    read, imported, duplicates, quarantined = counts(job)
    assert (read, quarantined) == (500, 0)
    assert imported + duplicates == 500
    assert Conversation.objects.count() == imported


def test_an_hh_file_is_imported_with_every_record_accounted_for(project: Project, tmp_path: Path) -> None:
    good = [{"chosen": f"{DIALOGUE}Because {n}.", "rejected": f"{DIALOGUE}No {n}."} for n in range(5)]
    bad = [
        {"chosen": f"{DIALOGUE}Same.", "rejected": f"{DIALOGUE}Same."},
        {"chosen": "No marks.", "rejected": f"{DIALOGUE}No."},
    ]
    job = import_file(project, write_lines(tmp_path, [*good, good[0], *bad]))
    assert counts(job) == (8, 5, 1, 2)
    assert job.result["reasons"] == {"equal_sides": 1, "wrong_type": 1}
    assert Comparison.objects.count() == 5
    assert list(QuarantinedRecord.objects.order_by("line").values_list("line", flat=True)) == [7, 8]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_second_import_of_any_format_writes_nothing(project: Project, tmp_path: Path, name: str) -> None:
    path = write_lines(tmp_path, SAMPLES[name].values())
    first = import_file(project, path, format_name=name)
    stored = [model.objects.count() for model in (Conversation, Message, Comparison, Score, Evidence, Tag)]
    second = import_file(project, path, format_name=name)
    assert second.result["imported"] == 0
    assert second.result["read"] == first.result["read"]
    assert stored == [
        model.objects.count() for model in (Conversation, Message, Comparison, Score, Evidence, Tag)
    ]


def test_flags_and_moderation_of_a_log_are_stored(project: Project, tmp_path: Path) -> None:
    import_file(project, write_lines(tmp_path, [WILDCHAT]))
    assert set(Tag.objects.values_list("name", "source")) == {
        ("toxic", "source"),
        ("flagged: harassment", "source"),
    }
    of_conversation = Score.objects.filter(conversation__isnull=False, scorer__name="wildchat: moderation")
    assert of_conversation.get().value == 0.7
    assert SourceUser.objects.get().pseudonym != "ip1"


def test_labels_and_justifications_of_wildfeedback_are_stored(project: Project, tmp_path: Path) -> None:
    why = {"Disatisfaction": True, "Dissatisfaction-Justificiation": "It was wrong."}
    rows = [
        utterance(0, "q"),
        utterance(1, "a"),
        utterance(2, "That is wrong.", **why),
        utterance(1, "stray"),
    ]
    job = import_file(project, write(tmp_path, json.dumps(rows), name="sat_dsat_annotation.json"))
    assert counts(job) == (4, 3, 0, 1)
    complaint = Score.objects.get(scorer__name="wildfeedback: dissatisfaction", value=1)
    assert complaint.message is not None
    assert complaint.message.text == "That is wrong."
    evidence = Evidence.objects.get()
    assert evidence.response is not None
    assert (evidence.response.text, evidence.quote) == ("a", "It was wrong.")


@pytest.mark.parametrize(("label", "value"), [(True, 1.0), (False, 0.0)])
def test_a_label_of_an_answer_is_its_rating(
    project: Project, tmp_path: Path, label: bool, value: float
) -> None:
    import_file(project, write_lines(tmp_path, [{"prompt": "q", "completion": "a", "label": label}]))
    score = Score.objects.get(scorer__name="trl_unpaired: label")
    assert score.response is not None
    assert (score.response.text, score.value) == ("a", value)


def test_an_id_that_stands_for_two_texts_is_quarantined_with_both_places(
    project: Project, tmp_path: Path
) -> None:
    other = LMSYS | {"conversation": [{"role": "user", "content": "another"}]}
    job = import_file(project, write_lines(tmp_path, [LMSYS, other, LMSYS]))
    assert counts(job) == (3, 1, 1, 1)
    refused = QuarantinedRecord.objects.get(reason="repeated_id")
    # Its words are a stored message's too, and a withdrawal would not reach them here.
    assert refused.excerpt == ""
    sentence = refused.sentence
    assert "in line 1 and in line 2" in sentence
