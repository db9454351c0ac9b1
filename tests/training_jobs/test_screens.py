"""The pages of training, as people see them."""

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from uuid6 import uuid7

from curation.models import DatasetVersion, ModelVersion, Project, User
from tests.training_jobs.run_setup import fake_trainer, make_run, make_version
from training_jobs.domain.states import RunState
from training_jobs.models import Evaluation, Measurement, RunAttempt, TrainingRun
from training_jobs.queries.artifacts import artifact_path, log_path
from training_jobs.queries.curves import POINTS_OF_A_CURVE, series_of
from training_jobs.services.claims import claim_next_run
from training_jobs.services.supervision import work_through_runs


@pytest.fixture
def waiting(version: DatasetVersion, base_model: str, admin: User) -> TrainingRun:
    """A run that waits for a worker."""
    return make_run(version, base_model=base_model, actor=admin)


@pytest.fixture
def finished(waiting: TrainingRun) -> TrainingRun:
    """A run that a fake trainer finished."""
    work_through_runs(worker_name="w", run=waiting, program=fake_trainer("finish"))
    waiting.refresh_from_db()
    return waiting


@pytest.fixture
def reader(client_of: Callable[[User], Client], researcher: User) -> Client:
    """A researcher's browser."""
    return client_of(researcher)


def page(client: Client, name: str, run: TrainingRun | None = None, **query: str) -> str:
    """Return a page's text with its white space folded."""
    response = client.get(address(name, run), query)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def address(name: str, run: TrainingRun | None = None) -> str:
    keys: dict[str, Any] = {"project_slug": "shared"} | ({"run_uuid": run.uuid} if run else {})
    return reverse(f"training_jobs:{name}", kwargs=keys)


def asked(frozen: DatasetVersion, **changes: str) -> dict[str, str]:
    """Return the form as a browser posts it."""
    return {
        "version": str(frozen.pk),
        "objective": "dpo",
        "base_model": "tiny",
        "idempotency_key": str(uuid7()),
        **changes,
    }


# Starting.


def test_an_admin_starts_a_run(
    client_of: Callable[[User], Client], admin: User, version: DatasetVersion
) -> None:
    response = client_of(admin).post(
        address("run_create"), asked(version, **{"set_max_steps": "7", "set_lora.r": "4"})
    )
    run = TrainingRun.objects.get()
    assert response["Location"] == address("run_detail", run)
    assert (run.config["max_steps"], run.config["lora"]["r"], run.created_by) == (7, 4, admin)


def test_a_doubled_click_starts_one_run(
    client_of: Callable[[User], Client], admin: User, version: DatasetVersion
) -> None:
    form = asked(version)
    for _ in range(2):
        client_of(admin).post(address("run_create"), form)
    assert TrainingRun.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"set_learning_rate": "3"}, "learning_rate must be"),
        ({"set_max_steps": "-1"}, "greater than or equal to 0"),
        ({"base_model": "other"}, "Write the name of the model"),
        ({"base_model": "other", "other_base_model": "/etc"}, "named on the command line"),
        ({"base_model": "other", "other_base_model": "../up"}, "named on the command line"),
        ({"base_model": "other", "other_base_model": "nobody/nothing"}, "is on this machine"),
        ({"version": "0"}, "Select a valid choice"),
    ],
)
def test_a_run_that_cannot_be_carried_out_is_refused_before_it_is_queued(
    client_of: Callable[[User], Client],
    admin: User,
    version: DatasetVersion,
    changes: dict[str, str],
    words: str,
) -> None:
    response = client_of(admin).post(address("run_create"), asked(version, **changes))
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not TrainingRun.objects.exists()


def test_a_version_of_another_project_cannot_be_chosen(
    client_of: Callable[[User], Client], admin: User, outsider: User, artifacts: object
) -> None:
    foreign = make_version(Project.objects.get(slug="elsewhere"), train=2)
    assert client_of(admin).post(address("run_create"), asked(foreign)).status_code == 422


def test_the_plan_says_what_will_happen_and_how_to_ask_for_it_elsewhere(
    client_of: Callable[[User], Client], admin: User, version: DatasetVersion
) -> None:
    response = client_of(admin).post(address("run_plan"), asked(version, set_max_steps="9"))
    plan = " ".join(response.content.decode().split())
    assert "It trains 9 steps of 8 pairs on 6 rows: each is seen about 12.0 times." in plan
    assert "this proves the pipeline, not quality" in plan
    assert "No person decided any of the 2 held-out rows" in plan
    assert "No training worker runs at the moment" in plan
    command = "train_model polite@1 --project shared --objective dpo --base-model tiny --set max_steps=9"
    assert f"python manage.py {command}" in plan


def test_planning_queues_nothing(
    client_of: Callable[[User], Client], admin: User, version: DatasetVersion
) -> None:
    client_of(admin).post(address("run_plan"), asked(version))
    assert not TrainingRun.objects.exists()


