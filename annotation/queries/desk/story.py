"""One true story of the project: a complaint, the wish in it, and the two answers around it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, Subquery

from curation.models import Comparison, Evidence, Membership, PreferencePair, Project
from curation.queries.corpus.texts import ChatMessage, prompt_texts, response_texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What the first screen tells; the complaint is cut into the words before, within and after its evidence."""

    pair: PreferencePair
    turns: Sequence[ChatMessage]
    rejected: str
    chosen: str
    before: str
    evidence: str
    after: str
    criteria: str
    wish: str
    answered: str


# How long the desk goes by a story; whoever judges asks for it with every task.
KEPT_SECONDS = 30
# Complaints that ask for something else tell a clearer story than those that only find fault.
REQUESTS = ("Insufficient_Detail", "Revision", "Style")


def story_pair(project: Project) -> PreferencePair | None:
    """Return the pair that tells best what a user wished: in the language of the pages, plain, and sure.

    It is the same one until a better one is mined; people's verdicts do not change the choice.
    """
    pairs = PreferencePair.objects.for_project(project).standing()
    known = pairs.filter(origin=PreferencePair.Origin.MINED)
    complaints = Evidence.objects.filter(pair=OuterRef("pk"), kind=Evidence.Kind.COMPLAINT)
    wishes = Evidence.objects.filter(pair=OuterRef("pk"), kind=Evidence.Kind.WISH)
    readable = Q(prompt__conversation__language__startswith=settings.LANGUAGE_CODE[:2])
    told = known.annotate(
        complaint=Subquery(complaints.values("quote")[:1]),
        is_request=Exists(complaints.filter(criterion__in=REQUESTS)),
        # A wish that only repeats the complaint adds nothing to it.
        has_wish=Exists(wishes.exclude(quote__icontains=OuterRef("complaint"))),
        is_readable=ExpressionWrapper(readable, BooleanField()),
    )
    return told.order_by("-has_wish", "-is_readable", "-is_request", "-confidence", "id").first()


def kept_story_pair(project: Project) -> PreferencePair | None:
    """Return the story's pair as it was half a minute ago at most, or as it is since a pair came in."""
    newest = (
        PreferencePair.objects.for_project(project).filter(origin=PreferencePair.Origin.MINED).order_by("-id")
    )
    newest_id = newest.values_list("id", flat=True).first()
    if newest_id is None:
        return None
    key = f"annotation.story.{project.pk}.{newest_id}"
    kept: PreferencePair | None = cache.get(key)
    if kept is None:
        kept = story_pair(project)
        cache.set(key, kept, timeout=KEPT_SECONDS)
    return kept


def told_pair(project: Project, *, uuid: str) -> PreferencePair | None:
    """Return the pair that a story was told of, which need not be the surest any more."""
    try:
        wanted = UUID(uuid)
    except ValueError:
        return None
    pairs = PreferencePair.objects.for_project(project).standing()
    return pairs.filter(origin=PreferencePair.Origin.MINED, uuid=wanted).first()


def story_of(project: Project, *, membership: Membership | None) -> Story | None:
    """Return the project's story, or None before a pair was mined."""
    pair = story_pair(project)
    if pair is None:
        return None
    evidence = {note.kind: note for note in pair.evidence.select_related("message").order_by("-id")}
    complaint, wish = evidence.get(Evidence.Kind.COMPLAINT), evidence.get(Evidence.Kind.WISH)
    texts = response_texts([pair.chosen_id, pair.rejected_id])
    said = complaint.message.text if complaint and complaint.message else ""
    start, end = (complaint.span_start or 0, complaint.span_end or 0) if complaint else (0, 0)
    return Story(
        pair=pair,
        turns=prompt_texts([pair.prompt_id])[pair.prompt_id].messages[-3:],
        rejected=texts[pair.rejected_id],
        chosen=texts[pair.chosen_id],
        before=said[:start],
        evidence=said[start:end],
        after=said[end:],
        criteria=complaint.criterion if complaint else "",
        wish=wish.quote if wish else "",
        answered=_answer_of(pair, membership),
    )


def _answer_of(pair: PreferencePair, membership: Membership | None) -> str:
    """Return what this person answered under the story: chosen, rejected, tie or both_bad; "" before."""
    if membership is None:
        return ""
    said = Comparison.objects.filter(
        pair=pair, annotator_pseudonym=membership.pseudonym, saw_signal=True, retracted_at__isnull=True
    ).first()
    return {"a": "chosen", "b": "rejected"}.get(said.outcome, said.outcome) if said else ""
