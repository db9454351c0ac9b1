"""The preferences that a project holds, by whose they are; their texts are read by the chunk."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from django.db.models import Exists, OuterRef

from annotation.domain.factors.table import TextPair
from annotation.queries.ranking.compared_models import (
    MINED_GROUP,
    PEOPLE_GROUP,
    mined_pairs,
    standing_comparisons,
)
from annotation.queries.ranking.ranked_pairs import Place, place_count, ranked_pairs
from curation.models import Comparison, Project, Score, Scorer
from curation.queries.corpus.preferences import PEOPLE
from curation.queries.corpus.texts import prompt_texts, response_texts

# The newest say most of how people judge now.
MOST_PREFERENCES = 20_000
CHUNK = 500
MOST_SCORERS = 40
BY_SOURCE, BY_PERSON, BY_QUEUE = "source", "person", "queue"


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceRow:
    """A preference by its ids; `pair` is the mined pair that it is or speaks of, if any."""

    prompt: int
    chosen: int
    rejected: int
    group: str
    chosen_uuid: UUID
    rejected_uuid: UUID
    source: str
    pair: UUID | None = None


def preference_count(project: Project, *, limit: int) -> int:
    """Return how many preferences there are, up to a limit."""
    decided = standing_comparisons(project).filter(outcome__in=_DECIDED).order_by()[:limit].count()
    mined = mined_pairs(project).order_by()[:limit].count()
    return min(limit, decided + mined + place_count(project, limit=limit))


def preference_rows(
    project: Project, *, by: str = BY_SOURCE, limit: int = MOST_PREFERENCES
) -> list[PreferenceRow]:
    """Return decided comparisons, mined pairs and pairs of ranked lists, without texts; three queries.

    `by` groups people as one, by person, or by queue; judges are groups of their own always.
    """
    decided = standing_comparisons(project).filter(outcome__in=_DECIDED).order_by("-id")
    rows = [_row_of(*values, by=by) for values in decided.values_list(*_COMPARED)[:limit]]
    mined = mined_pairs(project).values_list(*_MINED)[: limit - len(rows)]
    rows += [
        PreferenceRow(
            prompt=prompt,
            chosen=chosen,
            rejected=rejected,
            group=MINED_GROUP,
            chosen_uuid=chosen_uuid,
            rejected_uuid=rejected_uuid,
            source=MINED_GROUP,
            pair=uuid,
        )
        for uuid, prompt, chosen, rejected, chosen_uuid, rejected_uuid in mined
    ]
    return rows + [_row_of_ranks(*pair, by=by) for pair in islice(ranked_pairs(project), limit - len(rows))]


def chunks_in_words(
    rows: Sequence[PreferenceRow], *, size: int = CHUNK
) -> Iterator[list[tuple[PreferenceRow, TextPair]]]:
    """Yield preferences with their texts; those whose two answers read alike are left out. Three queries a chunk."""
    for start in range(0, len(rows), size):
        chunk = rows[start : start + size]
        prompts = prompt_texts(row.prompt for row in chunk)
        texts = response_texts(side for row in chunk for side in (row.chosen, row.rejected))
        yield [
            (row, _in_words(row, prompts[row.prompt].messages[-1]["content"], texts))
            for row in chunk
            if row.prompt in prompts and texts.get(row.chosen) != texts.get(row.rejected)
        ]


def scorer_choices(project: Project, *, target: str = "response") -> list[tuple[str, str]]:
    """Return (id, name) of the scorers that have values on answers, or on pairs."""
    scored = Score.objects.filter(scorer=OuterRef("pk"), **{f"{target}__isnull": False})
    scorers = Scorer.objects.for_project(project).filter(Exists(scored)).order_by("name", "version")
    return [(str(scorer.uuid), str(scorer)) for scorer in scorers[:MOST_SCORERS]]


def by_scorer(
    rows: Iterable[PreferenceRow], *, scorers: Mapping[int, str]
) -> dict[int, dict[tuple[int, int], bool]]:
    """Return for each scorer which pairs (chosen, rejected) it has scores of, and whether it agrees; one query.

    A pair whose scores are equal is left out: the scorer prefers neither.
    """
    if not scorers:
        return {}
    sides = {(row.chosen, row.rejected) for row in rows}
    responses = {side for pair in sides for side in pair}
    found: dict[int, dict[int, float]] = {scorer: {} for scorer in scorers}
    scores = Score.objects.filter(scorer__in=scorers, response__in=responses)
    for scorer, response, value in scores.values_list("scorer_id", "response_id", "value"):
        found[scorer][response or 0] = value
    return {
        scorer: {
            (one, other): values[one] > values[other]
            for one, other in sides
            if one in values and other in values and values[one] != values[other]
        }
        for scorer, values in found.items()
    }


_DECIDED = (Comparison.Outcome.A, Comparison.Outcome.B)
_COMPARED = (
    *("response_a__prompt_id", "outcome", "source", "source_name", "annotator_pseudonym"),
    *("response_a_id", "response_b_id", "response_a__uuid", "response_b__uuid"),
    # A pair that a set proposed tells no story: only mined ones have one.
    *("pair__uuid", "pair__origin"),
)
_MINED = ("uuid", "prompt_id", "chosen_id", "rejected_id", "chosen__uuid", "rejected__uuid")


def _row_of(  # noqa: PLR0913 - the columns of one row, in their order
    prompt: int,
    outcome: str,
    source: str,
    name: str,
    person: str,
    a: int,
    b: int,
    a_uuid: UUID,
    b_uuid: UUID,
    pair: UUID | None,
    origin: str | None,
    *,
    by: str,
) -> PreferenceRow:
    is_turned = outcome == Comparison.Outcome.B
    return PreferenceRow(
        prompt=prompt,
        chosen=b if is_turned else a,
        rejected=a if is_turned else b,
        group=_group(source, name, person, by=by),
        chosen_uuid=b_uuid if is_turned else a_uuid,
        rejected_uuid=a_uuid if is_turned else b_uuid,
        source=source,
        pair=pair if origin == "mined" else None,
    )


def _row_of_ranks(better: Place, worse: Place, *, by: str) -> PreferenceRow:
    return PreferenceRow(
        prompt=better.prompt,
        chosen=better.response,
        rejected=worse.response,
        group=_group(better.source, better.source_name, "", by=by),
        chosen_uuid=better.uuid,
        rejected_uuid=worse.uuid,
        source=better.source,
    )


def _group(source: str, name: str, person: str, *, by: str) -> str:
    if source in PEOPLE:
        own = {BY_PERSON: person, BY_QUEUE: name}.get(by, "")
        return own or PEOPLE_GROUP
    return f"{source}: {name}" if name else source


def _in_words(row: PreferenceRow, prompt: str, texts: Mapping[int, str]) -> TextPair:
    return TextPair(prompt=prompt, chosen=texts[row.chosen], rejected=texts[row.rejected], group=row.group)
