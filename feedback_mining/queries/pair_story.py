"""The story of a pair: the conversation, the words that made it, the wish, and both answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from curation.models import Conversation, Evidence, Job, PreferencePair, Project, Score
from curation.queries.corpus.texts import ChatMessage, prompt_texts, response_texts
from feedback_mining.models import PairRewrite
from feedback_mining.queries.screens import PARTS, around, words_around

PAGE = 25
# Of the message around the evidence; the reader shows the whole.
SHOWN_AROUND = 1_000
# How many messages of the prompt are shown; the reader shows the whole conversation.
TURNS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A message cut into the words before, within and after the evidence."""

    before: str
    evidence: str
    after: str
    criterion: str
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the user wants of the answer, and the position of the message that says so."""

    text: str
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PairStory:
    """A pair with all that stands behind it; `judged_by` is the judge that preferred chosen in both orders."""

    pair: PreferencePair
    turns: Sequence[ChatMessage]
    hidden_turns: int
    rejected: str
    chosen: str
    words: Sequence[Words]
    wishes: Sequence[Wish]
    judged_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PairPage:
    """One page of pairs, each with `criterion` and words of its evidence, and where the next page begins.

    The words are `said_before`, `said_evidence` and `said_after`; None where none stand behind the pair.
    """

    pairs: Sequence[PreferencePair]
    next_before: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPage:
    """One page of answers judged alone, as the evidence behind each with its words, and where the next page begins."""

    notes: Sequence[Evidence]
    next_before: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingRewrite:
    """A refused pair in a list: the complaint, and where the answer leans on it, each before, within and after."""

    uuid: UUID
    recipe: str
    criterion: str
    complaint: tuple[str, ...]
    answer: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RewriteShare:
    """What the guard refused: of `candidates`, which nothing else spoke against, how many, and what became of them."""

    recipe: str
    candidates: int
    refused: int
    waiting: int
    rewritten: int

    @property
    def share(self) -> float:
        """Return the share of candidates that were refused."""
        return self.refused / self.candidates if self.candidates else 0.0


def pair_story(project: Project, *, uuid: UUID) -> PairStory | None:
    """Return the story of a pair that stands."""
    pairs = PreferencePair.objects.for_project(project).standing().filter(uuid=uuid)
    sides = ("chosen__model_version", "rejected__model_version")
    pair = pairs.select_related(*sides, "prompt__conversation").first()
    if pair is None:
        return None
    texts = response_texts([pair.chosen_id, pair.rejected_id])
    turns = prompt_texts([pair.prompt_id])[pair.prompt_id].messages
    notes = list(pair.evidence.select_related("message").order_by("id"))
    return PairStory(
        pair=pair,
        turns=turns[-TURNS:],
        hidden_turns=max(0, len(turns) - TURNS),
        rejected=texts[pair.rejected_id],
        chosen=texts[pair.chosen_id],
        words=[_words(note) for note in notes if note.message is not None and note.span_end is not None],
        wishes=[
            Wish(text=note.quote, position=note.message.position)
            for note in notes
            if note.kind == Evidence.Kind.WISH and note.span_end is None and note.message is not None
        ],
        judged_by=next((note.source_name for note in notes if note.kind == Evidence.Kind.VERDICT), ""),
    )


def pair_page(project: Project, *, recipe: str = "", before: UUID | None = None) -> PairPage:
    """Return a page of the pairs that recipes proposed, newest first, without their texts."""
    pairs = PreferencePair.objects.for_project(project).standing().filter(origin=PreferencePair.Origin.MINED)
    if recipe:
        pairs = pairs.filter(recipe=recipe)
    if before is not None:
        place = PreferencePair.objects.for_project(project).filter(uuid=before).values_list("id", flat=True)
        pairs = pairs.filter(pk__lt=place.first() or 0)
    complaint = Evidence.objects.filter(pair=OuterRef("pk"), span_end__isnull=False).order_by("id")
    complaint = complaint.annotate(**around("said", "message__text", span=("span_start", "span_end")))
    shown = ("criterion", *(f"said_{part}" for part in PARTS))
    quoted = pairs.annotate(**{name: Subquery(complaint.values(name)[:1]) for name in shown})
    found = list(
        quoted.select_related("chosen").defer("chosen__body_text", "chosen__body").order_by("-id")[: PAGE + 1]
    )
    return PairPage(pairs=found[:PAGE], next_before=found[PAGE - 1].uuid if len(found) > PAGE else None)


def answer_page(project: Project, *, recipe: str, before: UUID | None = None) -> AnswerPage:
    """Return a page of the answers that a recipe judged alone, newest first; none of a recipe that makes pairs."""
    scored = Score.objects.filter(response=OuterRef("response"), scorer__project=project, scorer__name=recipe)
    notes = Evidence.objects.for_project(project).filter(
        Exists(scored),
        span_end__isnull=False,
        message__conversation__archived_at__isnull=True,
        message__conversation__withdrawn_at__isnull=True,
    )
    if before is not None:
        place = Evidence.objects.for_project(project).filter(uuid=before).values_list("id", flat=True)
        notes = notes.filter(pk__lt=place.first() or 0)
    said = notes.annotate(**around("said", "message__text", span=("span_start", "span_end")))
    rows = said.select_related("message__conversation").defer("message__text", "message__rich_parts")
    found = list(rows.order_by("-id")[: PAGE + 1])
    return AnswerPage(notes=found[:PAGE], next_before=found[PAGE - 1].uuid if len(found) > PAGE else None)


def pairs_of_conversation(conversation: Conversation) -> list[PreferencePair]:
    """Return the pairs that recipes proposed from one conversation."""
    pairs = PreferencePair.objects.for_project(conversation.project).standing()
    return list(pairs.filter(prompt__conversation=conversation, origin="mined").order_by("id")[:PAGE])


def waiting_page(project: Project) -> list[WaitingRewrite]:
    """Return the refused pairs that have waited longest; no text is read whole."""
    answer = Coalesce("chosen__text", "written__body_text")
    rows = _waiting(project).annotate(
        **around("said", "complaint__text", span=("span_start", "span_end")),
        **around("answer", answer, span=("reference_start", "reference_end")),
    )
    fields = (
        "uuid",
        "recipe",
        "criterion",
        *(f"{name}_{part}" for name in ("said", "answer") for part in PARTS),
    )
    return [
        WaitingRewrite(
            uuid=row["uuid"],
            recipe=row["recipe"],
            criterion=row["criterion"],
            complaint=tuple(row[f"said_{part}"] for part in PARTS),
            answer=tuple(row[f"answer_{part}"] for part in PARTS),
        )
        for row in rows.values(*fields)[:PAGE]
    ]


def _waiting(project: Project) -> QuerySet[PairRewrite]:
    """Return the refused pairs that wait for a person, oldest first."""
    rows = PairRewrite.objects.for_project(project).filter(
        state=PairRewrite.State.WAITING,
        complaint__conversation__archived_at__isnull=True,
        complaint__conversation__withdrawn_at__isnull=True,
    )
    return rows.order_by("id")


def waiting_count(project: Project) -> int:
    """Return how many refused pairs wait for a person."""
    return _waiting(project).count()


def rewrite_of(project: Project, *, uuid: UUID) -> PairRewrite | None:
    """Return a refused pair that waits."""
    rows = _waiting(project).select_related(
        "complaint__conversation", "rejected", "chosen", "written", "project"
    )
    return rows.filter(uuid=uuid).first()


def asked_before(rewrite: PairRewrite) -> str:
    """Return the request that both answers are to."""
    messages = rewrite.complaint.conversation.messages.filter(
        role="user", position__lt=rewrite.rejected.position
    )
    asked = messages.order_by("-position").first()
    return asked.text if asked else ""


def rewrite_shares(project: Project) -> list[RewriteShare]:
    """Return for each pair recipe, by its newest job, what share of its candidates referred to the complaint."""
    jobs = Job.objects.for_project(project).filter(kind="pair_building", state=Job.State.SUCCEEDED)
    newest = {job.result.get("recipe", job.arguments.get("recipe", "")): job for job in jobs.order_by("id")}
    states = _states(project)
    shares = [
        RewriteShare(
            recipe=recipe,
            candidates=_fit(job),
            refused=_refused(job),
            waiting=states.get((recipe, "waiting"), 0),
            rewritten=states.get((recipe, "rewritten"), 0),
        )
        for recipe, job in sorted(newest.items())
    ]
    return [each for each in shares if each.refused]


def _fit(job: Job) -> int:
    """Return how many candidates were pairs or refused by the guard: all that nothing else spoke against."""
    others = sum(job.result.get("skipped", {}).values()) - _refused(job)
    return int(job.result.get("candidates", 0) - others)


def _refused(job: Job) -> int:
    skipped = job.result.get("skipped", {})
    return int(skipped.get("refers_to_complaint", 0)) + int(skipped.get("carries_wish", 0))


def _states(project: Project) -> dict[tuple[str, str], int]:
    rows = PairRewrite.objects.for_project(project).values_list("recipe", "state")
    return {(recipe, state): n for recipe, state, n in rows.annotate(n=Count("id")).order_by()}


def _words(note: Evidence) -> Words:
    text = note.message.text if note.message else ""
    span = (note.span_start or 0, note.span_end or 0)
    before, evidence, after = words_around(text, span=span, context=SHOWN_AROUND)
    return Words(
        before=before,
        evidence=evidence,
        after=after,
        criterion=note.criterion,
        position=note.message.position if note.message else 0,
    )
