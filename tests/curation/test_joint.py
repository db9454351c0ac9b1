"""Preferences across prompts as they are stored, and what else sources say of answers."""

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
    Prompt,
    RankedList,
    Response,
    Score,
    User,
)
from curation.services.corpus.withdrawals import withdraw_conversation
from curation.services.importers.imports import open_import, run_import
from tests.curation.format_samples import BATTLE, DOVE, HELPSTEER_PREFERENCE, ULTRAFEEDBACK
from tests.curation.import_files import write_lines
from tests.curation.test_importers_battles import LONG
from tests.paths import shared_file


def import_file(project: Project, path: Path) -> Job:
    job = run_import(job_id=open_import(project=project, paths=[path]).pk)
    assert job is not None
    return job


def counts(job: Job) -> tuple[int, ...]:
    return tuple(job.result[name] for name in ("read", "imported", "duplicates", "quarantined"))


def verdicts() -> list[tuple[str, str, str]]:
    """Return the texts that were compared, and the outcome."""
    rows = Comparison.objects.order_by("id").select_related("response_a__message", "response_b__message")
    return [(row.response_a.text, row.response_b.text, row.outcome) for row in rows]


def test_a_joint_pair_is_two_conversations_and_one_verdict(project: Project, tmp_path: Path) -> None:
    job = import_file(project, write_lines(tmp_path, [DOVE]))
    assert counts(job) == (1, 1, 0, 0)
    assert Conversation.objects.count() == Prompt.objects.count() == Response.objects.count() == 2
    assert verdicts() == [("a", "b", "a")]


def test_a_second_import_of_joint_pairs_writes_nothing(project: Project, tmp_path: Path) -> None:
    path = write_lines(tmp_path, [DOVE, BATTLE | LONG])
    models: tuple[Any, ...] = (Conversation, Message, Prompt, Response, Comparison, Score, Evidence)
    import_file(project, write_lines(tmp_path, [DOVE]))
    before = [model.objects.count() for model in models]
    assert counts(import_file(project, write_lines(tmp_path, [DOVE]))) == (1, 0, 1, 0)
    assert [model.objects.count() for model in models] == before
    assert path.is_file()


def test_joint_pairs_may_share_a_side(project: Project, tmp_path: Path) -> None:
    pairs = [DOVE, DOVE | {"i_reject": "s", "r_reject": "c"}, DOVE]
    assert counts(import_file(project, write_lines(tmp_path, pairs))) == (3, 2, 1, 0)
    assert (Conversation.objects.count(), verdicts()) == (3, [("a", "b", "a"), ("a", "c", "a")])


def test_opposite_verdicts_are_both_kept(project: Project, tmp_path: Path) -> None:
    opposite = {"i_chosen": "r", "r_chosen": "b", "i_reject": "q", "r_reject": "a"}
    assert counts(import_file(project, write_lines(tmp_path, [DOVE, opposite]))) == (2, 2, 0, 0)
    assert verdicts() == [("a", "b", "a"), ("b", "a", "a")]


@pytest.mark.parametrize(
    ("winner", "expected"),
    [
        ("model_b", ("fourth", "third", "a")),
        ("tie", ("third", "fourth", "tie")),
        ("tie (bothbad)", ("third", "fourth", "both_bad")),
    ],
)
def test_a_battle_of_two_turns_is_a_verdict_across_prompts(
    project: Project, tmp_path: Path, winner: str, expected: tuple[str, str, str]
) -> None:
    import_file(project, write_lines(tmp_path, [BATTLE | LONG | {"winner": winner}]))
    assert verdicts() == [expected]
    models = Response.objects.order_by("id").values_list("model_version__name", flat=True)
    assert set(models) == {"m1", "m2"}


@pytest.mark.parametrize(("winner", "outcome"), [("tie", "tie"), ("tie (bothbad)", "both_bad")])
def test_a_battle_of_one_turn_keeps_whether_both_were_bad(
    project: Project, tmp_path: Path, winner: str, outcome: str
) -> None:
    import_file(project, write_lines(tmp_path, [BATTLE | {"winner": winner}]))
    assert Comparison.objects.get().outcome == outcome


def test_a_withdrawn_side_takes_the_verdict_along(project: Project, admin: User, tmp_path: Path) -> None:
    path = write_lines(tmp_path, [DOVE])
    import_file(project, path)
    withdraw_conversation(conversation=Conversation.objects.get(title="q"), actor=admin)
    assert counts(import_file(project, path)) == (1, 0, 1, 0)
    assert not Message.objects.filter(text="a").exists()


def test_the_dove_sample_is_imported_with_every_record_accounted_for(project: Project) -> None:
    job = import_file(project, shared_file("dove/val_conditional_pref.jsonl"))
    read, imported, duplicates, quarantined = counts(job)
    assert read == imported + duplicates + quarantined == 363
    assert Comparison.objects.count() == imported


def test_ranks_ratings_and_critiques_of_ultrafeedback_are_stored(project: Project, tmp_path: Path) -> None:
    import_file(project, write_lines(tmp_path, [ULTRAFEEDBACK]))
    assert verdicts() == [("poor", "good", "b")]
    critique = Evidence.objects.get()
    assert critique.response is not None
    assert (critique.kind, critique.quote, critique.response.text) == ("verdict", "It says nothing.", "poor")
    assert Score.objects.filter(scorer__name="ultrafeedback: overall").count() == 2


def test_three_completions_become_a_ranked_list(project: Project, tmp_path: Path) -> None:
    completions = [
        {"response": text, "overall_score": score} for text, score in (("a", 1), ("b", 3), ("c", 2))
    ]
    import_file(project, write_lines(tmp_path, [{"instruction": "q", "completions": completions}]))
    places = RankedList.objects.get().places.select_related("response__message").order_by("rank")
    assert [place.response.text for place in places] == ["b", "c", "a"]


def test_the_strength_of_a_choice_is_stored(project: Project, tmp_path: Path) -> None:
    import_file(project, write_lines(tmp_path, [HELPSTEER_PREFERENCE]))
    assert (Comparison.objects.get().outcome, Comparison.objects.get().strength) == ("b", 2)


def test_a_withdrawal_erases_the_critique_too(project: Project, admin: User, tmp_path: Path) -> None:
    import_file(project, write_lines(tmp_path, [ULTRAFEEDBACK]))
    withdraw_conversation(conversation=Conversation.objects.get(), actor=admin)
    assert not Evidence.objects.exclude(quote="").exists()
