"""What a source said of its conversations: scores of messages and of the whole, and tags."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from django.db.models import Q

from curation.domain.corpus.records import (
    ConversationRecord,
    Reply,
    ReplyGroup,
    SourceScore,
)
from curation.domain.importers.source_marks import name_of_scorer
from curation.models import Conversation, Message, Project, Score, Scorer, Tag
from curation.services.corpus.new_scores import NewScore, store_new_scores
from curation.services.corpus.preferences import publish_scorer
from curation.services.importers.replies import SOURCE_SCORER_VERSION
from curation.services.work.copying import copy_instances

Stored = tuple[ConversationRecord, Conversation]
# A mark is kept by its scorer, and by the message it is of, or else by its conversation.
Target = tuple[str, int]
TAG_LENGTH = 60


def scored_answers(record: ConversationRecord) -> ConversationRecord:
    """Return a record whose scores of assistant messages are ratings of those answers."""
    if not record.scores:
        return record
    ratings: defaultdict[int, dict[str, float]] = defaultdict(dict)
    rest: list[SourceScore] = []
    for score in record.scores:
        prompt_length = _prompt_length(record, score.message_index)
        if prompt_length and score.message_index is not None:
            ratings[score.message_index][score.name] = score.value
        else:
            rest.append(score)
    groups = tuple(_rated(record, at=at, ratings=values) for at, values in ratings.items())
    return replace(record, reply_groups=record.reply_groups + groups, scores=tuple(rest))


def _prompt_length(record: ConversationRecord, at: int | None) -> int:
    """Return how many messages end with the question that an answer is to; 0 for what is no answer."""
    if at is None or record.messages[at].role != "assistant":
        return 0
    return next((place for place in range(at, 0, -1) if record.messages[place - 1].role == "user"), 0)


def _rated(record: ConversationRecord, *, at: int, ratings: dict[str, float]) -> ReplyGroup:
    answer = Reply(parts=record.messages[at].parts, message_index=at, ratings=ratings)
    return ReplyGroup(prompt_length=_prompt_length(record, at), replies=(answer,), judged_by="unknown")


def store_source_marks(*, stored: Sequence[Stored], source_name: str) -> set[int]:
    """Store scores of what is no answer, and tags; what is known already stays.

    Returns the numbers, among `stored`, of the records that brought something new.
    """
    scored = [number for number, (record, _) in enumerate(stored) if record.scores]
    tagged = [number for number, (record, _) in enumerate(stored) if record.tags]
    brought = _store_scores(stored, scored, source_name) if scored else set()
    return brought | (_store_tags(stored, tagged) if tagged else set())


def _store_scores(stored: Sequence[Stored], numbers: Sequence[int], source_name: str) -> set[int]:
    project = stored[numbers[0]][1].project
    messages = _message_ids([stored[number] for number in numbers])
    wanted: dict[str, dict[Target, tuple[float, int]]] = defaultdict(dict)
    for number in numbers:
        record, conversation = stored[number]
        for score in record.scores:
            target = _target_of(score, conversation, messages)
            wanted[score.name].setdefault(target, (score.value, number))
    brought = set()
    rows = []
    for name, by_target in wanted.items():
        scorer = _scorer(project, f"{source_name}: {name}")
        known = _known_targets(scorer, by_target)
        for (kind, key), (value, number) in by_target.items():
            if (kind, key) not in known:
                brought.add(number)
                rows.append(NewScore(project.pk, scorer.pk, value, **{f"{kind}_id": key}))
    store_new_scores(rows)
    return brought


def _message_ids(stored: Sequence[Stored]) -> dict[tuple[int, int], int]:
    """Return the id of each message that is scored, by conversation and position."""
    places = Q(pk__in=[])
    for record, conversation in stored:
        positions = [score.message_index for score in record.scores if score.message_index is not None]
        if positions:
            places |= Q(conversation=conversation, position__in=positions)
    rows = Message.objects.filter(places).values_list("conversation_id", "position", "id")
    return {(conversation, position): key for conversation, position, key in rows}


def _target_of(
    score: SourceScore, conversation: Conversation, messages: dict[tuple[int, int], int]
) -> Target:
    if score.message_index is None:
        return ("conversation", conversation.pk)
    return ("message", messages[conversation.pk, score.message_index])


def _scorer(project: Project, name: str) -> Scorer:
    kind = Scorer.Kind.SOURCE
    return publish_scorer(
        project=project, name=name_of_scorer(name), version=SOURCE_SCORER_VERSION, kind=kind
    )


def _known_targets(scorer: Scorer, targets: dict[Target, tuple[float, int]]) -> set[Target]:
    found: set[Target] = set()
    for kind in ("message", "conversation"):
        keys = [key for each, key in targets if each == kind]
        rows = Score.objects.filter(scorer=scorer, **{f"{kind}_id__in": keys})
        found |= {(kind, key) for key in rows.values_list(f"{kind}_id", flat=True)}
    return found


def _store_tags(stored: Sequence[Stored], numbers: Sequence[int]) -> set[int]:
    wanted: dict[tuple[int, str], tuple[Conversation, int]] = {}
    for number in numbers:
        record, conversation = stored[number]
        for tag in record.tags:
            name = " ".join(tag.split())[:TAG_LENGTH]
            if name:
                wanted.setdefault((conversation.pk, name), (conversation, number))
    rows = Tag.objects.filter(conversation_id__in={key for key, _ in wanted}, message__isnull=True)
    known = set(rows.values_list("conversation_id", "name"))
    new = {key: value for key, value in wanted.items() if key not in known}
    copy_instances(
        [
            Tag(
                project_id=conversation.project_id,
                conversation=conversation,
                name=name,
                source=Tag.Source.SOURCE,
            )
            for (_, name), (conversation, _number) in new.items()
        ]
    )
    return {number for _, number in new.values()}
