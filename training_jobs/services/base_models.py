"""What a run starts from: a folder, a name that the local cache knows, or the random tiny model made here."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from curation.models import DatasetVersion, ModelVersion, Project
from training_jobs.domain.errors import PreparationError, RunRefusedError
from training_jobs.domain.headlines import RANDOM_MODEL_SENTENCE
from training_jobs.queries.artifacts import RANDOM_TERMS, artifact_path, stored_path
from training_jobs.queries.rows import version_texts
from training_jobs.services.environment import program_environment

# The word that asks for the tiny model of the version's own texts.
TINY = "tiny"
# Written beside the weights of every tiny model, so that no run on one can pass for more than it is.
RANDOM_MARK = "random_weights.json"
# The web process and the worker never import torch, so the model is built by a process of its own.
BUILD_PROGRAM = """
import json, sys
from training_jobs.trainer.tiny_model import build_tiny_model
build_tiny_model(sys.argv[1], texts=json.load(sys.stdin))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseModel:
    """A base model as it was asked for: the stored path or hub name, and the name to show and record."""

    name: str
    path: str
    revision: str = ""
    is_random: bool = False

    @property
    def short_name(self) -> str:
        """What a run is named after."""
        return "tiny model" if self.is_random else self.name


def find_base_model(asked: str, *, version: DatasetVersion, revision: str = "") -> BaseModel:
    """Return what the words ask for; raises RunRefusedError where nothing of the kind is at hand."""
    if asked == TINY:
        return tiny_model_of(version)
    if asked.startswith(("/", ".", "~")) or _is_stored_model(asked, project=version.project):
        return _model_in(artifact_path(asked), asked=asked)
    if not settings.HARKEN_ALLOW_HUB and not is_cached(asked, revision=revision):
        raise RunRefusedError(_not_at_hand(asked))
    return BaseModel(name=asked, path=asked, revision=revision)


def _is_stored_model(asked: str, *, project: Project) -> bool:
    """Tell whether runs of this project have started from that folder: no other artifact is opened by its name."""
    models = ModelVersion.objects.for_project(project).filter(kind=ModelVersion.Kind.BASE, path=asked)
    return models.exists() and artifact_path(asked).is_dir()


def _model_in(folder: Path, *, asked: str) -> BaseModel:
    if not (folder / "config.json").is_file():
        raise RunRefusedError(
            _("There is no model in %(path)s: a model's folder has a config.json.") % {"path": asked}
        )
    place = folder.resolve()
    return BaseModel(name=place.name, path=stored_path(place), is_random=(place / RANDOM_MARK).is_file())


def is_cached(name: str, *, revision: str = "") -> bool:
    """Return whether the machine's cache of hub models has this one."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = try_to_load_from_cache(name, "config.json", revision=revision or None)
    except HFValidationError:
        return False
    return isinstance(found, str)


def _not_at_hand(name: str) -> str:
    sentence = _(
        "No model named '%(name)s' is on this machine. Name a model's folder, say '%(tiny)s' for the random "
        "tiny model, or set HARKEN_ALLOW_HUB=1 for the worker and the web process to let it be downloaded."
    )
    return sentence % {"name": name, "tiny": TINY}


def tiny_model_of(version: DatasetVersion) -> BaseModel:
    """Return the tiny model whose tokenizer is trained on this version; it is built when a run first needs it."""
    mark = version.content_hash.rpartition(":")[2][:12]
    return BaseModel(name=f"harken-tiny-{mark}", path=f"base_models/harken-tiny-{mark}", is_random=True)


def register_base_model(*, project: Project, base: BaseModel) -> ModelVersion:
    """Return the row of a base model, made when it is new."""
    model, _made = ModelVersion.objects.get_or_create(
        project=project,
        name=base.name,
        kind=ModelVersion.Kind.BASE,
        revision=base.revision,
        defaults={"path": base.path, "terms": RANDOM_TERMS if base.is_random else ""},
    )
    if model.path != base.path:
        model.path = base.path
        model.save(update_fields=["path"])
    return model


def ensure_tiny_model(version: DatasetVersion, *, while_waiting: Callable[[], object] = lambda: None) -> None:
    """Build the tiny model of a version unless it is there."""
    folder = artifact_path(tiny_model_of(version).path)
    if not (folder / RANDOM_MARK).is_file():
        build_tiny_model(folder, texts=version_texts(version), while_waiting=while_waiting)


def build_tiny_model(
    folder: Path, *, texts: Iterable[str], while_waiting: Callable[[], object] = lambda: None
) -> Path:
    """Build a random tiny model in a process of its own, aside first, so that nobody sees half of it."""
    aside = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
    try:
        aside.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PreparationError(
            _("The folder %(path)s cannot be made: %(reason)s. Name another place.")
            % {"path": folder, "reason": error.strerror}
        ) from error
    try:
        _run_program(aside, json.dumps(list(texts)), while_waiting)
        (aside / RANDOM_MARK).write_text(json.dumps({"what": RANDOM_MODEL_SENTENCE}) + "\n", encoding="utf-8")
        _put_in_place(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return folder


def _put_in_place(aside: Path, folder: Path) -> None:
    """Rename the finished folder, unless another process finished the same one first."""
    try:
        aside.rename(folder)  # also over an empty folder
    except OSError:
        if not (folder / RANDOM_MARK).is_file():
            raise PreparationError(
                _("%(path)s is in the way: it exists and holds something else.") % {"path": folder}
            ) from None


def _run_program(folder: Path, texts: str, while_waiting: Callable[[], object]) -> None:
    builder = subprocess.Popen(
        [sys.executable, "-c", BUILD_PROGRAM, str(folder)],
        cwd=settings.ROOT,
        env=program_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        said = _said_at_the_end(builder, texts, while_waiting)
    finally:
        builder.kill()
    if builder.returncode:
        last = said.strip().splitlines()[-1] if said.strip() else f"exit status {builder.returncode}"
        raise PreparationError(_("The random tiny model could not be built: %(reason)s") % {"reason": last})


def _said_at_the_end(
    builder: "subprocess.Popen[str]", texts: str, while_waiting: Callable[[], object]
) -> str:
    unsent: str | None = texts
    while True:
        try:
            return builder.communicate(unsent, timeout=1)[1]
        except subprocess.TimeoutExpired:
            unsent = None  # communicate keeps what it was given
            while_waiting()
