"""Alternative answers that came with an import: responses, ranked lists, comparisons and the source's ratings."""

from collections import defaultdict
from collections.abc import Sequence

from curation.domain.records import ConversationRecord, Reply, ReplyGroup, parts_as_json
from curation.models import Comparison, Conversation, Message, Prompt, Response, Scorer
from curation.services.preferences import (
    publish_comparison,
    publish_ranked_list,
    publish_scorer,
    publish_scores,
)
from curation.services.responses import (
    ensure_logged_response,
    ensure_model_version,
    ensure_prompt,
    ensure_response,
)

JUDGED_BY = {
    "person": Comparison.Source.SOURCE_PERSON,
    "model": Comparison.Source.JUDGE,
    "unknown": Comparison.Source.UNKNOWN,
}
# Ratings that the source gave are a scorer of their own, apart from every measure of ours.
SOURCE_SCORER_VERSION = "as imported"


def store_reply_groups(*, stored: Sequence[tuple[ConversationRecord, Conversation]]) -> None:
    """Publish what the source said about alternative answers: two become a comparison, more a ranked list."""
    for record, conversation in stored:
        for group in record.reply_groups:
            _store_group(conversation, group)


def _store_group(conversation: Conversation, group: ReplyGroup) -> None:
    messages = {message.position: message for message in conversation.messages.all()}
    prompt = ensure_prompt(last_message=messages[group.prompt_length - 1])
    responses = [(_store_reply(prompt, reply, messages), reply) for reply in group.replies]
    _publish_ratings(conversation, responses)
    ranks = {response: reply.rank for response, reply in responses if reply.rank is not None}
    source = JUDGED_BY[group.judged_by]
    if len(ranks) == 2:
        _publish_two(ranks, source, conversation.batch.format)
    elif len(ranks) > 2:
        publish_ranked_list(prompt=prompt, ranks=ranks, source=source, source_name=conversation.batch.format)


def _store_reply(prompt: Prompt, reply: Reply, messages: dict[int, Message]) -> Response:
    if reply.message_index is not None:
        return ensure_logged_response(message=messages[reply.message_index])
    return ensure_response(
        prompt=prompt,
        parts=parts_as_json(reply.parts),
        origin=Response.Origin.IMPORTED,
        model_version=ensure_model_version(project=prompt.project, name=reply.model),
        source_id=reply.source_id[:255],
    )


def _publish_two(ranks: dict[Response, int], source: Comparison.Source, source_name: str) -> None:
    (first, first_rank), (second, second_rank) = ranks.items()
    outcome = Comparison.Outcome.TIE
    if first_rank != second_rank:
        outcome = Comparison.Outcome.A if first_rank < second_rank else Comparison.Outcome.B
    publish_comparison(
        response_a=first,
        response_b=second,
        outcome=outcome,
        source=source,
        origin={"source_name": source_name},
    )


def _publish_ratings(conversation: Conversation, responses: Sequence[tuple[Response, Reply]]) -> None:
    values: dict[str, dict[int, float]] = defaultdict(dict)
    for response, reply in responses:
        for name, value in reply.ratings.items():
            values[name][response.pk] = value
    for name, by_response in values.items():
        scorer = publish_scorer(
            project=conversation.project,
            name=f"{conversation.batch.format}: {name}"[:120],
            version=SOURCE_SCORER_VERSION,
            kind=Scorer.Kind.SOURCE,
        )
        publish_scores(scorer=scorer, target="response", values=by_response)
