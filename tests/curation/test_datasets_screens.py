"""Datasets in the browser: recipes, freezing, manifests, rows side by side, and the cards of the home."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from curation.models import AuditEvent, Dataset, DatasetVersion, Job, Project, User
from curation.queries.versions import datasets as dataset_queries
from curation.queries.versions.funnel import corpus_funnel, segments_of
from curation.services.corpus.preferences import publish_comparison
from curation.services.corpus.withdrawals import withdraw_conversation
from curation.services.versions.datasets import ensure_dataset, freeze_dataset
from curation.services.versions.evaluation_texts import MOST_BYTES
from curation.views import recipes
from tests.cast import make_conversation, make_pair

FIELDS = {
    "name": "helpful",
    "sources": ["mined", "lists"],
    "list_pairs": "adjacent",
    "train": "0.6",
    "validation": "0.2",
    "test": "0.2",
    "near_duplicate": "0.9",
    "seed": "3",
}


@pytest.fixture
def browser(researcher: User, client_of: Callable[[User], Client]) -> Client:
    """The researcher's browser."""
    return client_of(researcher)


@pytest.fixture
def version(project: Project) -> DatasetVersion:
    """A version of six rows, one decided by people."""
    pairs = [
        make_pair(project, question=f"Question {number} on topic {number}?", chosen=f"**right** {number}")
        for number in range(6)
    ]
    publish_comparison(
        response_a=pairs[0].chosen,
        response_b=pairs[0].rejected,
        outcome="a",  # type: ignore[arg-type]
        source="person",  # type: ignore[arg-type]
        pair=pairs[0],
    )
    return freeze_dataset(dataset=ensure_dataset(project=project, name="prefs", recipe=None, actor=None))


def get(browser: Client, name: str, *arguments: Any, **query: str) -> str:
    address = reverse(f"curation:{name}", args=["shared", *arguments])
    return browser.get(address, query).content.decode()


# Recipes --------------------------------------------------------------------------------------------


def create(browser: Client, **changes: Any) -> Any:
    return browser.post(reverse("curation:dataset_create", args=["shared"]), {**FIELDS, **changes})


def test_a_recipe_is_written_field_by_field(project: Project, browser: Client) -> None:
    assert create(browser).status_code == 302
    recipe = Dataset.objects.get(name="helpful").recipe
    assert recipe["sources"] == ["mined", "lists"]
    assert recipe["splits"] == {"train": 0.6, "validation": 0.2, "test": 0.2}
    assert (recipe["list_pairs"], recipe["near_duplicate"], recipe["seed"]) == ("adjacent", 0.9, 3)


def test_a_recipe_is_written_as_yaml(project: Project, browser: Client) -> None:
    create(browser, recipe="sources: [comparisons]\nseed: 11\n")
    recipe = Dataset.objects.get(name="helpful").recipe
    assert (recipe["sources"], recipe["seed"]) == (["comparisons"], 11)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sources": []}, "must name some of"),
        ({"train": "0.9"}, "sum to 1"),
        ({"recipe": "sources: ["}, "not YAML or JSON at line 1"),
        ({"recipe": "colour: red"}, "no field colour"),
        ({"name": "no spaces please"}, "Use letters, digits, hyphens"),
        ({"near_duplicate": "0"}, "must lie above 0"),
    ],
)
def test_a_recipe_that_cannot_be_carried_out_says_why(
    project: Project, browser: Client, changes: dict[str, Any], words: str
) -> None:
    response = create(browser, **changes)
    assert response.status_code == 200
    assert words in response.content.decode()
    assert not Dataset.objects.exists()


def test_a_changed_recipe_leaves_frozen_versions_as_they_were(
    version: DatasetVersion, browser: Client
) -> None:
    address = reverse("curation:dataset_recipe", args=["shared", version.dataset.uuid])
    browser.post(address, {**FIELDS, "sources": ["mined"]})
    version.refresh_from_db()
    assert Dataset.objects.get().recipe["seed"] == 3
    assert version.recipe["seed"] == 7


def test_a_changed_recipe_is_on_the_trail_with_what_it_was(version: DatasetVersion, browser: Client) -> None:
    browser.post(reverse("curation:dataset_recipe", args=["shared", version.dataset.uuid]), FIELDS)
    event = AuditEvent.objects.get(action="dataset.recipe_changed")
    assert event.details["seed"] == {"before": 7, "after": 3}
    assert "ties" not in event.details


def test_a_name_that_is_taken_changes_nothing_and_says_so(version: DatasetVersion, browser: Client) -> None:
    taken = version.dataset
    response = create(browser, name=taken.name)
    assert "has a dataset named" in response.content.decode()
    assert Dataset.objects.get().recipe == taken.recipe


# Versions -------------------------------------------------------------------------------------------


def test_a_second_press_of_freeze_makes_no_second_version(version: DatasetVersion, browser: Client) -> None:
    for seed in (7, 7, 8):
        version.dataset.recipe["seed"] = seed
        version.dataset.save()
        browser.post(reverse("curation:dataset_freeze", args=["shared", version.dataset.uuid]))
    assert Job.objects.filter(kind="freeze").count() == 2


