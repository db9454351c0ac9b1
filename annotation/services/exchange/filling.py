"""What a file of another platform puts into each queue: judgements on stored answers, and what nobody judged."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotation.domain.exchange.meaning import ATTRIBUTES, CRITIQUE, PAIRWISE, RANKING, meant_by
from annotation.domain.exchange.records import ForeignProject, ForeignRecord, Judged, Kind, LeftOut, Said, Why
from annotation.domain.exchange.scales import OVERALL
from annotation.domain.protocols.scales import Scale, scales_from
from annotation.services.exchange.conversations import StoredAnswers
from annotation.services.exchange.queues import Asking
from annotation.services.exchange.storing import Placed, name_of_answers
from annotation.services.queues.sources import Subject
from curation.models import Membership, Project
from curation.services.importers.replies import judge_pseudonym

RATING = "rating"
# Which kind of question asks about each answer alone.
ALONE = {RATING: Kind.RATING, ATTRIBUTES: Kind.RATING, CRITIQUE: Kind.TEXT}
SIDES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """A file with the rows of its records and people."""

    project: Project
    foreign: ForeignProject
    judged: Sequence[Sequence[Judged]]
    stored: Mapping[int, StoredAnswers]
    annotators: Mapping[str, Membership]
    left_out: LeftOut

    def placed(self, asking: Asking) -> Iterator[Placed]:
        """Yield what people said under a protocol; what does not fit is counted."""
        for number, rows in self.stored.items():
            for judged in self.judged[number]:
                if _is_under(asking.protocol, judged.protocol):
                    yield from self._placed(judged, rows, asking, where=self.foreign.records[number].key)

    def open_subjects(self, asking: Asking) -> Iterator[Subject]:
        """Yield what the questions of a protocol were asked about, and what nobody has answered."""
        questions = _questions_of(self.foreign, ALONE.get(asking.protocol))
        for number, rows in self.stored.items():
            of_record = self.judged[number]
            done = {each.names for each in of_record if _is_under(asking.protocol, each.protocol)}
            for names in _items(self.foreign.records[number], asking.protocol, questions):
                subject = None if names in done else subject_of(rows, names)
                if isinstance(subject, Subject):
                    yield subject

    def verdicts_on_two(self) -> set[tuple[frozenset[int], str]]:
        """Return who compared which two answers, under the pseudonym that an import of conversations gives."""
        return {
            (frozenset(rows.answers[name].pk for name in judged.names), self._judge(judged.person))
            for number, rows in self.stored.items()
            for judged in self.judged[number]
            if judged.protocol in (PAIRWISE, RANKING) and len(judged.names) == SIDES
        }

    def _judge(self, person: str) -> str:
        return judge_pseudonym(self.project, person)

    def _placed(self, judged: Judged, rows: StoredAnswers, asking: Asking, *, where: str) -> Iterator[Placed]:
        subject = subject_of(rows, judged.names)
        if isinstance(subject, Why):
            self.left_out.add(subject, where=where)
            return
        answer = self._fitting(judged.answer, asking, where=where)
        if answer:
            ids = {name: str(rows.answers[name].uuid) for name in judged.names}
            yield Placed(
                subject=subject,
                membership=self.annotators[judged.person],
                answer=_with_ids(answer, ids),
                # One answer stands first whoever shows it; of several nobody wrote the order down.
                order_shown=list(ids.values()) if len(ids) == 1 else [],
                at=judged.at,
                wall_ms=judged.wall_ms,
            )

    def _fitting(self, answer: Mapping[str, Any], asking: Asking, *, where: str) -> Mapping[str, Any]:
        """Return an answer as the queue's scales take it; nothing where none does."""
        ratings = answer.get("ratings")
        if ratings is None:
            return answer
        scales = _scales(asking)
        if asking.protocol == RATING:
            scales = dict.fromkeys(list(ratings)[:1], scales[""])
        fits = {
            name: value
            for name, value in ratings.items()
            if name in scales and scales[name].low <= value <= scales[name].high
        }
        self.left_out.add(Why.OFF_SCALE, where=where, count=len(ratings) - len(fits))
        if asking.protocol == RATING:
            return {"rating": next(iter(fits.values()))} if fits else {}
        return {"ratings": fits} if fits else {}


def subject_of(rows: StoredAnswers, names: Sequence[str]) -> Subject | Why:
    """Return what a task asks of these answers, or why it cannot ask."""
    if any(name not in rows.answers for name in names):
        return Why.WHICH_ANSWER
    answers = [rows.answers[name] for name in names]
    ids = tuple(answer.pk for answer in answers)
    if len(set(ids)) < len(ids):
        return Why.SAME_ANSWER
    name = name_of_answers(ids) if len(ids) > 1 else f"response:{answers[0].uuid}"
    return Subject(name=name, conversation_id=rows.conversation_id, response_ids=ids)


def _is_under(asked: str, judged: str) -> bool:
    return judged == (ATTRIBUTES if asked == RATING else asked)


def _questions_of(foreign: ForeignProject, kind: Kind | None) -> list[tuple[str, str]]:
    """Return the questions of a kind, each with the name of the answer that it was put about, where a file has it."""
    declared = [(name, "") for name, about in foreign.questions.items() if about.kind is kind]
    met = [
        (said.question, said.answer)
        for record in foreign.records
        for said in record.said
        if said.kind is kind
    ]
    return list(dict.fromkeys([*declared, *met]))


def _items(
    record: ForeignRecord, protocol: str, questions: Sequence[tuple[str, str]]
) -> list[tuple[str, ...]]:
    names = tuple(record.judged.answers)
    if protocol == PAIRWISE:
        return [names] if len(names) == SIDES else []
    if protocol == RANKING:
        return [names] if len(names) >= SIDES else []
    probes = (Said(question=name, kind=Kind.TEXT, value=None, person="", answer=to) for name, to in questions)
    meant = (meant_by(probe, names=record.names) for probe in probes)
    return [(name,) for name in dict.fromkeys(meant) if name is not None]


def _scales(asking: Asking) -> dict[str, Scale]:
    if asking.protocol == RATING:
        return {"": Scale(name="", low=OVERALL[0], high=OVERALL[1])}
    return {scale.name: scale for scale in scales_from(asking.settings, name="scales")}


def _with_ids(answer: Mapping[str, Any], ids: Mapping[str, str]) -> dict[str, Any]:
    """Return an answer with ids in place of the file's names."""
    known = dict(answer)
    if "sides" in known:
        known["sides"] = [ids[name] for name in known["sides"]]
    if "places" in known:
        known["places"] = {ids[name]: place for name, place in known["places"].items()}
    return known
