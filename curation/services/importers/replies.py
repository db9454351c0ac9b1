"""Alternative answers that came with an import: responses, ranked lists, comparisons and ratings.

A chunk of an import is stored in a fixed number of statements, however many groups of answers it holds. A
record may add answers to a conversation that is stored already; what is known of them is not stored again.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings

from curation.domain.access.tokens import pseudonym_of
from curation.domain.corpus.records import ConversationRecord, Reply, ReplyGroup, parts_as_json
from curation.domain.importers.rated_replies import places_of_ranks
from curation.domain.importers.source_marks import name_of_scorer
from curation.models import (
    Comparison,
    Conversation,
    Evidence,
    ImportBatch,
    Message,
    Project,
    Prompt,
    RankedList,
    RankedResponse,
    Response,
    Score,
    Scorer,
)
from curation.services.corpus.new_scores import NewScore, store_new_scores
from curation.services.corpus.preferences import publish_scorer
from curation.services.corpus.responses import body_hash, ensure_model_versions
from curation.services.importers.candidates import store_candidates
from curation.services.work.copying import copy_instances

JUDGED_BY = {
    "person": Comparison.Source.SOURCE_PERSON,
    "model": Comparison.Source.JUDGE,
    "unknown": Comparison.Source.UNKNOWN,
}
# Ratings that the source gave are a scorer of their own, apart from every measure of ours.
SOURCE_SCORER_VERSION = "as imported"

MessageAt = tuple[int, int]
ResponseKey = tuple[int, int, str, str]
Messages = Mapping[MessageAt, Message]
Stored = tuple[ConversationRecord, Conversation]


@dataclass(slots=True, kw_only=True)
class AnsweredGroup:
    """A group of replies with their responses; replies that say the same share one.

    `is_new` tells whether the group brought anything that was not stored before.
    """

    number: int
    conversation: Conversation
    group: ReplyGroup
    prompt: Prompt
    responses: list[tuple[Response, Reply]]
    is_new: bool = False

    @property
    def ranks(self) -> dict[Response, int]:
        """The place of each response that the source ranked, counted from 0."""
        places = places_of_ranks([reply.rank for _, reply in self.responses])
        return {
            response: place
            for (response, _), place in zip(self.responses, places, strict=True)
            if place is not None
        }

    @property
    def source(self) -> Comparison.Source:
        """Who ranked the replies."""
        return JUDGED_BY[self.group.judged_by]


def store_reply_groups(*, batch: ImportBatch, stored: Sequence[Stored], source_name: str) -> set[int]:
    """Publish what the source said about alternative answers: two become a comparison, more a ranked list.

    Returns the numbers, among `stored`, of the records that brought something new.
    """
    groups = [
        (number, conversation, group)
        for number, (record, conversation) in enumerate(stored)
        for group in record.reply_groups
    ]
    if not groups:
        return set()
    messages = _messages_of(conversation for _, conversation, _ in groups)
    prompts = _ensure_prompts(
        messages[conversation.pk, group.prompt_length - 1] for _, conversation, group in groups
    )
    answered = [
        AnsweredGroup(
            number=number,
            conversation=conversation,
            group=group,
            prompt=prompts[messages[conversation.pk, group.prompt_length - 1].pk],
            responses=[],
        )
        for number, conversation, group in groups
    ]
    _add_responses(answered, messages, batch)
    _store_comparisons([each for each in answered if len(each.ranks) == 2], source_name)
    _store_lists([each for each in answered if len(each.ranks) > 2], source_name)
    _store_ratings(answered, source_name)
    _store_words(answered, source_name)
    store_candidates(answered)
    return {each.number for each in answered if each.is_new}


def _messages_of(conversations: Iterable[Conversation]) -> dict[MessageAt, Message]:
    rows = Message.objects.filter(conversation_id__in={conversation.pk for conversation in conversations})
    found = rows.only("id", "project_id", "conversation_id", "position", "text", "rich_parts")
    return {(message.conversation_id, message.position): message for message in found}


def _ensure_prompts(asked: Iterable[Message]) -> dict[int, Prompt]:
    """Return the prompt that ends with each message, by the message's id."""
    last = {message.pk: message for message in asked}
    prompts = {prompt.last_message_id: prompt for prompt in Prompt.objects.filter(last_message_id__in=last)}
    made = [
        Prompt(
            project_id=message.project_id, conversation_id=message.conversation_id, last_message_id=message.pk
        )
        for message in last.values()
        if message.pk not in prompts
    ]
    copy_instances(made)
    return prompts | {prompt.last_message_id: prompt for prompt in made}


