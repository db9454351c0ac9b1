"""The orders of answers that came with imports, as the pairs that they decide."""

from collections.abc import Iterator, Sequence
from itertools import combinations, groupby
from typing import NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from curation.models import Comparison, Project, RankedResponse

# What people of ours were asked stands as comparisons already; an order of theirs is a consensus of those.
OF_IMPORTS = (Comparison.Source.SOURCE_PERSON, Comparison.Source.JUDGE, Comparison.Source.UNKNOWN)
_PLACE = (
    *("ranked_list_id", "ranked_list__prompt_id", "ranked_list__source", "ranked_list__source_name"),
    *("rank", "response_id", "response__uuid", "response__model_version__name"),
)


class Place(NamedTuple):
    """The place of an answer in a list; lower is better."""

    ranked_list: int
    prompt: int
    source: str
    source_name: str
    rank: int
    response: int
    uuid: UUID
    model: str | None


def ranked_pairs(
    project: Project, *, sources: Sequence[Comparison.Source] = OF_IMPORTS
) -> Iterator[tuple[Place, Place]]:
    """Yield (better, worse) of every two answers whose ranks differ, the newest lists first; one query."""
    rows = _places(project, sources).order_by("-ranked_list_id", "rank").values_list(*_PLACE)
    places = (Place(*row) for row in rows.iterator())
    for _ranked_list, own in groupby(places, key=lambda place: place.ranked_list):
        yield from ((one, other) for one, other in combinations(own, 2) if one.rank < other.rank)


def place_count(project: Project, *, sources: Sequence[Comparison.Source] = OF_IMPORTS, limit: int) -> int:
    """Return how many places there are, up to a limit: about as many as pairs."""
    return _places(project, sources).order_by()[:limit].count()


def _places(project: Project, sources: Sequence[Comparison.Source]) -> QuerySet[RankedResponse]:
    return RankedResponse.objects.for_project(project).filter(
        ranked_list__source__in=[source for source in sources if source in OF_IMPORTS],
        ranked_list__prompt__conversation__withdrawn_at__isnull=True,
        ranked_list__prompt__conversation__archived_at__isnull=True,
    )
