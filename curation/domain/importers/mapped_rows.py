"""Conversations in rows of named columns: a mapping says what each column means.

A row is a turn with up to two answers, or holds a whole conversation in one cell. Rows of one conversation need not
stand together. A refused row ends its conversation, since what follows misses its context. The conversation goes on
with the chosen response of a row, or else with the first.
"""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from curation.domain.corpus.records import (
    ConversationRecord,
    JudgedBy,
    MessageRecord,
    Refusal,
    RefusalReason,
    Reply,
    ReplyGroup,
    TextPart,
)
from curation.domain.exporters.choice_codes import choice_key
from curation.domain.importers.column_mapping import ColumnMapping
from curation.domain.importers.importing import Imported, RecordError, moment_of, or_refused
from curation.domain.importers.literals import looks_structured
from curation.domain.importers.message_cells import answer_parts, cell_messages, is_message_list
from curation.domain.importers.reading import SourceError
from curation.domain.importers.record_fields import BLANKS, finite
from curation.domain.importers.table_reading import Row, Table
from curation.domain.versions.grouping import OpenGroups
from curation.domain.work.turns import accepted_turns

_RANKS = {"a": (0, 1), "b": (1, 0), "tie": (0, 0), "both_bad": (0, 0)}
_SIDE = re.compile(r"[\W_]+(?:1|2|a|b|one|two|first|second)$|(?<=\D)[12]$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Turn:
    """One row, read: what was said until the answers, and up to two of those."""

    row: Row
    key: tuple[str, ...]
    values: Mapping[str, str]
    opening: tuple[MessageRecord, ...]
    replies: tuple[Reply, ...]
    ratings: Mapping[str, float]

    @property
    def logged(self) -> int | None:
        """Return which reply the conversation went on with: the better ranked, else the first."""
        ranks = [reply.rank or 0 for reply in self.replies]
        return ranks.index(min(ranks)) if ranks else None

    @property
    def model(self) -> str:
        """Return the model of the answers, where the row names one."""
        return self.values.get("model_a", "").strip()


def mapped_conversations(table: Table, *, mapping: ColumnMapping) -> Iterator[Imported]:
    """Yield a table's conversations.

    Raises SourceError where no column holds what a user wrote, or where a column of the mapping is missing.
    """
    _require_columns(mapping, table=table)
    return _Conversations(table, mapping=mapping).read()


def _require_columns(mapping: ColumnMapping, *, table: Table) -> None:
    known = ", ".join(table.columns)
    if not (mapping.prompt or mapping.messages):
        raise SourceError(
            f"No column of {table.source.name} looks like what a user wrote. Its columns: {known}."
            " Say in a mapping which column is the prompt, or which one holds the messages."
        )
    for meaning, column in mapping.columns.items():
        if column not in table.columns:
            raise SourceError(
                f'{table.source.name} has no column "{column}", which the mapping names as {meaning}.'
                f" Its columns: {known}."
            )


class _Conversations:
    """Gathers the rows of each conversation."""

    def __init__(self, table: Table, *, mapping: ColumnMapping) -> None:
        self._table = table
        self._mapping = mapping
        self._open: OpenGroups[tuple[str, ...], Turn] = OpenGroups()

    def read(self) -> Iterator[Imported]:
        for row in self._table.rows():
            if isinstance(row, Refusal):
                yield row
            else:
                yield from self._read_row(row)
        for turns in self._open.close_all():
            yield _finished(turns)

    def _read_row(self, row: Row) -> Iterator[Imported]:
        cells = self._cells_of(row)
        key = self._key_of(cells)
        read = partial(self._turn_of, row, cells=cells, key=key)
        turn = or_refused(read, position=row.position, excerpt=row.excerpt)
        if isinstance(turn, Refusal):
            yield from self._ended(key)
            yield turn
            return
        if not key:
            yield _finished([turn])
            return
        for turns in self._open.add(key, turn, weight=sum(map(len, row.cells))):
            yield _finished(turns)

    def _turn_of(self, row: Row, *, cells: Mapping[str, str], key: tuple[str, ...]) -> Turn:
        values = {meaning: cells[column] for meaning, column in self._mapping.columns.items()}
        opening = _opening_of(values, mapping=self._mapping)
        replies = _replies_of(values, mapping=self._mapping)
        ratings = _ratings_of(values.get("rating_a", ""), side="a", mapping=self._mapping)
        return Turn(row, key, values, opening, replies, ratings)

    def _ended(self, key: tuple[str, ...]) -> Iterator[Imported]:
        if turns := self._open.close(key):
            yield _finished(turns)

    def _cells_of(self, row: Row) -> dict[str, str]:
        cells = dict(zip(self._table.columns, row.cells, strict=True))
        if self._mapping.unescape_html:
            # Inside a list of messages an unescaped quotation mark would end a text too soon.
            return {
                column: cell if looks_structured(cell) else html.unescape(cell)
                for column, cell in cells.items()
            }
        return cells

    def _key_of(self, cells: Mapping[str, str]) -> tuple[str, ...]:
        """Return what tells a row's conversation from others; a row that does not say it stands alone."""
        if self._mapping.messages:
            return ()
        key = tuple(cells[column].strip() for column in self._mapping.conversation_columns)
        return key if all(key) else ()


def _opening_of(values: Mapping[str, str], *, mapping: ColumnMapping) -> tuple[MessageRecord, ...]:
    """Return what was said before the answers: the messages of a cell, and the prompt."""
    listed, prompt = values.get("messages", ""), values.get("prompt", "")
    if mapping.prompt and not prompt.strip():
        raise RecordError(RefusalReason.EMPTY_MESSAGE, f'The prompt, in column "{mapping.prompt}", is empty.')
    said = cell_messages(listed, column=mapping.messages) if mapping.messages else ()
    if not prompt:
        return said
    if is_message_list(prompt):
        return (*said, *cell_messages(prompt, column=mapping.prompt))
    return (*said, _question_of(values))


def _replies_of(values: Mapping[str, str], *, mapping: ColumnMapping) -> tuple[Reply, ...]:
    sides = [side for side in ("a", "b") if values.get(f"response_{side}", "").strip()]
    ranks = _ranks_of(values, mapping=mapping) if len(sides) == 2 else {}
    return tuple(
        Reply(
            parts=answer_parts(values[f"response_{side}"]),
            model=values.get(f"model_{side}", "").strip(),
            rank=ranks.get(side),
            ratings=_ratings_of(values.get(f"rating_{side}", ""), side=side, mapping=mapping),
        )
        for side in sides
    )


def _ranks_of(values: Mapping[str, str], *, mapping: ColumnMapping) -> dict[str, int]:
    """Return side → rank, empty where nothing was chosen."""
    choice = choice_key(values.get("choice", ""))
    verdict = mapping.choice_codes.get(choice) or _side_of_model(choice, values=values)
    if verdict in _RANKS:
        return dict(zip("ab", _RANKS[verdict], strict=True))
    if choice in BLANKS:
        return {}
    known = ", ".join(code for code in mapping.choice_codes if code) or "none"
    raise RecordError(
        RefusalReason.WRONG_TYPE,
        f'The choice "{choice[:40]}", in column "{mapping.choice}", has no meaning in the mapping.'
        f" Known: {known}.",
    )


def _side_of_model(choice: str, *, values: Mapping[str, str]) -> str:
    names = {choice_key(values.get(f"model_{side}", "")): side for side in "ba"}
    return names.get(choice, "") if choice else ""


def _ratings_of(cell: str, *, side: str, mapping: ColumnMapping) -> dict[str, float]:
    if cell.strip().casefold() in BLANKS:
        return {}
    rating = finite(cell)
    column = mapping.rating_a if side == "a" else mapping.rating_b
    if rating is None:
        raise RecordError(
            RefusalReason.WRONG_TYPE, f'The rating "{cell[:40]}", in column "{column}", is not a number.'
        )
    return {_rating_name(column): rating}


def _rating_name(column: str) -> str:
    """Return what is rated, without the side: likert_1 and likert_2 are both "likert"."""
    return _SIDE.sub("", column.strip()).lower() or "rating"


def _finished(turns: Sequence[Turn]) -> Imported:
    """Return the conversation of rows, or the refusal of all of them where their messages make none."""
    row = turns[0].row
    read = partial(_conversation_of, turns)
    return or_refused(read, position=row.position, excerpt=row.excerpt, units=len(turns))


def _conversation_of(turns: Sequence[Turn]) -> ConversationRecord:
    first = turns[0]
    messages: list[MessageRecord] = []
    groups: list[ReplyGroup] = []
    if system := first.values.get("system", ""):
        messages.append(MessageRecord(role="system", parts=(TextPart(text=system),)))
    for turn in turns:
        messages += turn.opening
        groups += _groups_of(turn, messages=messages)
        if turn.logged is not None:
            messages.append(MessageRecord(role="assistant", parts=turn.replies[turn.logged].parts))
    return ConversationRecord(
        messages=accepted_turns(messages),
        source_id=first.values.get("source_id", "") or "/".join(first.key),
        source_user=first.values.get("user", "").strip(),
        language=first.values.get("language", "").strip(),
        model=_common_model(turns),
        started_at=moment_of(first.values.get("time")),
        reply_groups=tuple(groups),
        units=len(turns),
        cleaned=sum(turn.row.cleaned for turn in turns),
        position=first.row.position,
    )


def _question_of(values: Mapping[str, str]) -> MessageRecord:
    texts = [text for text in (values["prompt"], values.get("prompt_input", "")) if text.strip()]
    return MessageRecord(
        role="user",
        parts=(TextPart(text="\n\n".join(texts)),),
        sent_at=moment_of(values.get("time")),
        source_id=values.get("source_id", ""),
    )


def _groups_of(turn: Turn, *, messages: Sequence[MessageRecord]) -> list[ReplyGroup]:
    """Return the group of a turn with a choice or a rating; one reply that nobody judged needs none."""
    replies, length = turn.replies, len(messages)
    if not replies and messages[-1].role == "assistant":
        # The messages of a cell end with the answer itself, which the row may rate.
        length -= 1
        replies = (
            Reply(parts=messages[-1].parts, model=turn.model, ratings=turn.ratings, message_index=length),
        )
    if len(replies) < 2 and not any(reply.ratings for reply in replies):
        return []
    numbered = tuple(
        _logged_at(reply, length) if number == turn.logged else reply for number, reply in enumerate(replies)
    )
    # A table with a column of people holds what they said; any other may as well hold a model's verdicts.
    judged_by: JudgedBy = "person" if turn.values.get("user", "").strip() else "unknown"
    return [ReplyGroup(prompt_length=length, replies=numbered, judged_by=judged_by)]


def _logged_at(reply: Reply, index: int) -> Reply:
    return replace(reply, message_index=index)


def _common_model(turns: Sequence[Turn]) -> str:
    """Return the model that wrote every logged answer, "" where several did."""
    models = {turn.model if turn.logged is None else turn.replies[turn.logged].model for turn in turns}
    return models.pop() if len(models) == 1 else ""
