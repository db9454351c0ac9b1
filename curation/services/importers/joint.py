"""Preferences across prompts: two conversations are stored as any other, and a verdict on their last answers."""

from collections.abc import Iterable, Sequence

from curation.domain.corpus.records import ConversationRecord, JointRecord
from curation.domain.importers.joint_sides import JointPair
from curation.models import Comparison, Conversation, Response
from curation.services.importers.replies import JUDGED_BY
from curation.services.work.copying import copy_instances

Stored = tuple[ConversationRecord, Conversation]
Verdict = tuple[int, int, str]


def store_joint_verdicts(
    *, pairs: Sequence[JointPair], stored: Sequence[Stored], source_name: str
) -> set[int]:
    """Store which conversation was preferred, once for each source.

    The replies of `stored` are stored already. Returns the numbers, among `stored`, of the chosen conversations
    whose verdict is new; a pair of which one side is not stored, since it was withdrawn, is passed over.
    """
    places = {id(record): number for number, (record, _) in enumerate(stored)}
    whole = [pair for pair in pairs if id(pair.chosen) in places and id(pair.rejected) in places]
    if not whole:
        return set()
    sides = {id(record): conversation for record, conversation in stored}
    answers = _last_answers(sides[id(side)] for pair in whole for side in (pair.chosen, pair.rejected))
    known = _known_verdicts(answers.values(), source_name)
    made: dict[Verdict, Comparison] = {}
    brought = set()
    for pair in whole:
        chosen, rejected = answers[sides[id(pair.chosen)].pk], answers[sides[id(pair.rejected)].pk]
        row = _verdict_row(pair.record, chosen, rejected, source_name)
        key = (chosen.pk, rejected.pk, str(row.outcome))
        if chosen.pk != rejected.pk and key not in known and key not in made:
            made[key] = row
            brought.add(places[id(pair.chosen)])
    copy_instances(list(made.values()))
    return brought


def _last_answers(conversations: Iterable[Conversation]) -> dict[int, Response]:
    """Return the response that each conversation ends with, by the conversation's id."""
    ends = {conversation.pk: conversation.message_count - 1 for conversation in conversations}
    logged = Response.objects.filter(message__conversation_id__in=ends).values_list(
        "message__conversation_id", "message__position", "id", "project_id"
    )
    return {
        conversation_id: Response(id=response_id, project_id=project_id)
        for conversation_id, position, response_id, project_id in logged
        if position == ends[conversation_id]
    }


def _known_verdicts(answers: Iterable[Response], source_name: str) -> set[Verdict]:
    known = Comparison.objects.filter(
        response_a_id__in=[answer.pk for answer in answers], source_name=source_name, pair__isnull=True
    )
    return set(known.values_list("response_a_id", "response_b_id", "outcome"))


def _verdict_row(record: JointRecord, chosen: Response, rejected: Response, source_name: str) -> Comparison:
    outcome = Comparison.Outcome.TIE if record.is_tie else Comparison.Outcome.A
    return Comparison(
        project_id=chosen.project_id,
        response_a=chosen,
        response_b=rejected,
        outcome=Comparison.Outcome.BOTH_BAD if record.is_both_bad else outcome,
        source=JUDGED_BY[record.judged_by],
        source_name=source_name,
    )