def test_without_a_frozen_version_the_form_says_what_to_do_first(
    client_of: Callable[[User], Client], admin: User, artifacts: object
) -> None:
    assert "A run needs a frozen dataset version" in page(client_of(admin), "run_create")


# Following.


def test_a_waiting_run_says_that_no_worker_runs(reader: Client, waiting: TrainingRun) -> None:
    assert "No training worker runs at the moment" in page(reader, "run_progress", waiting)


def test_progress_is_polled_while_the_run_runs_and_no_longer(reader: Client, waiting: TrainingRun) -> None:
    assert 'hx-trigger="every 1s"' in page(reader, "run_progress", waiting)
    TrainingRun.objects.filter(pk=waiting.pk).update(state=RunState.FAILED, error_sentence="It broke.")
    response = reader.get(address("run_progress", waiting))
    assert "every 1s" not in response.content.decode()
    assert response["HX-Trigger"] == "run-ended"


def test_only_an_admin_is_offered_to_cancel(
    reader: Client, client_of: Callable[[User], Client], admin: User, waiting: TrainingRun
) -> None:
    assert "Cancel the run" in page(client_of(admin), "run_progress", waiting)
    assert "Cancel the run" not in page(reader, "run_progress", waiting)


def test_an_admin_cancels_a_run(
    client_of: Callable[[User], Client], admin: User, waiting: TrainingRun
) -> None:
    client_of(admin).post(address("run_cancel", waiting))
    waiting.refresh_from_db()
    assert (waiting.state, waiting.cancel_requested_by) == (RunState.CANCELLED, admin)


def test_a_finished_run_shows_its_figure_under_an_honest_title(reader: Client, finished: TrainingRun) -> None:
    shown = page(reader, "run_detail", finished)
    assert "agreement with the miner" in shown
    assert "preference accuracy" not in shown.lower()
    assert "10.0 % to 90.0 %" in shown
    assert "The longer answer is the chosen one" in shown
    assert "The base model finds the chosen answer more probable" in shown


def test_a_figure_that_people_decided_is_called_preference_accuracy(
    reader: Client, finished: TrainingRun
) -> None:
    evaluation = Evaluation.objects.get(run=finished)
    evaluation.report["by"]["decided_by"] = {
        "people": {"n": 2, "preference_accuracy": 0.5, "interval": [0.1, 0.9]}
    }
    evaluation.save()
    shown = page(reader, "run_results", finished)
    assert "preference accuracy" in shown
    assert "People decided all 2 held-out rows." in shown


def test_rows_that_different_judges_decided_are_shown_apart(reader: Client, finished: TrainingRun) -> None:
    evaluation = Evaluation.objects.get(run=finished)
    one = {"n": 1, "preference_accuracy": 1.0, "interval": [0.2, 1.0]}
    evaluation.report["by"]["decided_by"] = {"people": one, "miner": one}
    evaluation.save()
    shown = page(reader, "run_results", finished)
    assert "People decided 1 of the 2 held-out rows." in shown
    assert "Rows decided by the miner alone" in shown


def test_a_model_that_learnt_from_withdrawn_text_says_so(reader: Client, finished: TrainingRun) -> None:
    ModelVersion.objects.filter(trained_on=finished.version).update(withdrawn_in_part_at=finished.created_at)
    assert "have been withdrawn since" in page(reader, "run_results", finished)


def test_the_home_s_card_shows_the_newest_run(reader: Client, finished: TrainingRun) -> None:
    card = page(reader, "run_card")
    assert finished.name in card
    assert "agreement with the miner" in card


def test_the_home_s_card_says_when_there_is_no_run(reader: Client) -> None:
    assert "No run yet" in page(reader, "run_card")


def test_what_happened_is_told_with_its_reasons(reader: Client, waiting: TrainingRun) -> None:
    work_through_runs(worker_name="the worker", run=waiting, program=fake_trainer("fail"))
    shown = page(reader, "run_history", waiting)
    assert "Attempt 1 started on the worker." in shown
    assert "Attempt 1 failed." in shown
    assert "None of the rows can be used." in shown


# Curves.


@pytest.fixture
def attempt(waiting: TrainingRun) -> RunAttempt:
    """A running attempt."""
    claimed = claim_next_run(worker_name="w")
    assert claimed is not None
    return claimed


def measure(attempt: RunAttempt, name: str, values: list[float]) -> None:
    Measurement.objects.bulk_create(
        Measurement(
            project=attempt.project,
            run=attempt.run,
            attempt=attempt,
            step=step,
            split="train",
            name=name,
            value=value,
        )
        for step, value in enumerate(values, start=1)
    )


def test_curves_are_drawn_without_inline_style(reader: Client, finished: TrainingRun) -> None:
    shown = page(reader, "run_curves", finished)
    assert shown.count("<svg") == 4
    assert not re.search(r"<style|\sstyle=|<script", shown)


def test_curves_have_words_and_a_table_for_those_who_do_not_see_them(
    reader: Client, finished: TrainingRun
) -> None:
    assert 'role="img" aria-label="Loss: training 0.1667"' in page(reader, "run_curves", finished)
    assert '<th scope="row" class="number">6</th><td class="number">0.1667</td>' in page(
        reader, "run_figures", finished
    )


