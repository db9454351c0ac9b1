"""What a judgement means, published downward; the desk never shows the signal, so it was not seen."""

from collections.abc import Mapping, Sequence
from typing import Any

from annotation.domain.protocol import Correction, Preference, SignalFinding
from annotation.models import Adjudication, Annotation
from annotation.queries.desk.cards import standing_judgements
from annotation.queries.desk.conclusions import conclusions_of
from annotation.queries.desk.in_hand import stored_answers
from curation.models import Comparison, Evidence, PreferencePair, Response
from curation.services.corpus.preferences import EvidenceNote, publish_comparison, retract_comparisons
from curation.services.corpus.proposals import propose_correction, retract_proposals
from feedback_mining.services.reviews import SignalVerdict, record_signal_review

# How an outcome and its strength read from the other side.
TURNED = {"a": "b", "b": "a"}
# Follows the protocol's name in a published verdict that was no vote but a decision.
ADJUDICATED = ", adjudicated"


def publish_conclusions(annotation: Annotation | Adjudication) -> None:
    """Publish what a judgement decides under the annotation's id: comparisons, a corrected answer, signal reviews.

    Ratings and places stay with the annotation: it takes more than one person to make a score of them.
    """
    concluded = conclusions_of(annotation)
    for finding in concluded.findings:
        _publish_finding(annotation, finding)
    if not concluded.preferences and not concluded.corrections:
        return
    asked = _asked_answers(annotation, with_texts=bool(concluded.corrections))
    for preference in concluded.preferences:
        _publish_preference(annotation, preference, asked)
    for correction in concluded.corrections:
        _publish_correction(annotation, correction, asked)


def publish_decision(decision: Adjudication) -> None:
    """Publish the last word on a task in place of the votes on it, which are taken back and stay as annotations."""
    for annotation in standing_judgements().filter(task=decision.task_id):
        annotation.task = decision.task
        retract_conclusions(annotation)
    publish_conclusions(decision)


def publish_verdicts_of_model(annotation: Annotation) -> None:
    """Publish what a model prefers as a judge's verdicts; it reviews no signals and corrects no answers."""
    asked = _asked_answers(annotation, with_texts=False)
    for preference in conclusions_of(annotation).preferences:
        _publish_preference(annotation, preference, asked, source=Comparison.Source.JUDGE)


def _asked_answers(annotation: Annotation | Adjudication, *, with_texts: bool) -> dict[str, Response]:
    """Return the answers that the task asks about, by their ids, in the order of storing."""
    task = annotation.task
    rows = (
        task.asked.select_related("response").order_by("position")
        if with_texts
        else stored_answers(task=task.pk)
    )
    return {str(row.response.uuid): row.response for row in rows}


def retract_conclusions(annotation: Annotation) -> None:
    """Take back what a judgement published; reviews of signals stay, and the next one counts in their place."""
    retract_comparisons(source_uuids=[annotation.uuid])
    if annotation.answer.get("correction"):
        retract_proposals(source_uuid=annotation.uuid)


def _publish_preference(
    annotation: Annotation | Adjudication,
    preference: Preference,
    asked: Mapping[str, Response],
    *,
    source: Comparison.Source = Comparison.Source.PERSON,
) -> None:
    """Publish a preference from the side that the task stores first, whichever was shown first."""
    stored = [name for name in asked if name in (preference.first, preference.second)]
    is_turned = stored[0] != preference.first
    outcome, strength = preference.outcome, preference.strength
    if is_turned:
        outcome, strength = TURNED.get(outcome, outcome), None if strength is None else -strength
    publish_comparison(
        response_a=asked[stored[0]],
        response_b=asked[stored[1]],
        outcome=Comparison.Outcome(outcome),
        source=source,
        # Its id is enough to refer to it, and it need not be read for that.
        pair=PreferencePair(pk=annotation.task.pair_id) if annotation.task.pair_id else None,
        origin={**_origin(annotation, stored), "strength": strength},
    )


def _publish_correction(
    annotation: Annotation | Adjudication, correction: Correction, asked: Mapping[str, Response]
) -> None:
    note = EvidenceNote(
        kind=Evidence.Kind.VERDICT,
        quote=str(annotation.answer.get("fix", "")),
        source_uuid=annotation.uuid,
        source_name=annotation.task.queue.name,
    )
    propose_correction(response=asked[correction.response], text=correction.text, note=note)


def _publish_finding(annotation: Annotation | Adjudication, finding: SignalFinding) -> None:
    message = annotation.task.message
    if message is None:
        return
    verdict = SignalVerdict(
        verdict=finding.verdict, criterion=finding.criterion, corrected_criterion=finding.corrected
    )
    record_signal_review(message=message, reviewer=annotation.membership.user, verdict=verdict)


def _origin(annotation: Annotation | Adjudication, stored: Sequence[str]) -> dict[str, Any]:
    queue = annotation.task.queue
    return {
        "source_name": queue.name,
        "annotator_pseudonym": annotation.membership.pseudonym,
        "source_uuid": annotation.uuid,
        "protocol": queue.protocol + (ADJUDICATED if isinstance(annotation, Adjudication) else ""),
        "order_shown": _order_shown(annotation.order_shown, stored),
        "guideline_version": _guideline_version(annotation),
    }


def _order_shown(shown: Sequence[str], stored: Sequence[str]) -> str:
    """Say which of the two stood first, in the words of a dataset's votes; "" where the order is not known."""
    if not shown:
        return ""
    return "a_chosen" if shown.index(stored[0]) < shown.index(stored[1]) else "a_rejected"


def _guideline_version(annotation: Annotation | Adjudication) -> str:
    decided_by = annotation.task.queue.guideline
    guideline = annotation.guideline if isinstance(annotation, Annotation) else decided_by
    return "" if guideline is None else f"{annotation.task.queue.name} {guideline.version}"[:40]
