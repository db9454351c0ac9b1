"""The main job repeats nothing that is done, and goes on where it was interrupted."""

from typing import Any

from config.main_job import _import
from curation.demo import corpus_files
from curation.models import ImportBatch, Project


def imported(project: Project) -> dict[str, Any] | None:
    return _import(project, files=corpus_files()[:1], own=False)


def test_the_corpus_is_imported_once(project):
    first = imported(project)
    assert first is not None
    assert first["imported"] > 0
    assert imported(project) is None


def test_an_import_that_was_interrupted_is_begun_again(project):
    imported(project)
    ImportBatch.objects.update(finished_at=None)
    again = imported(project)
    assert again is not None
    assert (again["imported"], again["duplicates"] > 0) == (0, True)
