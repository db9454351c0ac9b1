"""What goes with the preferences of a project: factors of both answers, for each group, judge and scorer."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from django.conf import settings

from annotation.domain.factors.explaining import discordant_pairs, explain_preferences, explain_together
from annotation.domain.factors.table import FactorTable, TextPair, factor_table, joined
from annotation.queries.factors.alike_people import alike_people, group_name, in_groups
from annotation.queries.factors.embedded_factors import CHUNK, MOST_EMBEDDED, EmbeddedAnswers
from annotation.queries.figures.computing import Question, Reporting
from annotation.queries.ranking.stored_preferences import (
    BY_PERSON,
    BY_SOURCE,
    MOST_PREFERENCES,
    PreferenceRow,
    by_scorer,
    chunks_in_words,
    preference_count,
    preference_rows,
)
from curation.models import Project, Scorer
from language_models.embedders.client import SocketEmbedder

# Both answers of so many preferences are read and measured while somebody waits.
AT_ONCE = 600
# Groups of people are looked for anew in hundreds of permutations, which takes seconds.
GROUPED_AT_ONCE = 200
MOST_DISCORDANT = 20
# People by groups that are found in how they choose.
BY_ALIKE = "alike"


def size(project: Project, question: Question) -> int:
    """Return how many preferences would be read; more than at once where a page would wait for anything else."""
    count = preference_count(project, limit=AT_ONCE + 1)
    takes_long = question.get("embedded") or (question.get("by") == BY_ALIKE and count > GROUPED_AT_ONCE)
    return AT_ONCE + 1 if count and takes_long else count


def compute(project: Project, question: Question, *, report: Reporting) -> dict[str, Any]:
    """Return the explanation, and the ids of the pairs that go against each factor most.

    By groups of people who choose alike it also says, under `alike`, what the permutation test found.
    """
    limit = MOST_EMBEDDED if question.get("embedded") else MOST_PREFERENCES
    rows, alike = _grouped_rows(project, by=question.get("by", BY_SOURCE), limit=limit)
    if not rows:
        return {"explanation": None, "read": 0}
    table, kept = _measured(project, rows, question=question, report=report)
    if table is None:
        return {"explanation": None, "read": len(rows)}
    own = table.rows(np.arange(len(table)) < len(kept))
    explanation = explain_preferences(table).as_json()
    if len(own) < len(table):
        # What scorers would choose is no further preference: all together are those of people, judges and mined ones.
        explanation |= explain_together(own).as_json()
    return {
        "explanation": explanation,
        "discordant": _discordant(own, kept),
        "read": len(rows),
        "newest": len(rows) >= limit,
        **alike,
    }


def _grouped_rows(
    project: Project, *, by: str, limit: int
) -> tuple[list[PreferenceRow], dict[str, dict[str, Any]]]:
    """Return the preferences with their groups, and how those were found where they were looked for."""
    if by != BY_ALIKE:
        return preference_rows(project, by=by, limit=limit), {}
    finding = alike_people(project)
    rows = in_groups(preference_rows(project, by=BY_PERSON, limit=limit), finding=finding)
    names = [group_name(number) for number, _members in enumerate(finding.groups, start=1)]
    return rows, {"alike": {**finding.as_json(), "names": names}}


def _measured(
    project: Project, rows: Sequence[PreferenceRow], *, question: Question, report: Reporting
) -> tuple[FactorTable | None, list[PreferenceRow]]:
    """Return the table of all preferences, and below them of what each scorer would choose, and the rows kept."""
    scorers = _scorers(project, question.get("scorers") or [])
    tables: list[FactorTable] = []
    kept: list[PreferenceRow] = []
    of_scorers: list[tuple[FactorTable, list[int]]] = []
    for chunk in _in_words(rows, is_embedded=bool(question.get("embedded"))):
        report(len(kept), len(rows))
        if not chunk:
            continue
        found, table = [row for row, _words in chunk], factor_table([words for _row, words in chunk])
        tables.append(table)
        kept += found
        of_scorers += _as_scorers(table, found, scorers=scorers)
    if not tables:
        return None, []
    prompts = [row.prompt for row in kept] + [each for _table, own in of_scorers for each in own]
    report(len(rows), len(rows))
    return joined([*tables, *(table for table, _own in of_scorers)], prompts=prompts), kept


def _in_words(
    rows: Sequence[PreferenceRow], *, is_embedded: bool
) -> Iterator[list[tuple[PreferenceRow, TextPair]]]:
    if not is_embedded:
        yield from chunks_in_words(rows)
        return
    answers: EmbeddedAnswers[int] = EmbeddedAnswers(SocketEmbedder(settings.HARKEN_EMBEDDER_SOCKET))
    for chunk in chunks_in_words(rows, size=CHUNK):
        kept = [row for row, _words in chunk]
        sides = [(row.chosen, row.rejected) for row in kept]
        embedded = answers.beside([words for _row, words in chunk], keys=sides)
        yield list(zip(kept, embedded, strict=True))


def _as_scorers(
    table: FactorTable, rows: Sequence[PreferenceRow], *, scorers: Mapping[int, str]
) -> list[tuple[FactorTable, list[int]]]:
    """Return the pairs that each scorer has scores of, as it would choose, with their prompts; each pair once."""
    first = {(row.chosen, row.rejected): at for at, row in reversed(list(enumerate(rows)))}
    found = []
    for scorer, agrees in by_scorer(rows, scorers=scorers).items():
        known = [pair for pair in first if pair in agrees]
        # People may have chosen either side of the same two answers: a scorer says of them one thing only.
        sides = [pair for pair in known if pair[::-1] not in first or pair[0] < pair[1]]
        if sides:
            places = np.array([first[pair] for pair in sides])
            turn = np.array([not agrees[pair] for pair in sides])
            kept = np.zeros(len(table), dtype=bool)
            kept[places] = True
            order = np.argsort(places)
            found.append(
                (
                    table.rows(kept).turned(turn[order], group=scorers[scorer]),
                    [rows[at].prompt for at in places[order]],
                )
            )
    return found


def _scorers(project: Project, uuids: Sequence[str]) -> dict[int, str]:
    found = Scorer.objects.for_project(project).filter(uuid__in=uuids)
    return {scorer.pk: f"scorer: {scorer}" for scorer in found}


def _discordant(table: FactorTable, rows: Sequence[PreferenceRow]) -> dict[str, list[dict[str, str]]]:
    """Return for each factor the pairs that go against it most, by their ids."""
    return {
        name: [
            {
                "chosen": str(rows[at].chosen_uuid),
                "rejected": str(rows[at].rejected_uuid),
                "pair": str(rows[at].pair or ""),
                "group": rows[at].group,
            }
            for at in discordant_pairs(table, factor=name, limit=MOST_DISCORDANT)
        ]
        for name in table.names
    }
