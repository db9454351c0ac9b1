"""Explaining the preferences of a plain file."""

from collections import Counter
from pathlib import Path
from typing import Any

from annotation.domain.factors.explaining import discordant_pairs, explain_preferences
from annotation.domain.factors.reading import PairError, pair_of
from annotation.domain.factors.table import FactorTable, TextPair, factor_table
from annotation.domain.label_tables import LabelTableError
from annotation.queries.factors.embedded_factors import CHUNK, EmbeddedAnswers
from curation.domain.corpus.records import Refusal
from curation.domain.importers.json_reading import json_records
from curation.domain.importers.reading import Source, open_source
from language_models.embedders.contract import Embedder

SHAPE = '{"prompt": …, "chosen": …, "rejected": …}'
MOST_DISCORDANT = 20


def explain_file(*, path: Path, group: str = "group", embedder: Embedder | None = None) -> dict[str, Any]:
    """Return what `explain_preferences` prints; raises LabelTableError where no line holds a preference.

    With an embedder its factors stand beside the others.
    """
    pairs, lines, left_out = _read(path, group=group)
    if embedder is not None:
        pairs = _embedded(pairs, embedder=embedder)
    table = factor_table(pairs)
    return {
        **explain_preferences(table).as_json(),
        "left_out": left_out,
        "discordant": _discordant(table, lines=lines),
    }


def _embedded(pairs: list[TextPair], *, embedder: Embedder) -> list[TextPair]:
    """Return the pairs with embedded factors; an answer is known by its prompt and its words."""
    answers: EmbeddedAnswers[tuple[str, str]] = EmbeddedAnswers(embedder)
    found: list[TextPair] = []
    for start in range(0, len(pairs), CHUNK):
        some = pairs[start : start + CHUNK]
        keys = [((each.prompt, each.chosen), (each.prompt, each.rejected)) for each in some]
        found += answers.beside(some, keys=keys)
    return found


def _read(path: Path, *, group: str) -> tuple[list[TextPair], list[int], dict[str, int]]:
    """Return the pairs, the line of each, and how many lines were left out by reason."""
    pairs: list[TextPair] = []
    lines: list[int] = []
    left_out: Counter[str] = Counter()
    first = ""
    source = _opened(path)
    for record in json_records(source):
        problem = _problem(record)
        try:
            if not isinstance(record, Refusal) and not problem:
                pairs.append(pair_of(record.value, group=group))
                lines.append(record.position.line or record.position.record or 0)
        except PairError as error:
            problem = str(error)
        if problem:
            left_out[problem] += 1
            first = first or f" Line {_place(record)}, the first one left out: {problem}."
    if not pairs:
        raise LabelTableError(
            f"{source.name} holds no preference, so there is nothing to explain. Each line needs {SHAPE}, with texts"
            f" or lists of messages.{first}"
        )
    return pairs, lines, dict(left_out.most_common())


def _opened(path: Path) -> Source:
    if path.is_file() and not path.stat().st_size:
        raise LabelTableError(
            f"{path.name} is empty, so there is nothing to explain. Each line needs {SHAPE}."
        )
    return open_source(path)


def _problem(record: Any) -> str:
    if isinstance(record, Refusal):
        return str(record.reason.value).replace("_", " ")
    return "" if isinstance(record.value, dict) else "the line is no object"


def _place(record: Any) -> str:
    return str(record.position.line or record.position.record or "")


def _discordant(table: FactorTable, *, lines: list[int]) -> dict[str, list[int]]:
    """Return for each factor the lines that go against it most."""
    return {
        name: [lines[row] for row in discordant_pairs(table, factor=name, limit=MOST_DISCORDANT)]
        for name in table.names
    }
