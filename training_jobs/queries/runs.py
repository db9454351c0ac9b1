"""Runs and what they train on, found for pages and commands."""

from uuid import UUID

from django.utils.translation import gettext as _

from curation.domain.errors import HarkenError
from curation.models import DatasetVersion, Project
from training_jobs.domain.states import FINISHED_RUN_STATES
from training_jobs.models import TrainingRun


def version_named(project: Project, name: str) -> DatasetVersion:
    """Return the version written as NAME@NUMBER; raises HarkenError that says which there are."""
    dataset, _separator, number = name.partition("@")
    versions = DatasetVersion.objects.for_project(project).select_related("dataset", "project")
    found = versions.filter(dataset__name=dataset, number=number).first() if number.isdigit() else None
    if found is None:
        known = ", ".join(str(version) for version in versions.order_by("-id")[:5])
        sentence = _("%(project)s has no dataset version '%(name)s'. Write NAME@NUMBER. There are: %(known)s.")
        raise HarkenError(sentence % {"project": project, "name": name, "known": known or _("none yet")})
    return found


def run_of_uuid(text: str) -> TrainingRun:
    """Return the run of this uuid in any project; raises HarkenError. For commands, which no outsider can reach."""
    try:
        found = TrainingRun.objects.select_related("version", "base_model", "adapter").filter(uuid=UUID(text)).first()
    except ValueError:
        found = None
    if found is None:
        raise HarkenError(_("There is no run '%(text)s'. `train_model --json` prints the uuid of a run.") % {"text": text})
    return found


def equal_unfinished_run(version: DatasetVersion, *, config_sha256: str) -> TrainingRun | None:
    """Return a run of the same configuration on the same version that has not ended, if any."""
    runs = TrainingRun.objects.for_project(version.project).filter(version=version, config_sha256=config_sha256)
    return runs.exclude(state__in=FINISHED_RUN_STATES).order_by("-id").first()
