"""What the first values of a column say about its meaning, whatever its name is."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from curation.domain.corpus.language_names import language_code
from curation.domain.exporters.choice_codes import MIN_SHARE
from curation.domain.importers.message_cells import is_message_list

Samples = Mapping[str, Sequence[str]]

# A column is taken for something by its look alone where this share of what is filled looks so.
_ALIKE = 0.9
# Cells that are looked into for messages: parsing them is the costliest look.
_PARSED_CELLS = 8
_MODEL_NAME = re.compile(
    r"(?:\b|_)(?:gpt|claude|llama|mi[sx]tral|qwen|gemini|gemma|palm|vicuna|alpaca|falcon|phi|command|deepseek"
    r"|yi|olmo|mpt|dolly|koala|chatglm|zephyr|wizardlm|guanaco|starcoder|bloom|davinci)",
    re.IGNORECASE,
)
_CODES = frozenset(
    re.findall(
        r"\w+",
        "af ar bg bn ca cs da de el en es et fa fi fr he hi hr hu hy id is it ja ka ko lt lv mk ml mr ms nl no pl"
        " pt ro ru sk sl sq sr sv sw ta te th tl tr uk ur vi zh",
    )
)
_WORD = re.compile(r"\w{4,}")
# Answers to one question share this many times more words than answers to different ones.
_SHARED_MORE = 1.5
_MIN_ROWS = 4


def message_column(samples: Samples) -> str:
    """Return the first column whose cells are lists of messages, "" where there is none."""
    return next((column for column, values in samples.items() if _are_message_lists(values)), "")


def end_with_user(values: Sequence[str]) -> bool:
    """Say whether most lists of messages lack their answer."""
    shown = [value for value in values if value.strip()][:_PARSED_CELLS]
    last = [value.rpartition("{")[2] for value in shown]
    return sum(bool(re.search(r"""['"](?:user|human|prompter)['"]""", each)) for each in last) * 2 > len(last)


def look_alikes(samples: Samples, *, found: Mapping[str, str]) -> dict[str, str]:
    """Return meaning → column for what no name told and the values show: second answer, time, language, model."""
    free = {column: values for column, values in samples.items() if column not in found.values()}
    missing = {meaning: looks for meaning, looks in _LOOKS.items() if meaning not in found}
    taken: dict[str, str] = {}
    for meaning, looks in missing.items():
        match = next((column for column, values in free.items() if _most(values, looks)), None)
        if match is not None:
            taken[meaning] = match
            del free[match]
    if found.get("choice") and "response_b" not in found and found.get("response_a"):
        first = samples[found["response_a"]]
        second = next((column for column, values in free.items() if _answer_the_same(first, values)), None)
        taken |= {"response_b": second} if second else {}
    return taken


def is_prose(values: Sequence[str]) -> bool:
    """Say whether a column holds sentences: at least half of what is filled has three words or more."""
    filled = [value for value in values if value.strip()]
    return bool(filled) and sum(value.strip().count(" ") >= 2 for value in filled) >= len(filled) / 2


def are_numbers(values: Sequence[str]) -> bool:
    """Say whether a column holds numbers, a few slips aside."""
    filled = [value for value in values if value.strip()]
    return bool(filled) and sum(map(is_number, filled)) >= len(filled) * MIN_SHARE


def is_number(cell: str) -> bool:
    """Say whether a cell is a number."""
    return number_in(cell) is not None


def number_in(cell: str) -> float | None:
    """Return the finite number that a cell is, None for anything else."""
    try:
        number = float(cell)
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None


def _are_message_lists(values: Sequence[str]) -> bool:
    filled = [value for value in values if value.strip()][:_PARSED_CELLS]
    return bool(filled) and sum(map(is_message_list, filled)) * 2 > len(filled)


def _most(values: Sequence[str], looks: Callable[[str], bool]) -> bool:
    filled = [value.strip() for value in values if value.strip()]
    return bool(filled) and sum(map(looks, filled)) >= len(filled) * _ALIKE


def _looks_like_time(cell: str) -> bool:
    if len(cell) < len("2024-01-01"):
        return False
    try:
        datetime.fromisoformat(cell)
    except ValueError:
        return False
    return "-" in cell


def _looks_like_language(cell: str) -> bool:
    return cell in _CODES or (len(cell) > 3 and language_code(cell) in _CODES)


def _looks_like_model(cell: str) -> bool:
    return len(cell) <= 80 and cell.count(" ") <= 2 and bool(_MODEL_NAME.search(cell))


def _answer_the_same(first: Sequence[str], second: Sequence[str]) -> bool:
    """Say whether two columns of sentences answer the same questions: rows share words, more than neighbours do."""
    if len(first) < _MIN_ROWS or not is_prose(second):
        return False
    same = sum(map(_shared, first, second))
    others = sum(map(_shared, first, [*second[1:], second[0]]))
    return same > 0 and same >= others * _SHARED_MORE


def _shared(one: str, other: str) -> float:
    words, others = set(_WORD.findall(one.casefold())), set(_WORD.findall(other.casefold()))
    return len(words & others) / len(words | others) if words and others else 0.0


_LOOKS: Mapping[str, Callable[[str], bool]] = {
    "time": _looks_like_time,
    "language": _looks_like_language,
    "model_a": _looks_like_model,
}
