"""Reads of enrichments: what is still to be read, the texts to read, and how far each enricher has come."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField, Count, Exists, Max, OuterRef, Q, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from curation.domain.corpus.records import strings_beside
from curation.domain.enrichers.enriching import EnricherPlugin, ReadConversation, ReadMessage
from curation.enrichers import ENRICHERS, load_enricher
from curation.models import Conversation, Enrichment, Job, Message, Project, Tag
from curation.queries.enrichers.screening import SCREENER, unscreened_answers

ENRICHMENT_JOB = "enrichment"
# Those that group conversations: each tag of theirs names the first of its group.
GROUPING = ("exact_duplicates", "near_duplicates", "same_meaning")
# So many of a project's newest jobs are looked at for how each enricher ended.
LOOKED_BACK = 200
CHUNK_CONVERSATIONS = 200
# A chunk's texts are held in memory: about two megabytes of them, unless one conversation alone is larger.
CHUNK_WORDS = 300_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Conversations to read next: new ones in the order of their ids, and grown ones again."""

    conversations: list[ReadConversation]
    grown: set[int]
    done_through: int
    message_done_through: int

    @property
    def new_count(self) -> int:
        """How many are read for the first time."""
        return sum(conversation.id not in self.grown for conversation in self.conversations)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnricherStatus:
    """Where one enricher stands in a project."""

    plugin: EnricherPlugin
    is_wanted: bool
    enrichment: Enrichment | None
    job: Job | None
    done: int
    total: int

    @property
    def waiting(self) -> int:
        """How many conversations it has not read."""
        return self.total - self.done

    @property
    def is_complete(self) -> bool:
        """Whether everything there is was read."""
        return self.enrichment is not None and not self.waiting


def wanted_enrichers(project: Project) -> list[str]:
    """Return the names of the enrichers that run by themselves in this project, in their order."""
    return [name for name in ENRICHERS if is_wanted(project, load_enricher(name))]


def is_wanted(project: Project, plugin: EnricherPlugin) -> bool:
    """Return whether the enricher runs after every import."""
    chosen = project.enrichment_settings.get(plugin.name, {}).get("wanted")
    return plugin.runs_by_default if chosen is None else bool(chosen)


def settings_of(project: Project, plugin: EnricherPlugin) -> dict[str, str]:
    """Return the enricher's settings in this project, defaults where nobody set them."""
    chosen = project.enrichment_settings.get(plugin.name, {})
    return {option.name: str(chosen.get(option.name) or option.default) for option in plugin.options}


def newest_enrichment(project: Project, plugin: EnricherPlugin) -> Enrichment | None:
    """Return the row of this version of the enricher that was worked on last."""
    return _newest_by_name(project, [plugin]).get(plugin.name)


def newest_enrichments(project: Project) -> dict[str, Enrichment]:
    """Return these rows of every enricher, by name; one query."""
    return _newest_by_name(project, [load_enricher(name) for name in ENRICHERS])


def _newest_by_name(project: Project, plugins: Sequence[EnricherPlugin]) -> dict[str, Enrichment]:
    versions = {plugin.name: plugin.version for plugin in plugins}
    rows = Enrichment.objects.for_project(project).filter(name__in=versions).select_related("job")
    newest_last = rows.order_by("updated_at", "id")
    return {row.name: row for row in newest_last if row.version.split("+")[0] == versions[row.name]}


def enricher_statuses(project: Project) -> list[EnricherStatus]:
    """Return where every enricher stands; three queries, whatever their number."""
    rows, jobs = newest_enrichments(project), newest_enrichment_jobs(project)
    counts = _read_counts(project, {name: row.done_through for name, row in rows.items()})
    statuses = []
    for name in ENRICHERS:
        plugin = load_enricher(name)
        statuses.append(
            EnricherStatus(
                plugin=plugin,
                is_wanted=is_wanted(project, plugin),
                enrichment=rows.get(name),
                job=jobs.get(name),
                done=counts.get(f"done_{name}", 0),
                total=counts["total"],
            )
        )
    return statuses


def newest_enrichment_jobs(project: Project) -> dict[str, Job]:
    """Return the newest job of each enricher, by name, among the newest of all."""
    jobs = Job.objects.for_project(project).filter(kind=ENRICHMENT_JOB).order_by("-id")[:LOOKED_BACK]
    return {job.arguments["enricher"]: job for job in reversed(jobs)}


def _read_counts(project: Project, done_through: dict[str, int]) -> dict[str, int]:
    """Return how many conversations there are, and how many each enricher has read; most have read as far as others."""
    places = {through: f"through_{through}" for through in done_through.values()}
    done = {name: Count("id", filter=Q(id__lte=through)) for through, name in places.items()}
    counts: dict[str, int] = readable_conversations(project).aggregate(total=Count("id"), **done)
    return {"total": counts["total"]} | {
        f"done_{name}": counts[places[through]] for name, through in done_through.items()
    }


