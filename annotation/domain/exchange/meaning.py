"""What people of another platform said, as answers under our protocols."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from annotation.domain.exchange.records import ForeignRecord, Judged, Kind, LeftOut, Question, Said, Why
from annotation.domain.protocols.places import without_gaps
from annotation.domain.protocols.spans import as_shown
from curation.domain.corpus.records import JsonValue
from curation.domain.exporters.choice_codes import choice_key, infer_choice_codes
from curation.domain.importers.feedback_marks import number_of
from curation.domain.importers.judged_answers import asks_for_rewriting

ATTRIBUTES, PAIRWISE, RANKING, CRITIQUE = "attributes", "pairwise", "ranking", "critique"
OVERALL_ATTRIBUTE = "overall"
_LONGEST_NAME = 60
# As much as the protocol `critique` takes.
LONGEST = 300_000
_SIDES = 2


@dataclass(frozen=True, slots=True)
class Rated:
    """A whole number that one answer got."""

    question: str
    attribute: str
    value: int


class Meaning:
    """Reads what was said of one file's records; a word means the same wherever its question is asked."""

    def __init__(
        self, records: Sequence[ForeignRecord], *, questions: Mapping[str, Question], left_out: LeftOut
    ) -> None:
        self._left_out = left_out
        self._codes = _choice_codes(records, questions)
        self.rated: list[Rated] = []

    def judged_in(self, record: ForeignRecord) -> list[Judged]:
        """Return what each person's words on a record mean; one judgement for each protocol and answer."""
        found: dict[tuple[str, tuple[str, ...], str], Judged] = {}
        for said in record.said:
            for judged in self._judged(record, said):
                key = (judged.protocol, judged.names, judged.person)
                before = found.get(key)
                found[key] = judged if before is None else self._with(before, judged, where=record.key)
        return list(found.values())

    def _with(self, before: Judged, later: Judged, *, where: str) -> Judged:
        """Put what one person said of an answer together; said twice, the later counts."""
        mine = before.answer.get("ratings"), later.answer.get("ratings")
        if mine[0] is not None and mine[1] is not None:
            self._left_out.add(Why.TWICE, where=where, count=len(set(mine[0]) & set(mine[1])))
            return replace(later, answer={"ratings": {**mine[0], **mine[1]}})
        if later.protocol != CRITIQUE:
            self._left_out.add(Why.TWICE, where=where)
            return later
        fixes = [each.answer["fix"] for each in (before, later) if "fix" in each.answer]
        answer = {**before.answer, **later.answer}
        return replace(later, answer={**answer, "fix": "\n".join(fixes)} if fixes else answer)

    def _judged(self, record: ForeignRecord, said: Said) -> Iterator[Judged]:
        readers = {
            Kind.RATING: self._rating,
            Kind.CHOICE: self._choice,
            Kind.RANKING: self._ranking,
            Kind.TEXT: self._text,
        }
        reader = readers.get(said.kind)
        found = reader(record, said) if reader else _NOT_ASKED.get(said.kind, Why.UNKNOWN_QUESTION)
        if isinstance(found, Why):
            self._left_out.add(found, where=record.key, question=said.question)
        else:
            yield found

    def _rating(self, record: ForeignRecord, said: Said) -> Judged | Why:
        meant = meant_by(said, names=record.names)
        number = None if isinstance(said.value, bool) else number_of(said.value)
        if meant is None:
            return Why.WHICH_ANSWER
        if number is None or number != int(number):
            return Why.RATING_ODD
        attribute = attribute_of(said.question, answer=meant)
        self.rated.append(Rated(said.question, attribute, int(number)))
        return _by(said, ATTRIBUTES, (meant,), {"ratings": {attribute: int(number)}})

    def _choice(self, record: ForeignRecord, said: Said) -> Judged | Why:
        among = [name for each in said.among if (name := record.judged.named(each))]
        sides = among if len(among) == _SIDES else list(record.judged.answers)
        value = said.value if isinstance(said.value, str) else ""
        chosen = self._side_of(value, sides=sides, named=record.judged.named(value), question=said.question)
        if not chosen:
            return Why.LABELS
        if len(sides) != _SIDES:
            return Why.NOT_TWO
        return _by(said, PAIRWISE, tuple(sides), {"choice": chosen, "sides": sides})

    def _side_of(self, value: str, *, sides: Sequence[str], named: str, question: str) -> str:
        if named in sides:
            return "a" if named == sides[0] else "b"
        return self._codes.get(question, {}).get(choice_key(value), "")

    def _ranking(self, record: ForeignRecord, said: Said) -> Judged | Why:
        names = tuple(record.judged.answers)
        places = _places_in(said.value, record=record)
        if not places or "" in places:
            return Why.RANKING_STRANGE
        if len(names) < _SIDES or set(places) != set(names) or len(_entries(said.value)) != len(names):
            return Why.RANKING_INCOMPLETE
        return _by(said, RANKING, names, {"places": without_gaps(places)})

    def _text(self, record: ForeignRecord, said: Said) -> Judged | Why:
        meant = meant_by(said, names=record.names)
        if meant is None:
            return Why.WHICH_ANSWER
        text = as_shown(said.value if isinstance(said.value, str) else "").strip()
        if len(text) > LONGEST:
            return Why.TOO_LONG
        field = "correction" if asks_for_rewriting(said.question) else "fix"
        given = record.judged.answers.get(meant)
        if not text or (field == "correction" and isinstance(given, str) and text == as_shown(given).strip()):
            return Why.UNCHANGED
        if field == "fix":
            text = "\n".join(line.strip() for line in text.split("\n") if line.strip())
        return _by(said, CRITIQUE, (meant,), {"spans": [], field: text})


