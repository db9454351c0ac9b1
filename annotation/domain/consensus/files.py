"""Files of judgements in, files of consensus out."""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from annotation.domain.consensus.contract import Consensus
from annotation.domain.consensus.judgements import JudgementRow, Judgements
from annotation.domain.label_files import REQUIRED, SIDES, require_both_sides
from annotation.domain.label_tables import missing_reason, read_columns
from annotation.domain.labels import one_spelling

COLUMNS = ("item", "label", "confidence", "judgements", "tied", "value", "used", "soft", "note")


def read_judgements(path: Path, *, missing: Sequence[str] = (), encoding: str = "") -> Judgements:
    """Read the columns item, annotator and label, and the sides of pairs where there are any."""
    table = read_columns(path, required=REQUIRED, optional=SIDES, encoding=encoding)
    require_both_sides(table)
    gaps = [missing_reason(cell, also=missing) for cell in table["label"]]
    cells = zip(gaps, table["label"], strict=True)
    labels = one_spelling(None if gap is not None else cell for gap, cell in cells)
    sides: Sequence[tuple[str, str] | None] = [None] * len(table)
    if SIDES[0] in table:
        sides = list(zip(*(table.names(side) for side in SIDES), strict=True))
    columns = (table.names("item"), table.names("annotator"), labels, gaps, sides)
    return Judgements(
        [
            JudgementRow(item, annotator, label, gap or "", pair)
            for item, annotator, label, gap, pair in zip(*columns, strict=True)
        ]
    )


def write_consensus(path: Path, consensus: Consensus) -> None:
    """Write one row an item; several names in a cell are a JSON list, soft labels a JSON object."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(consensus_rows(consensus))


def consensus_rows(consensus: Consensus) -> Iterator[Sequence[object]]:
    """Yield the names of the columns, then one row an item."""
    yield COLUMNS
    for each in consensus.items:
        soft = {name: round(share, 6) for name, share in each.soft.items()}
        yield (
            each.item,
            each.label,
            f"{each.confidence:.6f}",
            each.judgements,
            _listed(each.tied),
            "" if each.value is None else f"{each.value:.6f}",
            _listed(each.used),
            json.dumps(soft, ensure_ascii=False),
            each.note,
        )


def csv_lines(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield rows as lines of a CSV file, one at a time."""
    writer = csv.writer(_Echo())
    for row in rows:
        yield str(writer.writerow(row))


class _Echo:
    """A file that hands back what is written, so that a row becomes a line."""

    def write(self, line: str) -> str:
        return line


def _listed(names: Sequence[str]) -> str:
    return json.dumps(list(names), ensure_ascii=False) if names else ""
