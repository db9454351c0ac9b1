"""Synthetic vectors of user messages: around a few hundred centres, as topics are. They stand for no text."""

from io import BytesIO

import numpy as np
from django.db import connection, connections
from numpy.typing import NDArray

from benchmarks.watching import Took, watched
from curation.models import Message, MessageEmbedding, Project
from curation.models.finding import VECTOR_DIMENSIONS
from curation.services.work.statistics import refresh_statistics

MODEL = "synthetic"
CENTRES = 300
BATCH = 5_000
INDEX = "messageembedding_near"


def seed_vectors(project: Project, *, count: int) -> tuple[int, Took]:
    """Store vectors for the newest user messages, and build the index over them at once."""
    rows = Message.objects.for_project(project).filter(role="user").order_by("-id")
    keys = list(rows.values_list("id", "conversation_id")[:count])
    chance = np.random.default_rng(7)
    centres = chance.normal(size=(CENTRES, VECTOR_DIMENSIONS))
    with connections["owner"].cursor() as owner:
        owner.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [INDEX])
        definition = owner.fetchone()[0]
        owner.execute(f"DROP INDEX {INDEX}")
        with watched() as took:
            for start in range(0, len(keys), BATCH):
                part = keys[start : start + BATCH]
                _copy(project, part, _around(centres, len(part), chance))
            owner.execute(definition)
    refresh_statistics(MessageEmbedding)
    return len(keys), took


def some_vectors(count: int) -> NDArray[np.float64]:
    """Return vectors to look for, around the same centres."""
    centres = np.random.default_rng(7).normal(size=(CENTRES, VECTOR_DIMENSIONS))
    return _around(centres, count, np.random.default_rng(11))


def _around(centres: NDArray[np.float64], count: int, chance: np.random.Generator) -> NDArray[np.float64]:
    found = centres[chance.integers(len(centres), size=count)]
    found = found + chance.normal(scale=0.7, size=found.shape)
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True))


def _copy(project: Project, keys: list[tuple[int, int]], vectors: NDArray[np.float64]) -> None:
    lines = BytesIO()
    for (message, conversation), vector in zip(keys, vectors, strict=True):
        values = ",".join(f"{value:.4f}" for value in vector)
        lines.write(f"{project.pk}\t{conversation}\t{message}\t{MODEL}\t[{values}]\n".encode())
    columns = "uuid, created_at, project_id, conversation_id, message_id, model, vector"
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE IF NOT EXISTS seed"
            f" (project bigint, conversation bigint, message bigint, model text, vector halfvec({VECTOR_DIMENSIONS}))"
        )
        with cursor.copy("COPY seed FROM STDIN") as copy:
            copy.write(lines.getvalue())
        cursor.execute(
            f"INSERT INTO curation_messageembedding ({columns})"
            " SELECT gen_random_uuid(), now(), project, conversation, message, model, vector FROM seed"
        )
        cursor.execute("TRUNCATE seed")
