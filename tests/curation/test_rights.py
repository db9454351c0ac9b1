"""Rights: what may be used commercially, and the licences that a version's papers name."""

from pathlib import Path
from typing import Any

import pytest

from curation.domain.errors import RecipeError
from curation.domain.exporters.dataset_card import dataset_card
from curation.models import DatasetVersion, ModelVersion, Project, Response
from curation.services.corpus.preferences import publish_pair
from curation.services.corpus.responses import ensure_logged_response
from curation.services.importers.imports import open_import, run_import
from curation.services.versions.datasets import ensure_dataset, freeze_dataset
from tests.cast import make_conversation, make_pair
from tests.curation.format_samples import DOVE
from tests.curation.import_files import chat, write_lines

ALLOWED, FORBIDDEN = {"commercial_use": "allowed"}, {"commercial_use": "forbidden"}


def bring(project: Project, folder: Path, texts: list[str], **rights: str) -> None:
    """Import two rated answers to one question, of models named after them; the last goes into the conversation."""
    completions = [
        {"response": text, "model": f"model-{text}", "overall_score": score}
        for score, text in enumerate(texts)
    ]
    path = write_lines(folder, [{"instruction": "q", "completions": completions}])
    run_import(job_id=open_import(project=project, paths=[path], rights=rights).pk)


def freeze(project: Project, **recipe: Any) -> DatasetVersion:
    return freeze_dataset(dataset=ensure_dataset(project=project, name="d", recipe=recipe, actor=None))


def test_answers_of_a_second_import_stand_under_its_rights(project: Project, tmp_path: Path) -> None:
    bring(project, tmp_path, ["a", "b"], licence="free", **ALLOWED)
    bring(project, tmp_path, ["c", "b"], licence="closed", **FORBIDDEN)
    ModelVersion.objects.update(commercial_use="allowed")
    assert [batch["licence"] for batch in freeze(project).manifest["imports"]] == ["free", "closed"]
    version = freeze(project, commercial_use="only")
    assert [row.rejected.text for row in version.rows.all()] == ["a"]
    assert version.manifest["dropped"] == {"terms_of_source": 1}
    assert [batch["licence"] for batch in version.manifest["imports"]] == ["free"]


def test_an_answer_whose_writer_nobody_names_is_not_known_to_be_free(project: Project) -> None:
    pair = make_pair(project)
    pair.prompt.conversation.batch.commercial_use = "allowed"
    pair.prompt.conversation.batch.save()
    with pytest.raises(RecipeError, match="terms_of_unnamed_writer"):
        freeze(project, commercial_use="only")


def test_the_model_of_earlier_turns_is_asked_for_its_terms(project: Project) -> None:
    turns = [("user", "One?"), ("assistant", "Two."), ("user", "And?"), ("assistant", "Three.")]
    conversation = make_conversation(project, turns)
    conversation.batch.commercial_use = "allowed"
    conversation.batch.save()
    conversation.model_version = ModelVersion.objects.create(project=project, name="m")
    conversation.save()
    logged = ensure_logged_response(message=conversation.messages.get(position=3))
    sides = [
        Response.objects.create(
            project=project,
            prompt=logged.prompt,
            body=[{"type": "text", "text": text}],
            body_text=text,
            origin="edited",
            content_hash=text,
        )
        for text in ("Four.", "Five.")
    ]
    publish_pair(chosen=sides[0], rejected=sides[1], origin="mined", recipe="r", confidence=1.0)
    with pytest.raises(RecipeError, match="terms_of_model"):
        freeze(project, commercial_use="only")
    ModelVersion.objects.update(commercial_use="allowed")
    assert freeze(project, commercial_use="only").row_count == 1


def test_the_card_names_the_licences_of_both_sides_of_a_joint_pair(project: Project, tmp_path: Path) -> None:
    for record, licence in (({"messages": chat("r", "b")}, "second"), (DOVE, "first")):
        path = write_lines(tmp_path, [record])
        run_import(job_id=open_import(project=project, paths=[path], rights={"licence": licence}).pk)
    version = freeze(project)
    assert [batch["licence"] for batch in version.manifest["imports"]] == ["second", "first"]
    assert "second" in dataset_card(version.manifest)
