"""Versions out of every source: reproducible, compared with reasons, and described by a card."""

import json
import random
from io import BytesIO
from itertools import combinations
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.management import call_command
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone

from curation.domain.errors import RecipeError
from curation.domain.exporters.dataset_rows import fault_of
from curation.domain.versions.recipes import parse_recipe
from curation.models import (
    Comparison,
    DatasetVersion,
    LeftOutRow,
    ModelVersion,
    PreferencePair,
    Project,
    Response,
    ResponseSet,
    ResponseSetEntry,
    Scorer,
    Tag,
)
from curation.queries.versions.dataset_cards import card_archive
from curation.queries.versions.version_diffs import diff_versions
from curation.queries.versions.version_rows import version_rows
from curation.services.corpus.preferences import publish_comparison, publish_scorer, publish_scores
from curation.services.exporters.export_requests import ExportRequest
from curation.services.exporters.exports import export_to_path
from curation.services.importers.imports import open_import, run_import
from curation.services.versions.datasets import ensure_dataset, freeze_dataset
from curation.services.versions.evaluation_texts import save_evaluation_text
from curation.services.versions.previews import preview_recipe, run_preview
from tests.cast import make_pair, make_project
from tests.paths import shared_file

SUBJECTS = ["rice", "trains", "tax law", "poems", "bees", "glass", "ice cream", "maps", "chess", "salt"]


def freeze(project: Project, name: str = "d", **recipe: object) -> DatasetVersion:
    return freeze_dataset(dataset=ensure_dataset(project=project, name=name, recipe=recipe, actor=None))


def make_pairs(project: Project, subjects: list[str] = SUBJECTS) -> list[PreferencePair]:
    return [
        make_pair(
            project, question=f"What of {subject}?", chosen=f"All of {subject}", rejected=f"No {subject}"
        )
        for subject in subjects
    ]


def judge(pair: PreferencePair, outcome: str = "a", **origin: object) -> None:
    publish_comparison(
        response_a=pair.chosen,
        response_b=pair.rejected,
        outcome=outcome,  # type: ignore[arg-type]
        source="person",  # type: ignore[arg-type]
        pair=pair,
        origin=origin,
    )


def test_a_version_made_again_is_written_byte_for_byte_the_same(project, tmp_path):
    for number in range(6):
        make_pair(project, question=f"What is {number} times {number}?")
    versions = [freeze(project), freeze(project)]
    written = [
        export_to_path(version=version, wanted=ExportRequest(splits=("train",)), path=tmp_path / f"{n}.jsonl")
        for n, version in enumerate(versions)
    ]
    assert written[0].result.sha256 == written[1].result.sha256
    assert versions[0].content_hash == versions[1].content_hash


def test_the_order_of_the_import_changes_neither_rows_nor_hash(project):
    shuffled = random.Random(3).sample(SUBJECTS, len(SUBJECTS))
    other = make_project("other")
    make_pairs(project)
    make_pairs(other, shuffled)
    recipe = {"caps": {"conversation": 1}, "balance": "source", "duplicates": "near"}
    first, second = freeze(project, **recipe), freeze(other, **recipe)
    assert first.content_hash == second.content_hash
    assert texts_of(first) == texts_of(second)
    assert first.manifest["steps"] == second.manifest["steps"]


def texts_of(version: DatasetVersion) -> list[tuple[object, ...]]:
    return [
        (row.prompt, row.chosen, row.rejected, row.split, row.decided_by) for row in version_rows(version)
    ]


def test_the_test_split_holds_only_what_people_decided_without_the_signal(project):
    pairs = make_pairs(project)
    judge(pairs[0])
    judge(pairs[1], saw_signal=True)
    version = freeze(project, splits={"train": 0.5, "validation": 0.1, "test": 0.4})
    assert [row.pair for row in version.rows.filter(split="test")] == [pairs[0]]
    assert version.rows.get(pair=pairs[1]).decided_by == "miner"
    assert version.manifest["test_accuracy_is"] == "preference accuracy"


def test_without_people_the_manifest_calls_accuracy_agreement_with_the_miner(project):
    make_pairs(project)
    assert freeze(project).manifest["test_accuracy_is"] == "agreement with the miner"


def test_what_users_did_is_no_label_until_people_judge_it(project):
    pairs = make_pairs(project, SUBJECTS[:3])
    PreferencePair.objects.update(is_candidate=True, origin="imported")
    judge(pairs[0])
    version = freeze(project)
    assert (version.row_count, version.manifest["dropped"]) == (1, {"candidate_not_judged": 2})


