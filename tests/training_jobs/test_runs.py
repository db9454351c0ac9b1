"""Asking for runs, and asking them to stop."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from celery import current_app
from uuid6 import uuid7

from curation.models import AuditEvent, DatasetVersion, User
from tests.training_jobs.run_setup import make_base_model, make_run
from training_jobs.dispatch import TRAINING_QUEUE, WORK
from training_jobs.domain.errors import RunRefusedError
from training_jobs.domain.states import RUN_TRANSITIONS, RunState, RunTransitionError, check_run_transition
from training_jobs.models import TrainingRun
from training_jobs.services.runs import plan_run, queue_run, request_run_cancel


def ask(
    version: DatasetVersion, *, actor: User | None = None, idempotency_key: UUID | None = None, **changes: Any
) -> TrainingRun:
    asked: dict[str, Any] = {"objective": "dpo", "base_model": "tiny", "settings": {}, **changes}
    return queue_run(
        plan=plan_run(version=version, **asked), actor=actor, idempotency_key=idempotency_key or uuid7()
    )


def test_asking_twice_with_the_same_key_gives_the_same_run(version: DatasetVersion, admin: User) -> None:
    key = uuid7()
    assert ask(version, actor=admin, idempotency_key=key) == ask(version, actor=admin, idempotency_key=key)


def test_the_configuration_is_frozen_with_every_default(version: DatasetVersion) -> None:
    run = ask(version, settings={"max_steps": 3, "beta": 0.5, "lora.r": 4})
    assert (run.config["max_steps"], run.config["seed"]) == (3, 7)
    assert run.config["objective_settings"] == {"beta": 0.5, "label_smoothing": 0.0}
    assert run.config["lora"]["r"] == 4


def test_equal_questions_have_equal_hashes_and_others_do_not(version: DatasetVersion) -> None:
    first, second, other = (ask(version, settings={"seed": seed}) for seed in (1, 1, 2))
    assert first.config_sha256 == second.config_sha256 != other.config_sha256


def test_lora_none_trains_all_weights(version: DatasetVersion) -> None:
    assert ask(version, settings={"lora": "none"}).config["lora"] is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"objective": "nope"}, "No objective is named 'nope'"),
        ({"settings": {"bogus": 1}}, "no setting named 'bogus'"),
        ({"settings": {"learning_rate": 9}}, "learning_rate must be"),
        ({"settings": {"max_steps": "many"}}, "max_steps must be"),
        ({"settings": {"warmup_steps": 9, "max_steps": 3}}, "warmup_steps"),
        ({"settings": {"base_model": "/etc"}}, "no setting named 'base_model'"),
        ({"base_model": "nobody/nothing"}, "No model named 'nobody/nothing'"),
        ({"base_model": "/nowhere"}, "no model in /nowhere"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_sentence_before_it_is_queued(
    version: DatasetVersion, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(RunRefusedError, match=words):
        ask(version, **changes)
    assert not TrainingRun.objects.exists()


def test_an_unfrozen_version_cannot_be_trained_on(version: DatasetVersion) -> None:
    draft = DatasetVersion(project=version.project, dataset=version.dataset, number=9)
    with pytest.raises(RunRefusedError, match="not frozen"):
        plan_run(version=draft, objective="dpo", base_model="tiny", settings={})


def test_a_version_without_training_rows_cannot_be_trained_on(version: DatasetVersion) -> None:
    version.split_counts = {"test": 3}
    with pytest.raises(RunRefusedError, match="no training rows"):
        plan_run(version=version, objective="dpo", base_model="tiny", settings={})


def test_a_suggested_warm_up_never_outlasts_the_steps(version: DatasetVersion) -> None:
    assert ask(version, settings={"max_steps": 2}).config["warmup_steps"] == 2


def test_two_runs_on_one_base_model_share_its_row(version: DatasetVersion) -> None:
    assert ask(version).base_model == ask(version).base_model


def test_a_model_in_the_artifact_folder_is_stored_relative_to_it(
    version: DatasetVersion, artifacts: Path
) -> None:
    run = ask(version, base_model=make_base_model(artifacts / "models" / "mine"))
    assert run.base_model.path == "models/mine"


def test_a_stored_model_is_opened_by_its_name_for_the_project_that_used_it(
    version: DatasetVersion, artifacts: Path
) -> None:
    asked = ask(version, base_model=make_base_model(artifacts / "models" / "mine"))
    assert ask(version, base_model="models/mine").base_model == asked.base_model


def test_other_artifacts_are_not_opened_by_their_names(version: DatasetVersion, artifacts: Path) -> None:
    make_base_model(artifacts / "training_runs" / "of-another-project")
    with pytest.raises(RunRefusedError, match="No model named"):
        ask(version, base_model="training_runs/of-another-project")


def test_a_queued_run_is_audited(version: DatasetVersion, admin: User) -> None:
    run = ask(version, actor=admin)
    assert AuditEvent.objects.filter(
        action="run.queued", target_uuid=run.uuid, actor_uuid=admin.uuid
    ).exists()


def test_queueing_rings_the_training_queue_once_it_is_committed(
    version: DatasetVersion,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    rung: list[tuple[str, Any]] = []
    monkeypatch.setattr(
        current_app, "send_task", lambda name, **options: rung.append((name, options["queue"]))
    )
    with django_capture_on_commit_callbacks(execute=True):
        ask(version)
        assert rung == []
    assert rung == [(WORK, TRAINING_QUEUE)]


def test_cancelling_a_waiting_run_ends_it_at_once(
    version: DatasetVersion, base_model: str, admin: User
) -> None:
    run = request_run_cancel(run=make_run(version, base_model=base_model), actor=admin)
    assert (run.state, run.cancel_requested_by) == (RunState.CANCELLED, admin)
    assert run.finished_at is not None


def test_a_finished_run_cannot_be_cancelled(version: DatasetVersion, base_model: str, admin: User) -> None:
    run = make_run(version, base_model=base_model)
    TrainingRun.objects.filter(pk=run.pk).update(state=RunState.SUCCEEDED)
    assert request_run_cancel(run=run, actor=admin).cancel_requested_at is None


@pytest.mark.parametrize("state", RunState)
def test_every_state_has_its_transitions_and_refuses_the_others(state: RunState) -> None:
    for wanted in set(RunState) - RUN_TRANSITIONS[state]:
        with pytest.raises(RunTransitionError, match=f"A run that is {state} cannot become {wanted}"):
            check_run_transition(state, wanted)