def test_both_rewards_falling_is_warned_of(reader: Client, attempt: RunAttempt) -> None:
    for name, slope in (("rewards_chosen", -0.1), ("rewards_rejected", -0.5)):
        measure(attempt, name, [slope * step for step in range(8)])
    assert "Both answers are becoming less likely" in page(reader, "run_curves", attempt.run)


def test_a_long_run_is_drawn_with_few_points_that_keep_its_extremes(attempt: RunAttempt) -> None:
    measure(attempt, "loss", [100.0 if step == 3333 else 1 / (step + 1) for step in range(6000)])
    points = series_of(attempt.run)["train", "loss"]
    assert len(points) <= POINTS_OF_A_CURVE
    assert max(value for _step, value in points) == 100.0


def test_of_a_step_done_again_the_later_attempt_is_drawn(attempt: RunAttempt) -> None:
    measure(attempt, "loss", [1.0, 1.0])
    attempt.ended_at, attempt.ending = attempt.created_at, "lost"
    attempt.save()
    second = RunAttempt.objects.create(
        project=attempt.project,
        run=attempt.run,
        number=2,
        fence=2,
        worker_name="w",
        host="h",
        lease_expires_at=attempt.lease_expires_at,
        heartbeat_at=attempt.heartbeat_at,
    )
    measure(second, "loss", [5.0])
    assert series_of(attempt.run)["train", "loss"] == [(1, 5.0), (2, 1.0)]


# Files.


def test_the_adapter_s_archive_holds_the_weights_and_the_card(reader: Client, finished: TrainingRun) -> None:
    response = reader.get(address("run_adapter", finished))
    archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))  # type: ignore[attr-defined]
    assert sorted(archive.namelist()) == ["dpo-adapter/README.md", "dpo-adapter/adapter_model.safetensors"]


def test_an_archive_on_a_random_model_holds_that_too(reader: Client, finished: TrainingRun) -> None:
    finished.base_model.terms = "random weights, made by Harken"
    finished.base_model.save()
    response = reader.get(address("run_adapter", finished))
    archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))  # type: ignore[attr-defined]
    assert "dpo-adapter/base_model/config.json" in archive.namelist()


def test_the_model_card_is_a_file(reader: Client, finished: TrainingRun) -> None:
    response = reader.get(address("run_model_card", finished))
    assert b"## How the labels were decided" in b"".join(response.streaming_content)  # type: ignore[attr-defined]


def test_an_adapter_that_is_gone_is_not_found(reader: Client, finished: TrainingRun) -> None:
    assert finished.adapter is not None
    artifact_path(finished.adapter.path).rename(artifact_path("moved"))
    assert reader.get(address("run_adapter", finished)).status_code == 404


def test_an_annotator_cannot_take_the_adapter(
    client_of: Callable[[User], Client], annotator: User, finished: TrainingRun
) -> None:
    assert client_of(annotator).get(address("run_adapter", finished)).status_code == 403


def test_the_log_is_read_on_and_escaped(reader: Client, waiting: TrainingRun) -> None:
    log_path(waiting).parent.mkdir(parents=True, exist_ok=True)
    log_path(waiting).write_text("one\n<b>two</b>\n")
    shown = page(reader, "run_log", waiting, after="4")
    assert shown.startswith("&lt;b&gt;two&lt;/b&gt;")
    assert "?after=15" in shown
    assert reader.get(address("run_log", waiting), {"after": "9" * 5000}).status_code == 200


# Lists.


def test_a_list_of_runs_asks_the_database_a_fixed_number_of_questions(
    reader: Client,
    version: DatasetVersion,
    base_model: str,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    counts = []
    for _ in range(2):
        for _ in range(3):
            make_run(version, base_model=base_model)
        with django_assert_max_num_queries(6) as asked_for:
            page(reader, "run_list")
        counts.append(len(asked_for))
    assert counts[0] == counts[1]


def test_older_runs_are_a_page_away(
    reader: Client, version: DatasetVersion, base_model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training_jobs.queries.runs.RUNS_OF_A_PAGE", 2)
    old, *_ = (make_run(version, base_model=base_model) for _ in range(3))
    first = page(reader, "run_list")
    assert str(old.uuid) not in first
    before = re.search(r"\?before=(\d+)", first)
    assert before is not None
    assert str(old.uuid) in page(reader, "run_list", before=before[1])


def test_an_empty_list_leads_to_the_first_run(
    client_of: Callable[[User], Client], admin: User, reader: Client
) -> None:
    assert address("run_create") in page(client_of(admin), "run_list")
    assert "An admin of the project starts runs." in page(reader, "run_list")


def test_the_funnel_counts_runs_by_their_state(reader: Client, finished: TrainingRun) -> None:
    text = page(reader, "funnel_stage")
    assert "<strong" in text
    assert ">1</strong> training run<" in text
    assert "1 succeeded" in text