def _add_responses(answered: Sequence[AnsweredGroup], messages: Messages, batch: ImportBatch) -> None:
    """Give every group its responses, stored once each; those to another import's conversation name their own."""
    models = ensure_model_versions(
        project_id=answered[0].prompt.project_id,
        names={reply.model for each in answered for reply in each.group.replies},
    )
    known = _known_responses(answered, messages)
    made: dict[ResponseKey, Response] = {}
    for each in answered:
        for reply in each.group.replies:
            row = _response_row(each, reply, messages)
            row.model_version_id = row.model_version_id or models.get(reply.model[:200])
            if row.message_id is None and each.conversation.batch_id != batch.pk:
                row.batch_id = batch.pk
            key = _key_of(row)
            if key not in known:
                each.is_new = True
                made[key] = known[key] = row
            each.responses.append((known[key], reply))
    copy_instances(list(made.values()))


def _known_responses(answered: Sequence[AnsweredGroup], messages: Messages) -> dict[ResponseKey, Response]:
    to_prompts = Response.objects.filter(prompt_id__in={each.prompt.pk for each in answered})
    logged = Response.objects.filter(message_id__in=[message.pk for message in messages.values()])
    rows = (to_prompts | logged).only(
        "id", "project_id", "prompt_id", "message_id", "content_hash", "source_id"
    )
    return {_key_of(row): row for row in rows}


def _key_of(row: Response) -> ResponseKey:
    """Return what makes a response the same: its message, or else its prompt, content and source id."""
    if row.message_id is not None:
        return (row.message_id, 0, "", "")
    return (0, row.prompt_id, row.content_hash, row.source_id)


def _response_row(answered: AnsweredGroup, reply: Reply, messages: Messages) -> Response:
    """Return the row of a reply: the logged message itself, or an answer with a body of its own."""
    prompt = answered.prompt
    if reply.message_index is not None:
        message = messages[answered.conversation.pk, reply.message_index]
        return Response(
            project_id=prompt.project_id,
            prompt_id=prompt.pk,
            message_id=message.pk,
            origin=Response.Origin.LOGGED,
            content_hash=body_hash(message.parts),
            model_version_id=answered.conversation.model_version_id,
        )
    parts = parts_as_json(reply.parts)
    return Response(
        project_id=prompt.project_id,
        prompt_id=prompt.pk,
        body=parts,
        body_text=reply.text,
        origin=Response.Origin.EDITED if reply.is_edited else Response.Origin.IMPORTED,
        content_hash=body_hash(parts),
        source_id=reply.source_id[:255],
    )


def _store_comparisons(answered: Sequence[AnsweredGroup], source_name: str) -> None:
    known = _known_verdicts(answered, source_name)
    rows = []
    for each in answered:
        row = _comparison_row(each, source_name)
        verdict = (row.response_a_id, row.response_b_id, row.outcome, row.annotator_pseudonym)
        if verdict not in known:
            each.is_new = True
            known.add(verdict)
            rows.append(row)
    copy_instances(rows)


def _known_verdicts(answered: Sequence[AnsweredGroup], source_name: str) -> set[tuple[int, int, str, str]]:
    firsts = [next(iter(each.ranks)).pk for each in answered]
    known = Comparison.objects.filter(response_a_id__in=firsts, source_name=source_name, pair__isnull=True)
    return set(known.values_list("response_a_id", "response_b_id", "outcome", "annotator_pseudonym"))


def _comparison_row(answered: AnsweredGroup, source_name: str) -> Comparison:
    (first, first_rank), (second, second_rank) = answered.ranks.items()
    outcome = Comparison.Outcome.BOTH_BAD if answered.group.is_both_bad else Comparison.Outcome.TIE
    if first_rank != second_rank:
        outcome = Comparison.Outcome.A if first_rank < second_rank else Comparison.Outcome.B
    return Comparison(
        project_id=answered.prompt.project_id,
        response_a=first,
        response_b=second,
        outcome=outcome,
        strength=answered.group.strength,
        source=answered.source,
        source_name=source_name,
        annotator_pseudonym=judge_pseudonym(answered.conversation.project, answered.group.judge),
    )