def test_votes_are_frozen_with_how_they_were_asked(project):
    pair = make_pairs(project, SUBJECTS[:1])[0]
    judge(
        pair,
        "b",
        annotator_pseudonym="calm-heron",
        protocol="pair",
        order_shown="a_chosen",
        guideline_version="g 2",
    )
    record = next(version_rows(freeze(project)))
    vote = record.votes[0]
    assert (vote.annotator, vote.protocol, vote.guideline_version) == ("calm-heron", "pair", "g 2")
    assert (vote.value, vote.order_shown) == ("chosen", "a_rejected")
    assert freeze(project).manifest["votes"]["annotators"] == {"calm-heron": 1}


def answers_with_scores(project: Project, values: list[float], name: str = "stars") -> Scorer:
    pair = make_pair(project)
    PreferencePair.objects.update(archived_at=pair.created_at)
    answers = [pair.chosen, pair.rejected]
    answers += [
        Response.objects.create(
            project=project,
            prompt=pair.prompt,
            body=[{"type": "text", "text": f"answer {n}"}],
            body_text=f"answer {n}",
            origin="imported",
            content_hash=f"h1:s{n}",
        )
        for n in range(len(values) - 2)
    ]
    scorer = publish_scorer(project=project, name=name, version="1", kind=Scorer.Kind.SOURCE)
    publish_scores(
        scorer=scorer,
        target="response",
        values={answer.pk: value for answer, value in zip(answers, values, strict=True)},
    )
    return scorer


@pytest.mark.parametrize(("gap", "rows"), [(0, 3), (2, 2), (4, 1)])
def test_ratings_give_pairs_that_are_far_enough_apart(project, gap, rows):
    answers_with_scores(project, [5, 1, 4])
    version = freeze(project, sources=["ratings"], scorers=["stars"], minimum_gap=gap)
    assert version.row_count == rows
    assert version.rows.aggregate(most=Max("strength"))["most"] == 4


def test_thumbs_give_rows_of_one_answer_which_exporters_can_read(project):
    answers_with_scores(project, [1, -1, 0], name="thumb")
    version = freeze(project, sources=["answers"], scorers=["thumb"])
    assert version.manifest["dropped"] == {"neither_good_nor_bad": 1}
    rows = list(version_rows(version))
    assert sorted((bool(row.chosen), bool(row.rejected)) for row in rows) == [(False, True), (True, False)]
    assert [fault_of(row) for row in rows] == ["", ""]


def test_ties_are_kept_where_the_recipe_keeps_them(project):
    judge(make_pairs(project, SUBJECTS[:1])[0], "tie")
    assert freeze(project, ties="kept").rows.get().is_tie
    with pytest.raises(RecipeError, match="people_undecided"):
        freeze(project)


def test_verdicts_of_a_source_that_disagree_are_no_row(project):
    pair = make_pair(project)
    PreferencePair.objects.update(archived_at=pair.created_at)
    for outcome in ("a", "b"):
        Comparison.objects.create(
            project=project,
            response_a=pair.chosen,
            response_b=pair.rejected,
            outcome=outcome,
            source="source_person",
            source_name="arena",
        )
    with pytest.raises(RecipeError, match="source_undecided"):
        freeze(project)


def test_a_row_of_an_uploaded_evaluation_is_left_out(project):
    make_pairs(project, [*SUBJECTS[:2], "the two long rivers that meet in the old town of Koblenz"])
    lines = b"What of the two long rivers that meet in the old town of Koblenz?\n"
    save_evaluation_text(project=project, name="rivers", content=lines)
    version = freeze(project, decontaminate=["texts:rivers"])
    assert version.manifest["dropped"] == {"in_evaluation": 1}
    assert version.manifest["evaluations"] == [
        {"name": "texts:rivers", "texts": 1, "sequences": 2, "compared_by": ["words"]}
    ]


def test_a_conversation_that_a_standing_evaluation_asks_about_is_left_out(project):
    pairs = make_pairs(project)
    held_out = ResponseSet.objects.create(project=project, name="held out", purpose="evaluation")
    model = ModelVersion.objects.create(project=project, name="one", kind="endpoint")
    ResponseSetEntry.objects.create(
        project=project, response_set=held_out, prompt=pairs[0].prompt, model_version=model, number=0
    )
    assert freeze(project).manifest["dropped"] == {"evaluation_prompt": 1}
    held_out.archived_at = timezone.now()
    held_out.save()
    assert freeze(project, "e").manifest["dropped"] == {}


def test_an_evaluation_set_that_is_not_there_is_named(project):
    make_pairs(project)
    with pytest.raises(RecipeError, match="texts:nothing"):
        freeze(project, decontaminate=["texts:nothing"])


def test_an_evaluation_set_that_nothing_can_be_found_in_is_refused(project):
    make_pairs(project)
    save_evaluation_text(project=project, name="short", content=b"Yes, please.\n")
    with pytest.raises(RecipeError, match="texts:short"):
        freeze(project, decontaminate=["texts:short"])


