"""Previews that say what the freeze will do, and freezes of what changes meanwhile."""

import pytest

from curation.domain.errors import RecipeError
from curation.domain.exporters.dataset_rows import turn_as_json
from curation.domain.versions.recipes import parse_recipe
from curation.models import ImportBatch, ModelVersion, PreferencePair, Response
from curation.queries.versions.drafts import draft_of
from curation.queries.versions.version_rows import version_rows
from curation.services.versions import datasets
from curation.services.versions.previews import preview_recipe
from tests.curation.test_versions import SUBJECTS, answers_with_scores, freeze, make_pairs


def test_a_preview_is_never_older_than_what_it_shows(project):
    make_pairs(project)
    recipe = parse_recipe({"commercial_use": "only"})
    assert preview_recipe(project=project, recipe=recipe).result["rows"] == 0
    ImportBatch.objects.update(commercial_use="allowed")
    Response.objects.update(
        model_version=ModelVersion.objects.create(project=project, name="m", commercial_use="allowed")
    )
    assert preview_recipe(project=project, recipe=recipe).result["rows"] == 10


def test_a_preview_that_reads_many_scores_waits_for_a_worker(project, monkeypatch):
    monkeypatch.setattr("curation.services.versions.previews.SMALL", 3)
    answers_with_scores(project, [1, 2, 3, 4, 5])
    rated = parse_recipe({"sources": ["ratings"], "scorers": ["stars"]})
    assert not preview_recipe(project=project, recipe=rated).is_finished
    assert preview_recipe(project=project, recipe=parse_recipe({})).is_finished


def test_an_import_that_is_undone_during_a_freeze_stops_it_in_a_sentence(project, monkeypatch):
    make_pairs(project)

    def draft_then_undo(*arguments, **named):
        draft = draft_of(*arguments, **named)
        PreferencePair.objects.first().prompt.conversation.delete()
        return draft

    monkeypatch.setattr(datasets, "draft_of", draft_then_undo)
    with pytest.raises(RecipeError, match="undone"):
        freeze(project)


def test_a_tool_s_whole_numbers_leave_as_they_came(project):
    pair = make_pairs(project, SUBJECTS[:1])[0]
    number = 123456789012345678901234567890
    call = {"type": "tool_call", "call_id": "c", "name": "add", "arguments": {"to": number}}
    Response.objects.filter(pk=pair.chosen_id).update(body=[{"type": "text", "text": "x"}, call])
    (row,) = version_rows(freeze(project))
    assert turn_as_json(row.chosen[0])["parts"][1]["arguments"] == {"to": number}
