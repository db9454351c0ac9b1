"""Rows over the API: what they are is told, and many come at once."""

from typing import Any

import pytest
from django.test import Client

from curation.domain.access.scopes import Scope
from curation.models import Project, User
from curation.services.access.api_tokens import create_token
from curation.services.corpus.preferences import publish_comparison
from curation.services.importers.imports import open_import, run_import
from curation.services.versions.datasets import ensure_dataset, freeze_dataset
from tests.cast import make_pair
from tests.curation.format_samples import DOVE
from tests.curation.import_files import write_lines


@pytest.fixture
def rows(project: Project, researcher: User) -> Any:
    """Freeze a recipe and ask for its rows."""
    _token, secret = create_token(project=project, user=researcher, name="t", scopes=[Scope.EXPORT])

    def asked(query: str = "", **recipe: Any) -> Any:
        dataset = ensure_dataset(project=project, name="d", recipe=recipe, actor=None)
        address = f"/api/v1/projects/shared/versions/{freeze_dataset(dataset=dataset).uuid}/rows{query}"
        return Client().get(address, headers={"Authorization": f"Bearer {secret}"})

    return asked


def test_a_tie_says_that_it_is_one(project: Project, rows: Any) -> None:
    pair = make_pair(project)
    publish_comparison(
        response_a=pair.chosen, response_b=pair.rejected, outcome="tie", source="person", pair=pair
    )
    (row,) = rows(ties="kept").json()["items"]
    assert (row["is_tie"], row["rejected_prompt"], row["strength"]) == (True, [], None)


def test_a_joint_pair_comes_with_both_prompts(project: Project, rows: Any, tmp_path: Any) -> None:
    run_import(job_id=open_import(project=project, paths=[write_lines(tmp_path, [DOVE])]).pk)
    (row,) = rows().json()["items"]
    assert (row["prompt"][0]["content"], row["rejected_prompt"][0]["content"]) == ("q", "r")


def test_a_page_holds_as_many_rows_as_are_asked_for(project: Project, rows: Any) -> None:
    for number in range(12):
        make_pair(project, question=f"Question {number}?", chosen=f"right {number}")
    assert len(rows().json()["items"]) == 12
    page = rows("?limit=5").json()
    assert (len(page["items"]), page["next"]) == (5, "4")
    assert rows("?limit=0").status_code == 422