_NOT_ASKED = {Kind.LABELS: Why.LABELS, Kind.SPANS: Why.SPANS}


def meant_by(said: Said, *, names: Sequence[str]) -> str | None:
    """Return the answer that is meant: the named one, the one that the question's name tells, or the only one."""
    named = next((name for name in names if said.answer and _plain(name) == _plain(said.answer)), None)
    if named is not None or len(names) == 1:
        return names[0] if named is None else named
    question = _plain(said.question)
    told = [name for name in names if question.endswith(_plain(name)) or question.startswith(_plain(name))]
    return max(told, key=len, default=None)


def attribute_of(question: str, *, answer: str) -> str:
    """Return what a question rates, without the name of the answer: "clarity" of "clarity_response_1"."""
    name = " ".join(question.replace("|", " ").split())
    if answer and name.casefold() != answer.casefold():
        ends = rf"[\s_.:-]*{re.escape(answer)}$|^{re.escape(answer)}[\s_.:-]*"
        name = re.sub(ends, "", name, flags=re.IGNORECASE)
    return name[:_LONGEST_NAME].strip() or OVERALL_ATTRIBUTE


def _choice_codes(
    records: Sequence[ForeignRecord], questions: Mapping[str, Question]
) -> dict[str, Mapping[str, str]]:
    """Return what the words of each question mean: which side, a tie, or both bad."""
    words: dict[str, dict[str, None]] = {
        name: {str(option): None for option in about.options}
        for name, about in questions.items()
        if about.kind is Kind.CHOICE
    }
    for record in records:
        for said in record.said:
            if (
                said.kind is Kind.CHOICE
                and isinstance(said.value, str)
                and not record.judged.named(said.value)
            ):
                words.setdefault(said.question, {})[said.value] = None
    return {question: infer_choice_codes(list(values)) for question, values in words.items()}


def _places_in(value: JsonValue, *, record: ForeignRecord) -> dict[str, int]:
    """Return the place of each answer of a ranking: a plain order, or objects with ranks, of which some may tie."""
    places: dict[str, int] = {}
    for place, each in enumerate(_entries(value), start=1):
        named = each.get("value") if isinstance(each, Mapping) else each
        rank = each.get("rank") if isinstance(each, Mapping) else place
        name = _named_entry(str(named), record=record)
        places[name] = rank if isinstance(rank, int) and not isinstance(rank, bool) else place
    return places


def _named_entry(named: str, *, record: ForeignRecord) -> str:
    return record.judged.named(named) or record.judged.named(named.removeprefix("entry "))


def _entries(value: JsonValue) -> list[JsonValue]:
    return list(value) if isinstance(value, list) else []


def _by(said: Said, protocol: str, names: tuple[str, ...], answer: Mapping[str, object]) -> Judged:
    return Judged(
        protocol=protocol, names=names, person=said.person, answer=answer, at=said.at, wall_ms=said.wall_ms
    )


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())
