"""Whether a mining run may begin, or go on: one at a time of each detector, and one version from end to end."""

from collections.abc import Collection

from django.utils.translation import gettext as _

from curation.domain.errors import HarkenError
from curation.domain.work.job_states import JobState
from curation.models import Project
from feedback_mining.models import MiningRun


def require_alone(
    project: Project, *, detector: str, states: Collection[JobState], but: MiningRun | None = None
) -> None:
    """Raise HarkenError while another run of the detector is in one of these states.

    Two at once would ask an endpoint, and pay it, for the same messages, and each would replace what the other found.
    """
    others = MiningRun.objects.for_project(project).filter(detector=detector, job__state__in=states)
    if but is not None:
        others = others.exclude(pk=but.pk)
    if others.exists():
        raise HarkenError(
            _("A run of the detector %(name)s is under way. Wait until it ends, or cancel it.")
            % {"name": detector}
        )


def require_same_version(run: MiningRun, *, version: str) -> None:
    """Raise HarkenError where a begun run would go on with another version, or after one has read meanwhile."""
    later = MiningRun.objects.for_project(run.project).filter(
        detector=run.detector, pk__gt=run.pk, done_through__gt=0
    )
    if version != run.detector_version or later.exclude(detector_version=run.detector_version).exists():
        raise HarkenError(
            _("The detector %(name)s changed since this run began. Start a new run.") % {"name": run.detector}
        )
