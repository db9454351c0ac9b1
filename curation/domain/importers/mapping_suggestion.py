"""What the columns of a table mean, suggested from their names and from the first rows."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from curation.domain.exporters.choice_codes import infer_choice_codes
from curation.domain.importers.column_mapping import ColumnMapping
from curation.domain.importers.column_samples import (
    Samples,
    are_numbers,
    end_with_user,
    is_number,
    is_prose,
    look_alikes,
    message_column,
    number_in,
)

Rows = Sequence[Sequence[str]]

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


def suggest_mapping(columns: Sequence[str], sample_rows: Rows, *, has_header: bool = True) -> ColumnMapping:
    """Suggest what each column means; a person confirms or corrects it."""
    samples = {column: _values(sample_rows, at=at) for at, column in enumerate(columns)}
    listed = message_column({column: cells for column, cells in samples.items() if not _is_answer(column)})
    rest = {column: cells for column, cells in samples.items() if column != listed}
    found = _by_name(rest) if has_header else _by_sample(rest)
    found |= _beside_messages(found, listed, samples) if listed else _missing_texts(rest, named=found)
    found |= look_alikes(rest, found=found)
    found = {meaning: column for meaning, column in found.items() if column}
    codes = _choice_codes(found, samples=samples)
    if "choice" in found and not codes:
        # A column that cannot be read as a choice would refuse every row.
        del found["choice"]
    return ColumnMapping.from_json({**found, "choice_codes": codes, "has_header": has_header})


def with_choice_codes(mapping: ColumnMapping, *, columns: Sequence[str], sample_rows: Rows) -> ColumnMapping:
    """Return a mapping whose columns a person named, with what the values of its choice column stand for."""
    samples = {column: _values(sample_rows, at=at) for at, column in enumerate(columns)}
    return replace(mapping, choice_codes=_choice_codes(mapping.columns, samples=samples))


def is_header(row: Sequence[str]) -> bool:
    """Say whether a first row names columns: short, different, none empty, none a mere number."""
    # The first column of a table that was saved with its row numbers has no name.
    cells = [cell.strip() for number, cell in enumerate(row) if number or cell.strip()]
    are_short = all(0 < len(cell) <= 64 and "\n" not in cell for cell in cells)
    return (
        bool(cells)
        and are_short
        and len(set(cells)) == len(cells)
        and not any(is_number(cell) for cell in cells)
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


def _is_answer(column: str) -> bool:
    return bool(re.fullmatch(rf"chosen|rejected|(?:\w+_)?{_REPLY}(?:_?(?:{_A}|{_B}))?", _plain(column)))


def _beside_messages(found: Mapping[str, str], listed: str, samples: Samples) -> dict[str, str]:
    """Return what changes where a column holds whole conversations: a prompt beside it repeats their beginning."""
    repeats = ["prompt", "prompt_input"]
    if not end_with_user(samples[listed]):
        repeats += ["response_a", "response_b", "choice"]
    return {"messages": listed, **dict.fromkeys((each for each in repeats if each in found), "")}


def _speaks_for(meaning: str, pattern: str, column: str, values: Sequence[str]) -> bool:
    """Say whether a column's name fits a meaning, and its values do not contradict it."""
    if not (
        re.fullmatch(pattern, _plain(column)) or re.fullmatch(pattern, _plain(column.rpartition(".")[2]))
    ):
        return False
    if meaning in _NAMING:
        return not is_prose(values)
    return meaning not in _NUMERIC or are_numbers(values)


def _missing_texts(samples: Samples, *, named: Mapping[str, str]) -> dict[str, str]:
    """Take the first columns of sentences for the prompt and the answer that no name told."""
    texts = [column for column in samples if column not in named.values() and is_prose(samples[column])]
    missing = [meaning for meaning in ("prompt", "response_a") if meaning not in named]
    return dict(zip(missing, texts, strict=False))


def _by_sample(samples: Samples) -> dict[str, str]:
    """Read a table without names: texts in their order, behind them a verdict or a rating."""
    found: dict[str, str] = {}
    last = list(samples)[-1]
    if are_numbers(samples[last]):
        found["rating_a"] = last
    elif infer_choice_codes(samples[last]):
        found["choice"] = last
    texts = [column for column in samples if column not in found.values() and is_prose(samples[column])]
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
        ratings=[(number_in(rating_a), number_in(rating_b)) for _, _, rating_a, rating_b in rows],
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
