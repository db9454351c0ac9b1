"""Answers judged alone: good by the user's praise or bad by the complaint, published as scores with their evidence."""

from collections.abc import Sequence

from django.db import transaction

from curation.models import Evidence, Message, Scorer
from curation.services.corpus.preferences import EvidenceNote, note_on_answer, publish_scorer, publish_scores
from curation.services.corpus.responses import ensure_logged_response
from curation.services.work.turns import take_turns_with_withdrawals
from feedback_mining.domain.pairs import AnswerCandidate
from feedback_mining.queries.conversations import withdrawn_conversation_ids

VERSION = "1"


@transaction.atomic
def publish_answer(candidate: AnswerCandidate, messages: Sequence[Message], recipe: str) -> bool:
    """Publish one answer, unless it was withdrawn meanwhile; returns whether it is new.

    Its score is the confidence that it is good, or less the confidence that it is bad, in [−1, 1]: a dataset recipe
    takes it with `sources: [answers]`, `scorers: [<recipe>]`, `good_from` and `bad_to`.
    """
    feedback = messages[candidate.feedback_index]
    take_turns_with_withdrawals(feedback.project)
    if withdrawn_conversation_ids([feedback.conversation_id]):
        return False
    response = ensure_logged_response(message=messages[candidate.answer_index])
    scorer = publish_scorer(
        project=feedback.project,
        name=recipe,
        version=VERSION,
        kind=Scorer.Kind.DETECTOR,
        specification={
            "recipe": recipe,
            "value": "confidence that the answer is good; below 0, that it is bad",
        },
    )
    value = candidate.confidence if candidate.is_good else -candidate.confidence
    publish_scores(scorer=scorer, target="response", values={response.pk: value})
    return note_on_answer(response=response, note=_note(candidate, feedback))


def _note(candidate: AnswerCandidate, feedback: Message) -> EvidenceNote:
    start, end = candidate.span
    return EvidenceNote(
        kind=Evidence.Kind.APPROVAL if candidate.is_good else Evidence.Kind.COMPLAINT,
        quote=feedback.text[start:end],
        message=feedback,
        criterion=candidate.criteria[0],
        span=(start, end),
        probability=candidate.confidence,
        source_uuid=feedback.uuid,
    )
