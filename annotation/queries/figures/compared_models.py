"""Comparisons of a project as votes between models, and as preferences in words; for rankings and explanations."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from annotation.domain.factors.table import TextPair
from annotation.domain.model_ranking.votes import VoteTable, vote_table
from curation.models import Comparison, PreferencePair, Project
from curation.queries.corpus.preferences import PEOPLE
from curation.queries.corpus.texts import prompt_texts, response_texts

# Texts of so many preferences are read at a time; the newest say most of how people judge now.
MOST_PREFERENCES = 20_000
_TIES = (Comparison.Outcome.TIE, Comparison.Outcome.BOTH_BAD)
PEOPLE_GROUP, MINED_GROUP = "people", "mined"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPreference:
    """A preference in words, and the row that it is: of a comparison, or of a mined pair."""

    uuid: UUID
    words: TextPair


def model_votes(project: Project, *, sources: Sequence[Comparison.Source] = PEOPLE) -> VoteTable | None:
    """Return the standing blind verdicts on answers of two named models, prompts being the items; None without any.

    That both are bad leaves both models level, as a tie does.
    """
    rows = (
        _standing(project)
        .filter(source__in=sources, response_a__model_version__isnull=False)
        .filter(response_b__model_version__isnull=False)
        .values_list(
            "response_a__model_version__name",
            "response_b__model_version__name",
            "outcome",
            "response_a__prompt_id",
        )
    )
    votes = [
        (a, b, "tie" if outcome in _TIES else outcome, str(prompt))
        for a, b, outcome, prompt in rows
        if a != b
    ]
    if not votes:
        return None
    first, second, winner, item = zip(*votes, strict=True)
    return vote_table(model_a=first, model_b=second, winner=winner, item=item)


def stored_preferences(project: Project, *, limit: int = MOST_PREFERENCES) -> list[StoredPreference]:
    """Return decided comparisons by group (people, each judge, each source), and mined pairs, the newest first.

    Reads the texts in three queries, whatever the number of preferences.
    """
    decided = [
        (uuid, prompt, *((a, b) if outcome == Comparison.Outcome.A else (b, a)), _group(source, name))
        for uuid, prompt, a, b, outcome, source, name in _decided(project)[:limit]
    ]
    mined = [(*row, MINED_GROUP) for row in _mined(project)[: limit - len(decided)]]
    return _in_words([*decided, *mined])


def _standing(project: Project) -> QuerySet[Comparison]:
    withdrawn = Q(response_a__prompt__conversation__withdrawn_at__isnull=False)
    archived = Q(response_a__prompt__conversation__archived_at__isnull=False)
    standing = Comparison.objects.for_project(project).filter(retracted_at__isnull=True, saw_signal=False)
    return standing.exclude(withdrawn | archived)


def _decided(project: Project) -> QuerySet[Comparison, tuple[UUID, int, int, int, str, str, str]]:
    return (
        _standing(project)
        .filter(outcome__in=[Comparison.Outcome.A, Comparison.Outcome.B])
        .order_by("-id")
        .values_list(
            "uuid",
            "response_a__prompt_id",
            "response_a_id",
            "response_b_id",
            "outcome",
            "source",
            "source_name",
        )
    )


def _mined(project: Project) -> QuerySet[PreferencePair, tuple[UUID, int, int, int]]:
    pairs = PreferencePair.objects.for_project(project).standing().filter(origin=PreferencePair.Origin.MINED)
    return pairs.order_by("-id").values_list("uuid", "prompt_id", "chosen_id", "rejected_id")


def _group(source: str, name: str) -> str:
    if source in PEOPLE:
        return PEOPLE_GROUP
    return f"{source}: {name}" if name else source


def _in_words(rows: Sequence[tuple[UUID, int, int, int, str]]) -> list[StoredPreference]:
    prompts = prompt_texts(prompt for _, prompt, *_ in rows)
    texts = response_texts(_responses(rows))
    return [
        StoredPreference(
            uuid=uuid,
            words=TextPair(
                prompt=prompts[prompt].messages[-1]["content"],
                chosen=texts[chosen],
                rejected=texts[rejected],
                group=group,
            ),
        )
        for uuid, prompt, chosen, rejected, group in rows
        if texts[chosen] != texts[rejected]
    ]


def _responses(rows: Iterable[tuple[UUID, int, int, int, str]]) -> list[int]:
    return [response for _, _, chosen, rejected, _ in rows for response in (chosen, rejected)]
