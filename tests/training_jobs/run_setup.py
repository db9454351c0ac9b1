"""Versions and runs for tests: preferences that a tiny model can learn in seconds."""

import random
from typing import Any

from uuid6 import uuid7

from curation.models import Dataset, DatasetRow, DatasetRowText, DatasetVersion, Project, User
from django.utils import timezone
from tests.cast import make_pair
from training_jobs.models import TrainingRun
from training_jobs.services.runs import create_run

WORDS = "river stone lamp garden paper window music bread cloud letter train winter glass market honey".split()


def make_version(project: Project, *, train: int = 24, validation: int = 4, test: int = 8, decided_by: str = "miner") -> DatasetVersion:
    """Freeze a version whose chosen answers say "please" where the rejected ones say "indeed"."""
    dataset, _made = Dataset.objects.get_or_create(project=project, name="polite")
    counts = {"train": train, "validation": validation, "test": test}
    version = DatasetVersion.objects.create(
        project=project, dataset=dataset, number=dataset.versions.count() + 1, split_counts=counts
    )
    splits = [split for split, count in counts.items() for _ in range(count)]
    for position, split in enumerate(splits):
        _add_row(version, position=position, split=split, decided_by=decided_by)
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


def _add_row(version: DatasetVersion, *, position: int, split: str, decided_by: str) -> None:
    choice = random.Random(position)
    words = choice.choices(WORDS, k=8)
    question = f"Tell me about {choice.choice(WORDS)}, number {position}."
    sides = [" ".join([*words[:4], marker, *words[4:]]) for marker in ("please", "indeed")]
    pair = make_pair(version.project, question=question, chosen=sides[0], rejected=sides[1])
    row = DatasetRow.objects.create(
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
    DatasetRowText.objects.create(
        project=version.project,
        row=row,
        prompt=[{"role": "user", "content": question}],
        chosen=[{"role": "assistant", "content": sides[0]}],
        rejected=[{"role": "assistant", "content": sides[1]}],
    )


def make_run(version: DatasetVersion, *, actor: User | None = None, **settings: Any) -> TrainingRun:
    """Queue a short run on the tiny model."""
    return create_run(
        version=version,
        objective="dpo",
        base_model="tiny",
        settings={"max_steps": 12, "batch_size": 4, "checkpoint_every": 4, "evaluate_every": 6, **settings},
        actor=actor,
        idempotency_key=uuid7(),
    )
