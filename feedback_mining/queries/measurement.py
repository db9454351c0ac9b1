"""How well each detector does on the labels that were written with the demo corpus, before any detector existed."""

from collections import defaultdict
from dataclasses import dataclass

from curation.demo import true_labels
from curation.domain.versions.intervals import Interval
from curation.models import Message, Project
from feedback_mining.domain.measuring import Detection
from feedback_mining.domain.taxonomy import Polarity, polarity_of
from feedback_mining.models import MiningRun, Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredDetector:
    """In how many messages any criterion of the polarity fires, against those whose true label says so."""

    detector: str
    polarity: str
    counts: Detection

    @property
    def precision_text(self) -> str:
        """The share of found messages that are right, with its interval."""
        return _share_text(self.counts.precision, self.counts.precision_interval)

    @property
    def recall_text(self) -> str:
        """The share of true messages that were found, with its interval."""
        return _share_text(self.counts.recall, self.counts.recall_interval)


def _share_text(share: float | None, interval: Interval | None) -> str:
    if share is None or interval is None:
        return "undefined"
    return f"{share:.0%} ({interval[0]:.0%} to {interval[1]:.0%})"


MessageKey = tuple[str, int]


def measured_detectors(project: Project) -> list[MeasuredDetector]:
    """Return the measurement of every detector that ran on the demo project; none on any other project."""
    if not project.is_demo:
        return []
    present = _present_messages(project)
    truth = _true_messages(present)
    runs = MiningRun.objects.for_project(project).filter(finished_at__isnull=False)
    return [
        _measured(detector, polarity, truth[polarity], _found_messages(project, detector, polarity) & present)
        for detector in sorted(set(runs.values_list("detector", flat=True)))
        for polarity in Polarity
    ]


def _present_messages(project: Project) -> set[MessageKey]:
    """Return the messages that can be read in the project and have a true label."""
    rows = Message.objects.for_project(project).filter(
        role=Message.Role.USER, conversation__withdrawn_at__isnull=True
    )
    stored = set(rows.values_list("conversation__source_id", "position"))
    return stored & {(label.conversation, label.index) for label in true_labels()}


def _true_messages(present: set[MessageKey]) -> dict[Polarity, set[MessageKey]]:
    truth: dict[Polarity, set[MessageKey]] = defaultdict(set)
    for label in true_labels():
        for polarity in {polarity_of(name) for name in label.criteria}:
            truth[polarity].add((label.conversation, label.index))
    return defaultdict(set, {polarity: keys & present for polarity, keys in truth.items()})


def _found_messages(project: Project, detector: str, polarity: Polarity) -> set[MessageKey]:
    signals = Signal.objects.for_project(project).current().filter(detector=detector, polarity=polarity.value)
    return set(signals.values_list("message__conversation__source_id", "message__position"))


def _measured(
    detector: str, polarity: Polarity, truth: set[MessageKey], found: set[MessageKey]
) -> MeasuredDetector:
    return MeasuredDetector(
        detector=detector,
        polarity=polarity.value,
        counts=Detection(
            true_positive=len(truth & found),
            false_positive=len(found - truth),
            false_negative=len(truth - found),
        ),
    )
