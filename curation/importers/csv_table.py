"""Conversations in a table: a row is a turn, its columns are named by a mapping.

Rows of one conversation need not stand together. A refused row ends its conversation, since what follows
misses its context. The conversation goes on with the chosen response of a row, or else with the first.
"""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from curation.domain.choice_codes import choice_key
from curation.domain.column_mapping import ColumnMapping, suggest_mapping
from curation.domain.grouping import OpenGroups
from curation.domain.importing import Head, Imported, RecordError, moment_of, refusal_at
from curation.domain.reading import Source, SourceError
from curation.domain.records import (
    ConversationRecord,
    MessageRecord,
    Refusal,
    RefusalReason,
    Reply,
    ReplyGroup,
    TextPart,
)
from curation.domain.table_reading import Row, Table, open_table
from curation.domain.turns import accepted_turns

# Rows that a mapping is suggested from.
SAMPLE_ROWS = 200

_RANKS = {"a": (0, 1), "b": (1, 0), "tie": (0, 0), "both_bad": (0, 0)}
_SIDE = re.compile(r"[\W_]+(?:1|2|a|b|one|two|first|second)$|(?<=\D)[12]$", re.IGNORECASE)
_BLANKS = {"", "-", "na", "n/a", "nan", "none", "null"}


@dataclass(frozen=True, slots=True)
class Turn:
    """One row, read: the question, and up to two answers to it."""

    row: Row
    key: tuple[str, ...]
    values: Mapping[str, str]
    replies: tuple[Reply, ...]

    @property
    def logged(self) -> int | None:
        """Return which reply the conversation went on with: the better ranked, else the first."""
        ranks = [reply.rank or 0 for reply in self.replies]
        return ranks.index(min(ranks)) if ranks else None


class CsvImporter:
    """CSV with one turn a row: a prompt, one or two responses, their ratings and the choice between them."""

    name = "csv"
    title = "CSV table"

    def sniff(self, head: Head) -> float:
        """Return how sure it is that there are a prompt and a response among the columns."""
        if len(head.columns) < 2:
            return 0.0
        mapping = suggest_mapping(head.columns, head.rows, has_header=head.has_header)
        is_named = head.file_name.endswith((".csv", ".tsv"))
        return (0.9 if is_named else 0.7) if mapping.prompt and mapping.response_a else 0.5 * is_named

    def read(self, source: Source, *, mapping: ColumnMapping | None = None) -> Iterator[Imported]:
        """Yield the table's conversations; without a mapping, by the one that its first rows suggest.

        Raises SourceError where no column is the prompt, or where a column of the mapping is missing.
        """
        table = open_table(source, has_header=mapping.has_header if mapping else None)
        mapping = mapping or suggested_mapping(table)
        _require_columns(mapping, table=table)
        return _Conversations(table, mapping=mapping).read()


def suggested_mapping(table: Table) -> ColumnMapping:
    """Return the mapping that a table's column names and first rows suggest."""
    return suggest_mapping(table.columns, table.sample(SAMPLE_ROWS), has_header=table.has_header)