def judge_pseudonym(project: Project, judge: str) -> str:
    """Return what is stored of a person who judged in the source: enough of a keyed hash to tell people apart."""
    if not judge:
        return ""
    return pseudonym_of(judge, key=settings.HARKEN_PSEUDONYM_KEY, scope=f"{project.uuid} judges")[:16]


def _store_lists(answered: Sequence[AnsweredGroup], source_name: str) -> None:
    """Store orders of three or more answers; a prompt has one from each source, and from each person it names."""
    rows = [_list_row(each, source_name) for each in answered]
    lists = RankedList.objects.filter(
        prompt_id__in={row.prompt_id for row in rows}, source_name__in={row.source_name for row in rows}
    )
    known = set(lists.values_list("prompt_id", "source", "source_name"))
    made: list[tuple[RankedList, AnsweredGroup]] = []
    for row, each in zip(rows, answered, strict=True):
        key = (row.prompt_id, row.source, row.source_name)
        if key not in known:
            each.is_new = True
            known.add(key)
            made.append((row, each))
    copy_instances([row for row, _ in made])
    copy_instances(
        [
            RankedResponse(project_id=row.project_id, ranked_list=row, response=response, rank=rank)
            for row, each in made
            for response, rank in each.ranks.items()
        ]
    )


def _list_row(answered: AnsweredGroup, source_name: str) -> RankedList:
    judge = judge_pseudonym(answered.conversation.project, answered.group.judge)
    return RankedList(
        project_id=answered.prompt.project_id,
        prompt=answered.prompt,
        source=answered.source,
        source_name=f"{source_name}: {judge}" if judge else source_name,
    )


def _store_ratings(answered: Sequence[AnsweredGroup], source_name: str) -> None:
    """Store the ratings, each kind under a scorer of its own; of two on one answer the first stays."""
    rated: dict[str, dict[int, tuple[float, AnsweredGroup]]] = defaultdict(dict)
    for each in answered:
        for response, reply in each.responses:
            for name, value in reply.ratings.items():
                rated[name].setdefault(response.pk, (value, each))
    scorers = {name: _scorer_of(answered[0], f"{source_name}: {name}") for name in rated}
    known = set(
        Score.objects.filter(
            scorer__in=scorers.values(),
            response_id__in={key for by_response in rated.values() for key in by_response},
        ).values_list("scorer_id", "response_id")
    )
    rows = []
    for name, by_response in rated.items():
        for response_id, (value, each) in by_response.items():
            if (scorers[name].pk, response_id) not in known:
                each.is_new = True
                scorer = scorers[name]
                rows.append(NewScore(scorer.project_id, scorer.pk, value, response_id=response_id))
    store_new_scores(rows)


def _scorer_of(answered: AnsweredGroup, name: str) -> Scorer:
    return publish_scorer(
        project=answered.conversation.project,
        name=name_of_scorer(name),
        version=SOURCE_SCORER_VERSION,
        kind=Scorer.Kind.SOURCE,
    )


def _store_words(answered: Sequence[AnsweredGroup], source_name: str) -> None:
    """Store what judges wrote of an answer, and what users would have had of it, once each."""
    said = {
        (response.pk, kind, quote): each
        for each in answered
        for response, reply in each.responses
        for kind, quote in _words_of(reply)
    }
    if not said:
        return
    known = set(
        Evidence.objects.filter(
            response_id__in={response_id for response_id, _, _ in said}, source_name=source_name
        ).values_list("response_id", "kind", "quote")
    )
    rows = []
    for (response_id, kind, quote), each in said.items():
        if (response_id, kind, quote) not in known:
            each.is_new = True
            rows.append(
                Evidence(
                    project_id=each.prompt.project_id,
                    response_id=response_id,
                    kind=kind,
                    quote=quote,
                    source_name=source_name,
                )
            )
    copy_instances(rows)


def _words_of(reply: Reply) -> list[tuple[Evidence.Kind, str]]:
    critique = [(Evidence.Kind.VERDICT, reply.critique)] if reply.critique else []
    return [*critique, *((Evidence.Kind.WISH, wish) for wish in reply.wishes)]
