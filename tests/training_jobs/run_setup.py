"""Versions and runs for tests: preferences that a tiny model can learn in seconds."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.db import connection
from django.utils import timezone
from uuid6 import uuid7

from curation.models import Dataset, DatasetRow, DatasetRowText, DatasetVersion, Project, User
from tests.cast import make_pair
from training_jobs.models import TrainingRun
from training_jobs.services.runs import plan_run, queue_run

CHECKOUT = Path(__file__).resolve().parents[2]
WORKER_PROGRAM = """
import json, sys
import django
django.setup()
from training_jobs.services.supervision import TRAINER, work_through_runs
work_through_runs(worker_name="worker of a test", program=json.loads(sys.argv[1]) or TRAINER)
"""
WORDS = [
    "river",
    "stone",
    "lamp",
    "garden",
    "paper",
    "window",
    "music",
    "bread",
    "cloud",
    "letter",
    "train",
    "honey",
]


def make_version(
    project: Project,
    *,
    train: int = 24,
    validation: int = 4,
    test: int = 8,
    decided_by: str = "miner",
    empty_answers: bool = False,
) -> DatasetVersion:
    """Freeze a version whose chosen answers say "please" where the rejected ones say "indeed"."""
    dataset, _made = Dataset.objects.get_or_create(project=project, name="polite")
    counts = {"train": train, "validation": validation, "test": test}
    version = DatasetVersion.objects.create(
        project=project, dataset=dataset, number=dataset.versions.count() + 1, split_counts=counts
    )
    splits = [split for split, count in counts.items() for _ in range(count)]
    for position, split in enumerate(splits):
        row = _add_row(version, position=position, split=split, decided_by=decided_by)
        _add_text(row, is_empty=empty_answers)
    version.row_count = len(splits)
    version.content_hash = f"h1:{version.uuid.hex}"
    version.manifest = {
        "rows": len(splits),
        "splits": counts,
        "content_hash": version.content_hash,
        "decided_by": {decided_by: len(splits)},
        "test_decided_by": {decided_by: test},
    }
    version.frozen_at = timezone.now()
    version.save()
    return version


def _add_row(version: DatasetVersion, *, position: int, split: str, decided_by: str) -> DatasetRow:
    words = random.Random(position).choices(WORDS, k=8)
    question = f"Tell me about {words[0]}, number {position}."
    sides = [" ".join([*words[:4], marker, *words[4:]]) for marker in ("please", "indeed")]
    pair = make_pair(version.project, question=question, chosen=sides[0], rejected=sides[1])
    return DatasetRow.objects.create(
        project=version.project,
        version=version,
        position=position,
        split=split,
        prompt=pair.prompt,
        chosen=pair.chosen,
        rejected=pair.rejected,
        pair=pair,
        decided_by=decided_by,
        source="dsat_then_better",
        group=str(position),
        sha256=f"{position:064d}",
    )


def _add_text(row: DatasetRow, *, is_empty: bool) -> None:
    assert row.rejected.message is not None
    rejected = "" if is_empty else row.rejected.message.text
    DatasetRowText.objects.create(
        project=row.project,
        row=row,
        prompt=[{"role": "user", "content": row.prompt.last_message.text}],
        chosen=[{"role": "assistant", "content": row.chosen.body_text}],
        rejected=[{"role": "assistant", "content": rejected}],
    )


def make_base_model(folder: Path) -> str:
    """Make a folder that passes for a model where no trainer looks into it; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text("{}")
    return str(folder)


def make_run(
    version: DatasetVersion, *, base_model: str = "tiny", actor: User | None = None, **settings: Any
) -> TrainingRun:
    """Queue a short run; the tiny model takes seconds to build, so most tests give a folder."""
    short = {"max_steps": 6, "batch_size": 4, "checkpoint_every": 2, "evaluate_every": 0}
    plan = plan_run(version=version, objective="dpo", base_model=base_model, settings={**short, **settings})
    return queue_run(plan=plan, actor=actor, idempotency_key=uuid7())


def fake_trainer(behaviour: str) -> list[str]:
    """Return the program of a trainer that behaves so."""
    return [sys.executable, str(Path(__file__).with_name("fake_trainer.py")), behaviour]


def start_worker(artifacts: Path, *, program: list[str] | None = None) -> "subprocess.Popen[bytes]":
    """Start a process that works through the waiting runs of the test database, as a training worker's child does."""
    address = connection.settings_dict
    host = address["OPTIONS"].get("host") or address["HOST"]
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "DATABASE_URL": f"postgresql://{address['USER']}@/{address['NAME']}?host={quote(host, safe='')}",
        "HARKEN_VAR": str(artifacts.parent),
        "HARKEN_SECRET_KEY": "of a test",
    }
    return subprocess.Popen(
        [sys.executable, "-c", WORKER_PROGRAM, json.dumps(program)], cwd=CHECKOUT, env=environment
    )


def await_state(run: TrainingRun, *states: str, step: int = 0, seconds: float = 60) -> None:
    """Wait until a run is in one of the states and has done so many steps."""
    deadline = time.monotonic() + seconds
    run.refresh_from_db()
    while run.state not in states or run.step < step:
        assert time.monotonic() < deadline, f"The run is {run.state} at step {run.step}."
        time.sleep(0.05)
        run.refresh_from_db()
