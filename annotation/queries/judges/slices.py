"""Pairs that people decided: the slices of a project on which a judge can be validated."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from annotation.models import Annotation, Queue
from curation.domain.errors import HarkenError
from curation.models import Comparison, Project, ResponseSet, ResponseSetEntry
from curation.queries.corpus.preferences import standing
from curation.queries.judging.questions import AnswerPair

# What people of the project said here, and what people of imported sources said.
PEOPLE, SOURCE = "people", "source"
_QUEUE, _SET = "queue", "set"
_MOST_NAMED = 100
# Two answers by their ids, the lower first.
Sides: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedPair:
    """Two answers to a prompt and what most people said of them: a, b or tie."""

    pair: AnswerPair
    human: str

    @property
    def sides(self) -> Sides:
        """The two answers."""
        return self.pair.response_a, self.pair.response_b


def slice_choices(project: Project) -> list[tuple[str, str]]:
    """Return the slices of a project as (key, words)."""
    queues = Queue.objects.for_project(project).order_by("-id").values_list("uuid", "name")
    sets = ResponseSet.objects.for_project(project).filter(archived_at__isnull=True).order_by("-id")
    return [
        (PEOPLE, _("all that people decided here")),
        *((f"{_QUEUE}:{uuid}", _("queue %(name)s") % {"name": name}) for uuid, name in queues[:_MOST_NAMED]),
        *(
            (f"{_SET}:{uuid}", _("response set %(name)s") % {"name": name})
            for uuid, name in sets.values_list("uuid", "name")[:_MOST_NAMED]
        ),
        (SOURCE, _("what people of the imported sources decided")),
    ]


def slice_words(project: Project, key: str) -> str:
    """Return a slice in words."""
    return dict(slice_choices(project)).get(key, key)


def decided_pairs(project: Project, *, slice_key: str, most: int | None = None) -> list[DecidedPair]:
    """Return the pairs of a slice that most people decided alike, at most so many, drawn the same each time.

    Only blind verdicts that stand count. Both bad is a tie; where no side has more votes than any other the pair is
    left out.
    """
    votes: dict[Sides, Counter[str]] = defaultdict(Counter)
    prompts: dict[Sides, tuple[int, int | None]] = {}
    for prompt, other_prompt, pair, pair_prompt, a, b, outcome in _verdicts(project, slice_key):
        if pair_prompt is None and prompt != other_prompt:
            continue
        sides = (min(a, b), max(a, b))
        votes[sides][_from_side(outcome, is_turned=a > b)] += 1
        prompts.setdefault(sides, (pair_prompt or prompt, pair))
    found = [_decided(sides, prompts[sides], human) for sides, human in _majorities(votes).items()]
    drawn = sorted(found, key=lambda each: sha256(f"{each.sides}".encode()).digest())
    return sorted(drawn[:most], key=lambda each: each.sides)


def human_verdicts(project: Project, *, slice_key: str) -> dict[Sides, str]:
    """Return what most people say of the pairs of a slice now."""
    return {each.sides: each.human for each in decided_pairs(project, slice_key=slice_key)}


def _verdicts(
    project: Project, slice_key: str
) -> Iterable[tuple[int, int, int | None, int | None, int, int, str]]:
    rows = _of_slice(project, slice_key).filter(
        retracted_at__isnull=True,
        saw_signal=False,
        **standing("response_a__prompt__"),
        **standing("response_b__prompt__"),
    )
    return rows.order_by("id").values_list(
        "response_a__prompt_id",
        "response_b__prompt_id",
        "pair_id",
        "pair__prompt_id",
        "response_a_id",
        "response_b_id",
        "outcome",
    )


def _of_slice(project: Project, slice_key: str) -> QuerySet[Comparison]:
    rows = Comparison.objects.for_project(project)
    kind, _colon, uuid = slice_key.partition(":")
    if kind == SOURCE:
        return rows.filter(source=Comparison.Source.SOURCE_PERSON)
    rows = rows.filter(source=Comparison.Source.PERSON)
    if kind == PEOPLE:
        return rows
    if kind == _QUEUE:
        given = Annotation.objects.for_project(project).filter(task__queue__uuid=_uuid(uuid))
        return rows.filter(source_uuid__in=given.filter(task__is_gold=False).values("uuid"))
    if kind == _SET:
        entries = ResponseSetEntry.objects.for_project(project).filter(response_set__uuid=_uuid(uuid))
        answers = entries.filter(response__isnull=False).values("response_id")
        return rows.filter(response_a__in=answers, response_b__in=answers)
    raise HarkenError(_("There is no such slice. Choose one of those offered."))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise HarkenError(_("There is no such slice. Choose one of those offered.")) from error


def _from_side(outcome: str, *, is_turned: bool) -> str:
    """Return an outcome from the side of the answer with the lower id."""
    if outcome not in ("a", "b"):
        return "tie"
    return outcome if not is_turned else "b" if outcome == "a" else "a"


def _majorities(votes: Mapping[Sides, Counter[str]]) -> dict[Sides, str]:
    found = {}
    for sides, counts in votes.items():
        (first, most), *others = counts.most_common()
        if not others or others[0][1] < most:
            found[sides] = first
    return found


def _decided(sides: Sides, about: tuple[int, int | None], human: str) -> DecidedPair:
    prompt, pair = about
    asked = AnswerPair(prompt=prompt, response_a=sides[0], response_b=sides[1], preference_pair=pair)
    return DecidedPair(pair=asked, human=human)
