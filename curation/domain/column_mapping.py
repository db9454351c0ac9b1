"""Which column of a table means what: suggested from the columns' names and from the first rows."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from curation.domain.choice_codes import MIN_SHARE, infer_choice_codes

Rows = Sequence[Sequence[str]]
Samples = Mapping[str, Sequence[str]]

# Roles in the order in which they claim columns, each with the names that speak for it: the specific
# before the general, so that "model_a" is not taken for a response. Names are compared in lower case,
# with everything but letters and digits as one underscore.
_A = r"(?:a|1|one|first|left|chosen)"
_B = r"(?:b|2|two|second|right|rejected)"
_MODEL = r"(?:llm_?name|model_?name|model|llm|system_?name|assistant)"
_RATING = r"(?:likert|rating|score|stars|satisfaction|quality)"
# Columns of these meanings hold names, not sentences.
_NAMING = {"model_a", "model_b", "conversation", "task", "user", "language", "source_id"}
_NUMERIC = {"rating_a", "rating_b"}
_REPLY = r"(?:llm_response|model_response|response|answer|reply|output|completion|generation)"
_NAMES: tuple[tuple[str, str], ...] = (
    ("model_a", rf"(?:{_MODEL})_?{_A}|{_A}_{_MODEL}"),
    ("model_b", rf"(?:{_MODEL})_?{_B}|{_B}_{_MODEL}"),
    ("rating_a", rf"(?:\w+_)?{_RATING}_?{_A}|{_A}_{_RATING}"),
    ("rating_b", rf"(?:\w+_)?{_RATING}_?{_B}|{_B}_{_RATING}"),
    ("response_a", rf"(?:\w+_)?{_REPLY}_?{_A}|{_A}_{_REPLY}"),
    ("response_b", rf"(?:\w+_)?{_REPLY}_?{_B}|{_B}_{_REPLY}"),
    ("choice", r"preference|preferred|choice|winner|chosen|verdict|vote|selected|better|preferred_\w+"),
    ("time", r"(?:\w+_)?(?:timestamp|created_at|created|datetime|date|time)"),
    ("conversation", r"(?:conversation|session|thread|dialog|dialogue|chat)(?:_?id)?"),
    ("task", r"task(?:_?id)?"),
    ("user", r"(?:user|worker|annotator|participant|customer|author)(?:_?(?:id|name|hash))?"),
    ("system", r"system(?:_(?:prompt|message))?"),
    ("prompt_input", r"input|context|passage"),
    ("prompt", r"(?:user_?)?(?:query|prompt|question|message|instruction|request)(?:_?text)?|user|human"),
    ("response_a", rf"(?:\w+_)?{_REPLY}|assistant|bot|gpt"),
    ("model_a", _MODEL),
    ("rating_a", _RATING),
    ("language", r"lang|language|locale"),
    ("source_id", r"(?:(?:query|row|record|message|turn)_?)?id|uuid"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMapping:
    """The column of each meaning, "" where the table has none.

    `choice_codes` says what a value of the choice column stands for: a, b, tie or both_bad. A conversation is
    told from others by `conversation`; where that is empty, by user and task together; where one of those is
    empty too, each row is a conversation. The code of "" says which response is the chosen one throughout, in
    a table without a choice column. Without a header the columns are called column_1, column_2 ...
    """

    prompt: str = ""
    prompt_input: str = ""
    system: str = ""
    response_a: str = ""
    response_b: str = ""
    model_a: str = ""
    model_b: str = ""
    rating_a: str = ""
    rating_b: str = ""
    choice: str = ""
    choice_codes: Mapping[str, str] = field(default_factory=dict)
    conversation: str = ""
    user: str = ""
    task: str = ""
    time: str = ""
    language: str = ""
    source_id: str = ""
    has_header: bool = True
    unescape_html: bool = True

    @property
    def columns(self) -> dict[str, str]:
        """Return meaning → column for every meaning that has a column."""
        named = ((name, getattr(self, name)) for name in COLUMN_MEANINGS)
        return {name: column for name, column in named if column}

    @property
    def conversation_columns(self) -> tuple[str, ...]:
        """Return the columns that tell one conversation from another, none where each row is one."""
        if self.conversation:
            return (self.conversation, self.user) if self.user else (self.conversation,)
        return (self.user, self.task) if self.user and self.task else ()

    def as_json(self) -> dict[str, Any]:
        """Return the mapping in the form that an import batch stores."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "ColumnMapping":
        """Read a stored mapping back, passing over keys of other versions."""
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in stored.items() if name in known})


COLUMN_MEANINGS = tuple(
    each.name
    for each in fields(ColumnMapping)
    if each.name not in {"choice_codes", "has_header", "unescape_html"}
)


def suggest_mapping(columns: Sequence[str], sample_rows: Rows, *, has_header: bool = True) -> ColumnMapping:
    """Suggest what each column means; a person confirms or corrects it."""
    samples = {column: _values(sample_rows, at=at) for at, column in enumerate(columns)}
    named = _by_name(samples) if has_header else _by_sample(samples)
    found = named | _missing_texts(samples, named=named)
    codes = _choice_codes(found, samples=samples)
    if "choice" in found and not codes:
        # A column that cannot be read as a choice would refuse every row.
        del found["choice"]
    return ColumnMapping.from_json({**found, "choice_codes": codes, "has_header": has_header})


