"""Answers of models whose weights lie here: the training worker runs them for curation's response sets."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _

from curation.models import Job, ModelVersion
from curation.services.work.jobs import Listener
from curation.services.writing.answering import run_generation
from language_models.chat.contract import ChatClient
from language_models.chat.process import local_chat_client
from training_jobs.domain.errors import RunRefusedError
from training_jobs.models import TrainingRun
from training_jobs.queries.artifacts import artifact_path
from training_jobs.services.environment import program_environment


def run_local_generation(*, job_id: int, listener: Listener | None = None) -> Job | None:
    """Answer the waiting entries of a set whose writers are registered models."""
    return run_generation(job_id=job_id, local_client=client_of_model, listener=listener)


@contextmanager
def client_of_model(model: ModelVersion) -> Iterator[ChatClient]:
    """Run a registered base model, or an adapter on the base that its run started from, while the block runs."""
    if model.kind != ModelVersion.Kind.ADAPTER:
        with local_chat_client(artifact_path(model.path), environment=program_environment()) as client:
            yield client
        return
    run = TrainingRun.objects.filter(adapter=model).select_related("base_model").first()
    if run is None:
        raise RunRefusedError(_("Nobody knows which base %(name)s was trained on.") % {"name": model.name})
    base, adapter = artifact_path(run.base_model.path), artifact_path(model.path)
    with local_chat_client(base, adapter=adapter, environment=program_environment()) as client:
        yield client