def _require_columns(mapping: ColumnMapping, *, table: Table) -> None:
    known = ", ".join(table.columns)
    if not mapping.prompt:
        raise SourceError(
            f"No column of {table.source.name} looks like what a user wrote. Its columns: {known}."
            " Say in a mapping which column is the prompt."
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
            yield _conversation_of(turns)

    def _read_row(self, row: Row) -> Iterator[Imported]:
        cells = self._cells_of(row)
        key = self._key_of(cells)
        try:
            turn = self._turn_of(row, cells=cells, key=key)
        except RecordError as error:
            yield from self._ended(key)
            yield refusal_at(row.position, error=error, excerpt=row.excerpt)
            return
        if not key:
            yield _conversation_of([turn])
            return
        for turns in self._open.add(key, turn, weight=sum(map(len, row.cells))):
            yield _conversation_of(turns)

    def _turn_of(self, row: Row, *, cells: Mapping[str, str], key: tuple[str, ...]) -> Turn:
        values = {meaning: cells[column] for meaning, column in self._mapping.columns.items()}
        return Turn(row, key, values, _replies_of(values, mapping=self._mapping))

    def _ended(self, key: tuple[str, ...]) -> Iterator[Imported]:
        if turns := self._open.close(key):
            yield _conversation_of(turns)

    def _cells_of(self, row: Row) -> dict[str, str]:
        cells = dict(zip(self._table.columns, row.cells, strict=True))
        if self._mapping.unescape_html:
            return {column: html.unescape(cell) for column, cell in cells.items()}
        return cells

    def _key_of(self, cells: Mapping[str, str]) -> tuple[str, ...]:
        """Return what tells a row's conversation from others; a row that does not say it stands alone."""
        key = tuple(cells[column].strip() for column in self._mapping.conversation_columns)
        return key if all(key) else ()


def _replies_of(values: Mapping[str, str], *, mapping: ColumnMapping) -> tuple[Reply, ...]:
    if not values["prompt"].strip():
        raise RecordError(RefusalReason.EMPTY_MESSAGE, f'The prompt, in column "{mapping.prompt}", is empty.')
    sides = [side for side in ("a", "b") if values.get(f"response_{side}", "").strip()]
    ranks = _ranks_of(values, mapping=mapping) if len(sides) == 2 else {}
    return tuple(
        Reply(
            parts=(TextPart(text=values[f"response_{side}"]),),
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
    if choice in _BLANKS:
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
    if cell.strip().casefold() in _BLANKS:
        return {}
    try:
        rating = float(cell)
    except ValueError:
        rating = float("nan")
    column = mapping.rating_a if side == "a" else mapping.rating_b
    if rating != rating or abs(rating) == float("inf"):
        raise RecordError(
            RefusalReason.WRONG_TYPE, f'The rating "{cell[:40]}", in column "{column}", is not a number.'
        )
    return {_rating_name(column): rating}


def _rating_name(column: str) -> str:
    """Return what is rated, without the side: likert_1 and likert_2 are both "likert"."""
    return _SIDE.sub("", column.strip()).lower() or "rating"


def _conversation_of(turns: Sequence[Turn]) -> ConversationRecord:
    first = turns[0]
    messages: list[MessageRecord] = []
    groups: list[ReplyGroup] = []
    if system := first.values.get("system", ""):
        messages.append(MessageRecord(role="system", parts=(TextPart(text=system),)))
    for turn in turns:
        messages.append(_question_of(turn))
        groups += _group_of(turn, prompt_length=len(messages))
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


def _question_of(turn: Turn) -> MessageRecord:
    values = turn.values
    texts = [text for text in (values["prompt"], values.get("prompt_input", "")) if text.strip()]
    return MessageRecord(
        role="user",
        parts=(TextPart(text="\n\n".join(texts)),),
        sent_at=moment_of(values.get("time")),
        source_id=values.get("source_id", ""),
    )


def _group_of(turn: Turn, *, prompt_length: int) -> list[ReplyGroup]:
    """Return the group of a turn with a choice or a rating; one reply that nobody judged needs none."""
    if len(turn.replies) < 2 and not any(reply.ratings for reply in turn.replies):
        return []
    replies = tuple(
        _logged_at(reply, prompt_length) if number == turn.logged else reply
        for number, reply in enumerate(turn.replies)
    )
    return [ReplyGroup(prompt_length=prompt_length, replies=replies, judged_by="person")]


def _logged_at(reply: Reply, index: int) -> Reply:
    return replace(reply, message_index=index)


def _common_model(turns: Sequence[Turn]) -> str:
    """Return the model that wrote every logged answer, "" where several did."""
    models = {turn.replies[turn.logged].model for turn in turns if turn.logged is not None}
    return models.pop() if len(models) == 1 else ""
