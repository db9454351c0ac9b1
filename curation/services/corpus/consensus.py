"""What a consensus publishes: scores that replace its earlier ones, and orders of answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from curation.models import Comparison, Prompt, RankedList, RankedResponse, Score, Scorer
from curation.services.corpus.preferences import publish_scores


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedAnswers:
    """Answers to one prompt by their ids, with their places: 1 is best, equal places tie."""

    prompt: Prompt
    places: Mapping[int, int]


@transaction.atomic
def replace_scores(*, scorer: Scorer, target: str, values: Mapping[int, float]) -> int:
    """Publish a scorer's values as all that it says: what it said of other targets goes."""
    stale = Score.objects.filter(scorer=scorer).exclude(**{f"{target}_id__in": list(values)})
    stale.delete()
    return publish_scores(scorer=scorer, target=target, values=values)


@transaction.atomic
def replace_ranked_lists(
    *, scorer: Scorer, source: Comparison.Source, lists: Sequence[OrderedAnswers]
) -> int:
    """Publish the orders that a consensus gives under its scorer's name; those that it no longer gives are emptied.

    A list that a frozen version names stays as a row, since the version has its texts and places of its own.
    """
    name = _source_name(scorer)
    standing = RankedList.objects.for_project(scorer.project).filter(source=source, source_name=name)
    RankedResponse.objects.filter(ranked_list__in=standing).delete()
    rows = [_list_row(each, source=source, name=name) for each in lists]
    RankedList.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
    made = {row.prompt_id: row for row in standing.filter(prompt__in=[each.prompt for each in lists])}
    places = [
        RankedResponse(
            project_id=scorer.project_id,
            ranked_list=made[each.prompt.pk],
            response_id=response,
            rank=place,
        )
        for each in lists
        for response, place in each.places.items()
    ]
    RankedResponse.objects.bulk_create(places, batch_size=1000)
    return len(lists)


def _list_row(each: OrderedAnswers, *, source: Comparison.Source, name: str) -> RankedList:
    return RankedList(project_id=each.prompt.project_id, prompt=each.prompt, source=source, source_name=name)


def _source_name(scorer: Scorer) -> str:
    length = RankedList._meta.get_field("source_name").max_length or 0
    return str(scorer)[:length]
