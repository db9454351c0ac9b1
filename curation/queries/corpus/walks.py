"""Walks: an index read in one direction, from a place on, whose rows lead to conversations.

A list page reads the index of one filter in its order and asks the other filters of what it meets. However rare
they are, it meets no more than a fixed number of rows, so a page takes the same time at any depth.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, F, Func, Model, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from curation.domain.corpus.finding import Order
from curation.models import Conversation, DatasetRow, Score
from curation.queries.corpus.narrowing import Narrowing, between, days_between

ORDER_COLUMNS = {Order.START: "started_at", Order.WORDS: "word_count", Order.TURNS: "message_count"}
RANGES = {Order.START: "started", Order.WORDS: "words_count", Order.TURNS: "turns"}
ORDER_TITLES = {
    Order.NEWEST: _("newest import first"),
    Order.START: _("latest start first; those without a date are left out"),
    Order.WORDS: _("longest first"),
    Order.TURNS: _("most turns first"),
}
Place = tuple[Any, ...]
# Tags that are commoner than this are equally common for the choice of a walk.
COUNTED_TAGS = 2_000


class RowComparison(Func):
    """`(a, b) < (x, y)`: one range of an index over a and b."""

    output_field = BooleanField()
    template = "%(expressions)s"


def compared(columns: tuple[str, ...], place: Place, *, sign: str) -> RowComparison:
    """Return the condition that columns stand in this order to a place."""
    row = {"template": "(%(expressions)s)", "output_field": BooleanField()}
    return RowComparison(
        Func(*[F(name) for name in columns], **row),
        Func(*[Value(each) for each in place], **row),
        arg_joiner=f" {sign} ",
    )


@dataclass(frozen=True, kw_only=True)
class Walk:
    """Rows in the order of an index; `columns` are that order, and `conversation` leads on from a row.

    The place in a walk is kept as the public id of a row of `model`, whose columns `marks` say where it is.
    `covers` names the filters that the walk itself keeps. `may_repeat` says that it can meet a conversation
    more than once; a distinct walk reads its first column alone.
    """

    narrowing: Narrowing
    rows: QuerySet[Any]
    columns: tuple[str, ...]
    conversation: Combinable
    covers: frozenset[str]
    title: str | Promise
    model: type[Model] = Conversation
    marks: tuple[str, ...] = ("id",)
    is_descending: bool = True
    is_distinct: bool = False
    may_repeat: bool = False

    def steps(self, *, after: Place | None, limit: int) -> list[tuple[int, int]]:
        """Return (id of the row that marks the place, conversation id), in order, beyond a place."""
        beyond = "<" if self.is_descending else ">"
        rows = self.rows.filter(compared(self.columns, after, sign=beyond)) if after else self.rows
        rows = rows.order_by(*[f"{'-' if self.is_descending else ''}{name}" for name in self.columns])
        if self.is_distinct:
            found = rows.values_list(self.columns[0], flat=True).distinct()[:limit]
            return [(each, each) for each in found]
        return list(rows.annotate(found=self.conversation).values_list("id", "found")[:limit])

    def place_of(self, uuid: UUID) -> Place | None:
        """Return where a row of the walk stands; None where there is no such row."""
        found: Place | None = self._marked().filter(uuid=uuid).values_list(*self.marks).first()
        return None if found is None or None in found else found

    def uuid_of(self, step: int) -> UUID | None:
        """Return the public id of the row that marks a place; None where it was deleted meanwhile."""
        uuid: UUID | None = self._marked().filter(pk=step).values_list("uuid", flat=True).first()
        return uuid

    def met_before(self, place: Place | None, conversations: list[int]) -> set[int]:
        """Return those of the conversations that the walk met up to a place already."""
        if place is None or not self.may_repeat or not conversations:
            return set()
        up_to = compared(self.columns, place, sign=">=" if self.is_descending else "<=")
        rows = self.rows.filter(up_to).annotate(found=self.conversation)
        return set(rows.filter(found__in=conversations).values_list("found", flat=True))

    def _marked(self) -> QuerySet[Any]:
        model: Any = self.model
        rows: QuerySet[Any] = model.objects.for_project(self.narrowing.project)
        return rows


def walk_of(narrowing: Narrowing) -> Walk:
    """Choose the walk of some filters: the one whose index narrows most, else the order of the list."""
    if "scorer" in narrowing.ids:
        return _score_walk(narrowing)
    if "version" in narrowing.ids:
        return _version_walk(narrowing)
    if "topic" in narrowing.ids:
        return _distinct_walk(narrowing, narrowing.placements(), covers="topic")
    if narrowing.filters.tags:
        name = _rarest_tag(narrowing)
        return _distinct_walk(narrowing, narrowing.tags(name), covers=f"tag:{name}")
    return _conversation_walk(narrowing)


def _rarest_tag(narrowing: Narrowing) -> str:
    """Return the tag that the fewest conversations bear, counted no further than matters."""
    names = narrowing.filters.tags
    if len(names) == 1:
        return names[0]
    counts = {name: narrowing.tags(name).values("id")[:COUNTED_TAGS].count() for name in names}
    return min(names, key=lambda name: counts[name])


def _score_walk(narrowing: Narrowing) -> Walk:
    return Walk(
        narrowing=narrowing,
        rows=narrowing.scores(),
        columns=("value", "id"),
        conversation=narrowing.conversation_of_score(),
        covers=frozenset({"scorer"}),
        title=_("highest score first"),
        model=Score,
        marks=("value", "id"),
        may_repeat=True,
    )


def _version_walk(narrowing: Narrowing) -> Walk:
    return Walk(
        narrowing=narrowing,
        rows=narrowing.rows(),
        columns=("position",),
        conversation=F("prompt__conversation_id"),
        covers=frozenset({"version"}),
        title=_("in the order of the version's rows"),
        model=DatasetRow,
        marks=("position",),
        is_descending=False,
        may_repeat=True,
    )


def _distinct_walk(narrowing: Narrowing, rows: QuerySet[Any], *, covers: str) -> Walk:
    return Walk(
        narrowing=narrowing,
        rows=rows,
        columns=("conversation_id",),
        conversation=F("conversation_id"),
        covers=frozenset({covers}),
        title=ORDER_TITLES[Order.NEWEST],
        is_distinct=True,
    )


def _conversation_walk(narrowing: Narrowing) -> Walk:
    filters, order = narrowing.filters, narrowing.filters.effective_order
    kept = {"archived": Q(archived_at__isnull=not filters.archived)}
    if order == Order.NEWEST:
        kept |= _equality(narrowing)
    else:
        kept[RANGES[order]] = _range(narrowing, order)
    columns = (ORDER_COLUMNS[order], "id") if order != Order.NEWEST else ("id",)
    return Walk(
        narrowing=narrowing,
        rows=Conversation.objects.for_project(narrowing.project).filter(*kept.values()),
        columns=columns,
        conversation=F("id"),
        covers=frozenset(kept),
        title=ORDER_TITLES[order],
        marks=columns,
    )


def _equality(narrowing: Narrowing) -> dict[str, Q]:
    """Return the one filter of equality whose index the walk reads."""
    if "batch" in narrowing.ids:
        return {"batch": Q(batch_id=narrowing.ids["batch"])}
    if "model" in narrowing.ids:
        return {"model": Q(model_version_id=narrowing.ids["model"])}
    return {"language": Q(language=narrowing.filters.language)} if narrowing.filters.language else {}


def _range(narrowing: Narrowing, order: Order) -> Q:
    filters = narrowing.filters
    if order == Order.START:
        dated = Q(started_at__isnull=False)
        return dated & days_between("started_at", filters.started_from, filters.started_to)
    if order == Order.WORDS:
        return between("word_count", filters.least_words, filters.most_words)
    return between("message_count", filters.least_turns, filters.most_turns)