def is_header(row: Sequence[str]) -> bool:
    """Say whether a first row names columns: short, different, none empty, none a mere number."""
    # The first column of a table that was saved with its row numbers has no name.
    cells = [cell.strip() for number, cell in enumerate(row) if number or cell.strip()]
    are_short = all(0 < len(cell) <= 64 and "\n" not in cell for cell in cells)
    return (
        bool(cells)
        and are_short
        and len(set(cells)) == len(cells)
        and not any(_is_number(cell) for cell in cells)
    )


def _by_name(samples: Samples) -> dict[str, str]:
    plain = {_plain(column): column for column in samples}
    if {"chosen", "rejected"} <= set(plain):
        found = {"response_a": plain["chosen"], "response_b": plain["rejected"]}
    else:
        found = {}
    for meaning, pattern in _NAMES:
        free = [column for column in samples if column not in found.values()]
        match = next(
            (column for column in free if _speaks_for(meaning, pattern, column, samples[column])), None
        )
        if match is not None and meaning not in found:
            found[meaning] = match
    return found


def _speaks_for(meaning: str, pattern: str, column: str, values: Sequence[str]) -> bool:
    """Say whether a column's name fits a meaning, and its values do not contradict it."""
    if not re.fullmatch(pattern, _plain(column)):
        return False
    if meaning in _NAMING:
        return not _is_prose(values)
    return meaning not in _NUMERIC or _are_numbers(values)


def _missing_texts(samples: Samples, *, named: Mapping[str, str]) -> dict[str, str]:
    """Take the first columns of sentences for the prompt and the answer that no name told."""
    texts = [column for column in samples if column not in named.values() and _is_prose(samples[column])]
    missing = [meaning for meaning in ("prompt", "response_a") if meaning not in named]
    return dict(zip(missing, texts, strict=False))


def _by_sample(samples: Samples) -> dict[str, str]:
    """Read a table without names: texts in their order, behind them a verdict or a rating."""
    found: dict[str, str] = {}
    last = list(samples)[-1]
    if _are_numbers(samples[last]):
        found["rating_a"] = last
    elif infer_choice_codes(samples[last]):
        found["choice"] = last
    texts = [column for column in samples if column not in found.values() and _is_prose(samples[column])]
    meanings = _text_meanings(len(texts), is_rated="rating_a" in found)
    return found | dict(zip(meanings, texts, strict=False))


def _text_meanings(count: int, *, is_rated: bool) -> list[str]:
    """Return what so many columns of sentences are: one rating speaks of one answer, a choice of two."""
    answers = ["response_a"] if is_rated else ["response_a", "response_b"]
    has_input = count > 1 + len(answers)
    return ["prompt", *(["prompt_input"] if has_input else []), *answers]


def _choice_codes(found: Mapping[str, str], *, samples: Samples) -> dict[str, str]:
    if "response_b" not in found:
        return {}
    if "choice" not in found:
        return {"": "a"} if _plain(found["response_b"]) == "rejected" else {}
    # Only a row with two responses has a choice between them.
    rows = [row for row in _choice_rows(found, samples=samples) if row[0].strip() and row[1].strip()]
    return infer_choice_codes(
        [choice for choice, *_ in rows],
        ratings=[(_number(rating_a), _number(rating_b)) for _, _, rating_a, rating_b in rows],
        model_names={name for key in ("model_a", "model_b") for name in samples.get(found.get(key, ""), ())},
    )


def _choice_rows(found: Mapping[str, str], *, samples: Samples) -> Iterable[tuple[str, str, str, str]]:
    """Return choice, second response and both ratings of each row, "" for what the table does not have."""
    blank = [""] * len(samples[found["choice"]])
    wanted = ("choice", "response_b", "rating_a", "rating_b")
    choices, seconds, ratings_a, ratings_b = (samples.get(found.get(key, ""), blank) for key in wanted)
    return zip(choices, seconds, ratings_a, ratings_b, strict=True)


def _plain(column: str) -> str:
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column.strip())
    return re.sub(r"[^a-z0-9]+", "_", snake.lower()).strip("_")


def _values(rows: Rows, *, at: int) -> list[str]:
    return [row[at] if at < len(row) else "" for row in rows]


def _is_prose(values: Sequence[str]) -> bool:
    """Say whether a column holds sentences: at least half of what is filled has three words or more."""
    filled = [value for value in values if value.strip()]
    return bool(filled) and sum(value.strip().count(" ") >= 2 for value in filled) >= len(filled) / 2


def _are_numbers(values: Sequence[str]) -> bool:
    """Say whether a column holds numbers, a few slips aside."""
    filled = [value for value in values if value.strip()]
    return bool(filled) and sum(map(_is_number, filled)) >= len(filled) * MIN_SHARE


def _is_number(cell: str) -> bool:
    return _number(cell) is not None


def _number(cell: str) -> float | None:
    try:
        number = float(cell)
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None