def readable_conversations(project: Project) -> QuerySet[Conversation]:
    """Return the conversations whose text still stands."""
    return Conversation.objects.for_project(project).filter(withdrawn_at__isnull=True)


def waiting_count(project: Project, *, after: int, through: int | None = None) -> int:
    """Return how many conversations follow the last one that was read."""
    return _following(project, after=after, through=through).count()


def has_waiting(row: Enrichment | None, *, project: Project) -> bool:
    """Return whether there is something to read: new, grown, or left behind by the first of its group.

    The screening reads answers outside the log too.
    """
    if row is None:
        return readable_conversations(project).exists()
    if row.regroup_asked_at is not None:
        return True
    if row.name == SCREENER and unscreened_answers(project, version=row.version).exists():
        return True
    return (
        _following(project, after=row.done_through, through=None).exists() or _grown(row, up_to=None).exists()
    )


def next_chunk(row: Enrichment, *, through: int | None) -> Chunk | None:
    """Return what to read next, or None where nothing is left up to `through`."""
    new = _new_ids(row, through=through)
    newest_message = _newest_message(row.project, new)
    grown = set(_grown(row, up_to=newest_message).values_list("conversation_id", flat=True).distinct())
    if not new and not grown:
        return None
    return Chunk(
        conversations=read_conversations(row.project, [*sorted(grown), *new]),
        grown=grown,
        done_through=max([row.done_through, *new]),
        message_done_through=max(row.message_done_through, newest_message or 0),
    )


def next_left_behind(row: Enrichment, *, after: int) -> Chunk | None:
    """Return some conversations that were grouped with one that was deleted or withdrawn since, in their order."""
    named_first = Cast(KT("detail__first"), BigIntegerField())
    standing = readable_conversations(row.project).filter(pk=OuterRef("named_first"))
    tags = Tag.objects.for_project(row.project).filter(
        name=row.name,
        source=Tag.Source.ENRICHMENT,
        detail__has_key="first",
        conversation_id__gt=after,
        conversation__withdrawn_at__isnull=True,
    )
    left = tags.annotate(named_first=named_first).filter(~Exists(standing)).order_by("conversation_id")
    ids = _fitting(left.values_list("conversation_id", "conversation__word_count"))
    if not ids:
        return None
    return Chunk(
        conversations=read_conversations(row.project, ids),
        grown=set(ids),
        done_through=row.done_through,
        message_done_through=row.message_done_through,
    )


def _following(project: Project, *, after: int, through: int | None) -> QuerySet[Conversation]:
    found = readable_conversations(project).filter(id__gt=after)
    return found if through is None else found.filter(id__lte=through)


def _new_ids(row: Enrichment, *, through: int | None) -> list[int]:
    """Return the ids of the next conversations, as many as fit in memory together."""
    following = _following(row.project, after=row.done_through, through=through).order_by("id")
    return _fitting(following.values_list("id", "word_count"))


def _fitting(conversations: QuerySet[Any, tuple[int, int]]) -> list[int]:
    """Return the first ids of (id, words), as many as one chunk may hold."""
    ids: list[int] = []
    words = 0
    for number, word_count in conversations[:CHUNK_CONVERSATIONS]:
        words += word_count
        if ids and words > CHUNK_WORDS:
            break
        ids.append(number)
    return ids


def _newest_message(project: Project, conversations: Sequence[int]) -> int | None:
    """Return the newest message of these conversations; of the whole project where there are none."""
    if conversations:
        messages = Message.objects.filter(conversation_id__in=conversations)
    else:
        messages = Message.objects.for_project(project)
    newest: int | None = messages.aggregate(newest=Max("id"))["newest"]
    return newest


def _grown(row: Enrichment, *, up_to: int | None) -> QuerySet[Message]:
    """Return messages that came into conversations after these were read."""
    came = Message.objects.for_project(row.project).filter(
        id__gt=row.message_done_through,
        conversation_id__lte=row.done_through,
        conversation__withdrawn_at__isnull=True,
    )
    return came if up_to is None else came.filter(id__lte=up_to)


def read_conversations(project: Project, ids: Iterable[int]) -> list[ReadConversation]:
    """Return these conversations with their messages, in the order of their ids; two queries."""
    wanted = list(ids)
    texts: dict[int, list[ReadMessage]] = defaultdict(list)
    columns = ("conversation_id", "id", "position", "role", "text", "is_repeat", "rich_parts")
    messages = Message.objects.for_project(project).filter(conversation_id__in=wanted)
    for row in messages.order_by("conversation_id", "position").values(*columns):
        conversation, rich_parts = row.pop("conversation_id"), row.pop("rich_parts")
        texts[conversation].append(ReadMessage(**row, beside=strings_beside(rich_parts or ())))
    rows = Conversation.objects.for_project(project).filter(pk__in=wanted).order_by("id")
    return [
        ReadConversation(id=number, language=language, messages=texts[number])
        for number, language in rows.values_list("id", "language")
    ]
