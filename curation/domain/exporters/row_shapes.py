"""What rows become for formats of other shapes: texts, answers with labels, and ranked lists."""

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from curation.domain.corpus.records import AttachmentPart, ToolCallPart, ToolResultPart
from curation.domain.exporters.dataset_rows import DatasetRowRecord, SideRecord, Turn, Turns
from curation.domain.exporters.exporting import LeftOut, Tally

HELPSTEER = ("helpfulness", "correctness", "coherence", "complexity", "verbosity")
_NAMES = {"system": "System", "user": "User", "assistant": "Assistant", "tool": "Tool"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer to a prompt; `row` is the first that holds it, `rank` its place in a list."""

    row: DatasetRowRecord
    prompt: Turns
    turns: Turns
    about: SideRecord
    rank: int = 0

    @property
    def text(self) -> str:
        """The answer as plain text."""
        return self.turns[-1].content

    @property
    def key(self) -> Hashable:
        """What two equal answers to equal prompts share."""
        return _hashable(self.prompt), _hashable(self.turns)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerList:
    """Answers to one prompt, best first; equal ranks tie. A pair is a list of two."""

    id: str
    row: DatasetRowRecord
    answers: tuple[Answer, ...]


def _hashable(turns: Turns) -> Hashable:
    # Arguments of tool calls are objects and lists, which cannot be hashed as they are.
    return tuple((turn.role, turn.content, repr(turn.parts)) if turn.parts else turn for turn in turns)


def marks_of(row: DatasetRowRecord) -> dict[str, str]:
    """Return the fields that say where a record comes from."""
    return {"decided_by": row.decided_by, "source": row.source, "split": row.split}


def special_part(turns: Iterable[Turn], *, takes: Collection[LeftOut] = ()) -> LeftOut | None:
    """Return what turns hold beside text that a format does not take, where they do."""
    parts = [part for turn in turns if turn.parts for part in turn.parts]
    if LeftOut.TOOLS not in takes and any(isinstance(part, ToolCallPart | ToolResultPart) for part in parts):
        return LeftOut.TOOLS
    has_files = LeftOut.ATTACHMENTS not in takes and any(isinstance(part, AttachmentPart) for part in parts)
    return LeftOut.ATTACHMENTS if has_files else None


def pair_fault(row: DatasetRowRecord) -> LeftOut | None:
    """Return why a row is no preference between two answers to one prompt; None where it is."""
    if row.is_tie:
        return LeftOut.TIE
    if not row.chosen:
        return LeftOut.NO_CHOSEN
    if not row.rejected:
        return LeftOut.NO_REJECTED
    return LeftOut.TWO_PROMPTS if row.rejected_prompt else None


def pairs(
    rows: Iterable[DatasetRowRecord], *, tally: Tally, as_text: bool = False, takes: Collection[LeftOut] = ()
) -> Iterator[DatasetRowRecord]:
    """Yield the rows that are pairs; with `as_text`, only those whose answers are one message each.

    A row with tool calls or attachments passes where the format `takes` them.
    """
    for row in rows:
        fault = (
            pair_fault(row) or special_part(row.turns, takes=takes) or (_several(row) if as_text else None)
        )
        if fault is None:
            yield row
        else:
            tally.leave_out(fault)


def _several(row: DatasetRowRecord) -> LeftOut | None:
    return LeftOut.SEVERAL_TURNS if max(len(row.chosen), len(row.rejected)) > 1 else None


def plain_prompt(turns: Turns) -> str:
    """Return a prompt as text: one question is its own words; of several turns, each is named.

    A named prompt has an empty line between turns and ends with "Assistant:", which asks for the answer.
    """
    if len(turns) == 1:
        return turns[0].content
    return "".join(f"{_NAMES[turn.role]}: {turn.content}\n\n" for turn in turns) + "Assistant:"


def sides_of(row: DatasetRowRecord) -> list[tuple[bool, Answer]]:
    """Return the answers of a row, each with whether it was preferred."""
    both = (
        (True, row.prompt, row.chosen, row.chosen_about),
        (False, row.rejected_prompt or row.prompt, row.rejected, row.rejected_about),
    )
    return [
        (is_chosen, Answer(row=row, prompt=prompt, turns=turns, about=about, rank=about.rank or 0))
        for is_chosen, prompt, turns, about in both
        if turns
    ]


def by_prompt(rows: Iterable[DatasetRowRecord]) -> Iterator[list[DatasetRowRecord]]:
    """Yield rows that follow each other and answer the same prompt, together."""
    for _key, group in groupby(rows, key=lambda row: (row.conversation_id, row.prompt)):
        yield list(group)


def labelled_answers(rows: Iterable[DatasetRowRecord], *, tally: Tally) -> Iterator[tuple[bool, Answer]]:
    """Yield each answer of a prompt once, with whether it is good; one that won and lost is left out."""
    for group in by_prompt(rows):
        answers: dict[Hashable, Answer] = {}
        labels: dict[Hashable, set[bool]] = {}
        for row in _without_ties(group, tally=tally):
            for is_good, answer in sides_of(row):
                key = answer.key
                answers.setdefault(key, answer)
                labels.setdefault(key, set()).add(is_good)
        for key, answer in answers.items():
            fault = special_part((*answer.prompt, *answer.turns))
            if len(labels[key]) > 1:
                fault = LeftOut.BOTH_LABELS
            if fault is None:
                yield labels[key].pop(), answer
            else:
                tally.leave_out(fault)


def _without_ties(rows: Iterable[DatasetRowRecord], *, tally: Tally) -> Iterator[DatasetRowRecord]:
    for row in rows:
        if row.is_tie:
            tally.leave_out(LeftOut.TIE)
        else:
            yield row


def answer_lists(
    rows: Iterable[DatasetRowRecord], *, tally: Tally, at_least: int = 2
) -> Iterator[AnswerList]:
    """Yield the ranked lists that rows were derived from; a pair of no list is a list of two.

    Rows must come by prompt. An answer that no row holds any more, because a recipe left its pairs out, is missing.
    """
    for group in by_prompt(rows):
        lists: dict[str, list[DatasetRowRecord]] = {}
        for row in _list_rows(group, tally=tally):
            lists.setdefault(row.list_id or row.id, []).append(row)
        for list_id, members in lists.items():
            ranked = _ranked(members)
            if len(ranked) >= at_least:
                yield AnswerList(id=list_id, row=members[0], answers=ranked)
            else:
                for _row in members:
                    tally.leave_out(LeftOut.SHORT_LIST)


def _list_rows(rows: Iterable[DatasetRowRecord], *, tally: Tally) -> Iterator[DatasetRowRecord]:
    for row in rows:
        fault = pair_fault(row) or special_part(row.turns) or _several(row)
        # Two answers of equal rank belong to a list; a tie of no list orders nothing.
        if fault is None or (fault is LeftOut.TIE and row.list_id and row.chosen and row.rejected):
            yield row
        else:
            tally.leave_out(fault)


def _ranked(rows: list[DatasetRowRecord]) -> tuple[Answer, ...]:
    """Return the answers of one list by rank, or by wins where the source gave no ranks."""
    answers: dict[Hashable, Answer] = {}
    losses: Counter[Hashable] = Counter()
    for row in rows:
        for is_chosen, answer in sides_of(row):
            key = answer.about.response_id or answer.key
            answers.setdefault(key, answer)
            losses[key] += not is_chosen and not row.is_tie
    has_ranks = all(answer.about.rank is not None for answer in answers.values())
    ranks = {key: answer.rank if has_ranks else losses[key] for key, answer in answers.items()}
    ordered = sorted(answers, key=lambda key: ranks[key])
    places = {rank: place for place, rank in enumerate(sorted(set(ranks.values())))}
    return tuple(
        Answer(
            row=answers[key].row,
            prompt=answers[key].prompt,
            turns=answers[key].turns,
            about=answers[key].about,
            rank=places[ranks[key]],
        )
        for key in ordered
    )


def best_answers(
    rows: Iterable[DatasetRowRecord], *, tally: Tally, as_text: bool = False, takes: Collection[LeftOut] = ()
) -> Iterator[Answer]:
    """Yield the answers of a prompt that were preferred and never beaten, each once; the rest as `pairs`."""
    for group in by_prompt(rows):
        decided = list(_without_ties(group, tally=tally))
        answers = [labelled for row in decided for labelled in sides_of(row)]
        for _row in filter(lambda row: not row.chosen, decided):
            tally.leave_out(LeftOut.NO_CHOSEN)
        beaten = {answer.key for is_good, answer in answers if not is_good}
        written: set[Hashable] = set()
        for is_good, answer in answers:
            if not is_good:
                continue
            fault = _seen(answer, beaten=beaten, written=written)
            fault = fault or special_part((*answer.prompt, *answer.turns), takes=takes)
            if fault is None and as_text and len(answer.turns) > 1:
                fault = LeftOut.SEVERAL_TURNS
            if fault is None:
                written.add(answer.key)
                yield answer
            else:
                tally.leave_out(fault)


def _seen(answer: Answer, *, beaten: set[Hashable], written: set[Hashable]) -> LeftOut | None:
    key = answer.key
    if key in beaten:
        return LeftOut.BOTH_LABELS
    return LeftOut.SAME_AGAIN if key in written else None


def once_each(rows: Iterable[DatasetRowRecord], *, tally: Tally) -> Iterator[Answer]:
    """Yield every answer of text to a prompt once, whether it won or lost."""
    for group in by_prompt(rows):
        answers: dict[Hashable, Answer] = {}
        for row in group:
            for _is_chosen, answer in sides_of(row):
                answers.setdefault(answer.key, answer)
        for answer in answers.values():
            fault = special_part((*answer.prompt, *answer.turns))
            if len(answer.turns) > 1:
                fault = LeftOut.SEVERAL_TURNS
            if fault is None:
                yield answer
            else:
                tally.leave_out(fault)


def rated_answers(
    rows: Iterable[DatasetRowRecord], *, tally: Tally, names: Collection[str] | None = None
) -> Iterator[Answer]:
    """Yield every answer once that has a rating of an attribute, of any or of one of these names."""
    for answer in once_each(rows, tally=tally):
        if set(answer.about.attributes) & set(names if names is not None else answer.about.attributes):
            yield answer
        else:
            tally.leave_out(LeftOut.NO_ATTRIBUTES)


def places_from_last(ranked: AnswerList) -> list[int]:
    """Return a number for each place that falls from the first to 1 for the last."""
    lowest = max(answer.rank for answer in ranked.answers)
    return [lowest - answer.rank + 1 for answer in ranked.answers]


def common_score(ranked: AnswerList) -> str | None:
    """Return the first name, by the alphabet, of a score that every answer has."""
    names = set.intersection(*(set(answer.about.scores) for answer in ranked.answers))
    return min(names, default=None)


def scores_or_places(ranked: AnswerList) -> list[float]:
    """Return the scores of a list where they agree with its order, else numbers that fall with each place."""
    name = common_score(ranked)
    if name is not None:
        scores = [answer.about.scores[name] for answer in ranked.answers]
        if scores == sorted(scores, reverse=True):
            return scores
    return [float(place) for place in places_from_last(ranked)]