def test_a_freeze_answers_with_its_progress(version: DatasetVersion, browser: Client) -> None:
    address = reverse("curation:dataset_freeze", args=["shared", version.dataset.uuid])
    body = browser.post(address, headers={"HX-Request": "true"}).content.decode()
    assert "Freezing a version" in body
    assert Job.objects.filter(kind="freeze", state="queued").count() == 1


def test_a_manifest_says_where_rows_come_from_and_how_far_to_trust_them(
    version: DatasetVersion, browser: Client
) -> None:
    body = get(browser, "version_detail", version.uuid)
    assert version.content_hash in body
    assert "1 of 1 judged pairs" in body
    assert "dsat_then_better 6" in body
    assert "licence not stated" in body


def test_rows_stand_side_by_side_as_safe_markdown(version: DatasetVersion, browser: Client) -> None:
    body = get(browser, "version_detail", version.uuid)
    assert body.count("<strong>right</strong>") == 6
    assert "decided by people" in body


def test_rows_come_in_pages_and_by_split(
    version: DatasetVersion, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dataset_queries, "ROW_PAGE", 4)
    assert "after=3" in get(browser, "version_detail", version.uuid)
    assert get(browser, "version_detail", version.uuid, after="3").count("dataset-row") == 2
    tests = get(browser, "version_detail", version.uuid, split="test")
    assert tests.count("dataset-row") == version.split_counts["test"]


def test_a_version_page_takes_as_many_statements_for_many_rows_as_for_few(
    version: DatasetVersion, browser: Client
) -> None:
    address = reverse("curation:version_detail", args=["shared", version.uuid])
    statements = []
    for query in ({"after": "4"}, {}):
        with CaptureQueriesContext(connection) as captured:
            browser.get(address, query)
        statements.append(len(captured))
    assert statements[0] == statements[1] <= 8


def test_a_version_withdrawn_in_part_says_so(version: DatasetVersion, browser: Client, admin: User) -> None:
    row = version.rows.order_by("position").first()
    assert row is not None
    withdraw_conversation(conversation=row.prompt.conversation, actor=admin)
    body = get(browser, "version_detail", version.uuid)
    assert "the text of 1 row is erased" in body
    assert "withdrawn in part" in get(browser, "dataset_list")


# The cards of the home ------------------------------------------------------------------------------


def test_the_download_card_offers_the_newest_version_and_what_people_confirmed(
    version: DatasetVersion, browser: Client
) -> None:
    body = get(browser, "download_card")
    assert "Prepare prefs-1.jsonl" in body
    assert "People confirmed 100" in body
    assert "n = 1" in body
    assert 'load_dataset("json", data_files="prefs-1.jsonl", split="train")' in body


def test_the_download_card_says_what_to_do_before_anything_is_frozen(
    project: Project, browser: Client
) -> None:
    assert "Nothing is frozen yet" in get(browser, "download_card")


def test_an_export_is_asked_for_from_the_card(version: DatasetVersion, browser: Client) -> None:
    address = reverse("curation:version_export", args=["shared", version.uuid])
    body = browser.post(
        address, {"format_name": "trl_preference", "ending": ".jsonl"}, headers={"HX-Request": "true"}
    )
    assert "Writing a file" in body.content.decode()
    assert Job.objects.get(kind="export").arguments["version"] == version.pk


def test_an_ending_that_nobody_writes_is_told(version: DatasetVersion, browser: Client) -> None:
    address = reverse("curation:version_export", args=["shared", version.uuid])
    response = browser.post(address, {"format_name": "trl_preference", "ending": ".docx"})
    assert "is not written here" in response.content.decode()


def test_the_funnel_counts_what_came_and_what_was_left_behind(version: DatasetVersion) -> None:
    funnel = corpus_funnel(version.project)
    assert (funnel.preferences.pairs, funnel.confirmation.confirmed) == (6, 1)
    assert funnel.version == version
    assert [(part.count, part.kind) for part in funnel.confirmed] == [(1, "kept"), (5, "neutral")]


def test_the_funnel_of_an_empty_project_is_all_noughts(project: Project, browser: Client) -> None:
    body = get(browser, "funnel")
    assert "<svg" not in body
    assert ">0</strong> conversations" in body


def test_the_funnel_takes_a_fixed_number_of_statements(version: DatasetVersion, browser: Client) -> None:
    statements = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            get(browser, "funnel")
        statements.append(len(captured))
        for number in range(5):
            make_conversation(version.project, [("user", f"more {number}")])
            make_pair(version.project, question=f"and more {number}?")
    assert statements[0] == statements[1] <= 13


def test_segments_fill_their_bar_and_leave_out_what_is_empty() -> None:
    parts = segments_of([("a", 1, "kept"), ("b", 0, "neutral"), ("c", 3, "dropped")])
    assert [(part.label, part.start, part.width) for part in parts] == [
        ("a", "0.000", "25.000"),
        ("c", "25.000", "75.000"),
    ]


def test_an_evaluation_set_beyond_the_limit_is_refused_unread(
    project: Project, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipes, "save_evaluation_text", lambda **_: pytest.fail("The file was read."))
    large = SimpleUploadedFile("gsm.txt", b"x" * (MOST_BYTES + 1))
    answer = browser.post(
        reverse("curation:evaluation_texts", args=["shared"]), {"name": "gsm", "file": large}
    )
    assert "at most 8 MB" in answer.content.decode()