def test_what_may_not_be_used_commercially_is_removed_and_counted(project):
    pairs = make_pairs(project, SUBJECTS[:3])
    writer = ModelVersion.objects.create(project=project, name="m", commercial_use="allowed")
    Response.objects.update(model_version=writer)
    for pair in pairs[:2]:
        pair.prompt.conversation.batch.commercial_use = "allowed"
        pair.prompt.conversation.batch.save()
    version = freeze(project, commercial_use="only")
    assert version.manifest["dropped"] == {"terms_of_source": 1}


def test_a_diff_says_which_rows_went_by_which_step_and_which_moved(project):
    pairs = make_pairs(project)
    before = freeze(project)
    Tag.objects.create(
        project=project, conversation=pairs[0].prompt.conversation, name="pii:email", source="enrichment"
    )
    judge(pairs[1], "b")
    make_pairs(project, ["whales"])
    after = freeze(project)
    found = diff_versions(before, after)
    assert found.counts["removed"] == {"left out by scope: tag_pii": 1}
    assert found.counts["added"] == {"new answers in the corpus": 1}
    assert found.counts["changed"]["sides reversed"] == 1
    assert found.same + sum(found.counts["changed"].values()) == 9


def test_a_row_that_comes_back_says_what_had_left_it_out(project):
    make_pairs(project, SUBJECTS[:2])
    PreferencePair.objects.filter(pk=PreferencePair.objects.first().pk).update(confidence=0.2)
    before, after = freeze(project, minimum_confidence=0.5), freeze(project)
    found = diff_versions(before, after)
    assert found.counts["added"] == {"was left out by proposals: low_confidence": 1}
    assert found.recipe == {"minimum_confidence": (0.5, 0.0)}


def test_the_command_prints_the_diff(project, capsys):
    make_pairs(project)
    freeze(project)
    freeze(project)
    call_command("diff_versions", "d@1", "d@2", project=project.slug, json=True)
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["same"] == 10


def test_what_a_frozen_version_left_out_cannot_be_changed(project):
    from django.db import DatabaseError, transaction

    make_pair(project)
    judge(make_pair(project, question="Another?"), "tie")
    freeze(project)
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        LeftOutRow.objects.update(reason="x")


def test_the_card_comes_with_charts_and_names_nothing_as_markup(project):
    make_pairs(project)
    PreferencePair.objects.update(recipe="<b>|[x](http://e)")
    version = freeze(project)
    with ZipFile(BytesIO(card_archive(version))) as archive:
        card = archive.read("README.md").decode()
        names = archive.namelist()
    assert "charts/1.svg" in names
    assert version.content_hash in card
    assert "<b>" not in card
    assert card_archive(version) == card_archive(version)


def test_a_preview_says_what_the_freeze_does_and_keeps_no_text(project):
    judge(make_pairs(project)[0], "tie")
    recipe = parse_recipe({"minimum_confidence": 0.0})
    job = preview_recipe(project=project, recipe=recipe)
    version = freeze(project)
    assert job.result["rows"] == version.row_count == 9
    assert job.result["steps"][0]["reasons"] == {"people_undecided": 1}
    assert "What of" not in json.dumps(job.result)


def test_a_preview_of_a_large_project_waits_for_a_worker(project, monkeypatch):
    monkeypatch.setattr("curation.services.versions.previews.SMALL", 3)
    make_pairs(project)
    job = preview_recipe(project=project, recipe=parse_recipe({}))
    assert not job.is_finished
    assert run_preview(job_id=job.pk).result["rows"] == 10


def test_the_preview_shows_examples_and_the_form_s_errors(project, researcher, client_of):
    judge(make_pairs(project)[0], "tie")
    client = client_of(researcher)
    address = reverse("curation:recipe_preview", args=[project.slug])
    fields = {"sources": ["mined"], "train": "0.8", "validation": "0.1", "test": "0.1"}
    shown = client.post(address, fields, headers={"HX-Request": "true"}).content.decode()
    assert "people were undecided" in shown
    assert "What of rice?" in shown
    refused = client.post(address, {**fields, "train": "0.9"}, headers={"HX-Request": "true"})
    assert "splits" in refused.content.decode()


def test_every_ranked_pair_of_oasst_is_a_row_or_has_a_reason(project):
    path = shared_file("oasst1/en-validation.jsonl")
    run_import(job_id=open_import(project=project, paths=[path]).pk)
    version = freeze(project)
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    siblings: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if row["role"] == "assistant" and row["rank"] is not None:
            siblings.setdefault(row["parent_id"], []).append(row)
    pairs = [pair for replies in siblings.values() for pair in combinations(replies, 2)]
    of_deleted = sum(one["deleted"] or other["deleted"] for one, other in pairs)
    assert (len({row["message_tree_id"] for row in rows}), len(pairs)) == (191, 1026)
    assert version.row_count + sum(version.manifest["dropped"].values()) == 1026 - of_deleted
