"""What a version's manifest says: where each row came from, and how far it can be trusted."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as package_version
from itertools import combinations
from typing import Any

from django.db import connection
from django.db.models import Count

from curation.domain.corpus.style import Style, style_of
from curation.domain.versions.deciders import accuracy_title, deciders_from_counts
from curation.domain.versions.recipe_rows import RecipeRow, side_text
from curation.domain.versions.recipes import parse_recipe
from curation.models import DatasetRow, DatasetVersion, ImportBatch, Job, ModelVersion, Project, Scorer
from curation.queries.corpus.preferences import confirmation_of_mined_pairs
from curation.queries.scoring.recipe_measures import measures_of_recipe
from curation.queries.versions.drafts import Draft

PACKAGES = ("django", "scikit-learn", "scipy", "pyarrow", "datasketch")
# Who made rows, in so many combinations at most; the rest is counted together.
MOST_MAKERS = 200
# Both prompts of a row have a conversation, and answers may have come later than that, by another import.
IMPORTS_OF_ROWS = """
    SELECT brought.batch_id, count(DISTINCT item.id)
    FROM curation_datasetrow item
    JOIN curation_prompt prompt ON prompt.id = item.prompt_id
    JOIN curation_conversation conversation ON conversation.id = prompt.conversation_id
    LEFT JOIN curation_prompt other_prompt ON other_prompt.id = item.rejected_prompt_id
    LEFT JOIN curation_conversation other ON other.id = other_prompt.conversation_id
    LEFT JOIN curation_response chosen ON chosen.id = item.chosen_id
    LEFT JOIN curation_response rejected ON rejected.id = item.rejected_id
    CROSS JOIN LATERAL (
        VALUES (conversation.batch_id), (other.batch_id), (chosen.batch_id), (rejected.batch_id)
    ) AS brought (batch_id)
    WHERE item.version_id = %s AND brought.batch_id IS NOT NULL
    GROUP BY brought.batch_id
"""


def version_manifest(version: DatasetVersion, *, draft: Draft) -> dict[str, Any]:
    """Return the manifest of a version whose rows are stored: counts, origins, rights, agreement, settings."""
    rows = DatasetRow.objects.filter(version=version)
    confirmation = confirmation_of_mined_pairs(version.project)
    test_decided_by = _counts(rows.filter(split=DatasetRow.Split.TEST), "decided_by")
    return {
        "dataset": version.dataset.name,
        "version": version.number,
        "rows": version.row_count,
        "splits": version.split_counts,
        "recipe": version.recipe,
        "content_hash": version.content_hash,
        "steps": [step.as_json() for step in draft.steps],
        "dropped": draft.dropped,
        "pair_rule": {
            name: version.recipe[name] for name in ("list_pairs", "minimum_gap", "ties", "scorers")
        },
        "evaluations": list(draft.evaluations),
        "measures": measures_used(version),
        "decided_by": _counts(rows, "decided_by"),
        "test_decided_by": test_decided_by,
        "test_accuracy_is": accuracy_title(deciders_from_counts(test_decided_by)),
        "sources": _counts(rows, "source"),
        "languages": counted(row.facts.language or "unknown" for row in draft.rows),
        "people": {
            "mined_pairs": confirmation.mined,
            "judged": confirmation.judged,
            "confirmed": confirmation.confirmed,
            "interval": confirmation.interval,
        },
        "feedback": feedback_summary(version.project),
        "votes": votes_summary(draft.rows),
        "criteria": counted(name for row in draft.rows for name in row.values.get("criteria", ())),
        "imports": _imports(version),
        "models": _models(rows),
        "makers": makers_summary(draft.rows),
        "style": style_of_rows(draft.rows).as_json(),
        "packages": _packages(),
    }


def measures_used(version: DatasetVersion) -> list[dict[str, Any]]:
    """Return the frozen measures that vetoed or weighed rows, with the exact version of each."""
    used = measures_of_recipe(version.project, parse_recipe(version.recipe))
    scorers = Scorer.objects.in_bulk([measure.scorer_id for measure in used])
    return [
        {
            "name": scorers[measure.scorer_id].name,
            "version": scorers[measure.scorer_id].version,
            "uuid": str(scorers[measure.scorer_id].uuid),
            "use": "weight" if measure.least is None else "veto",
            "least": measure.least,
        }
        for measure in used
    ]


def feedback_summary(project: Project) -> dict[str, Any]:
    """Return who spoke at all and what share of pairs was refused, as the newest mining and pair building left it.

    Upper layers keep these counts with their jobs; a project without mined feedback has none.
    """
    finished = Job.objects.for_project(project).filter(state=Job.State.SUCCEEDED).order_by("-id")
    mined = finished.filter(kind="mining", result__has_key="speaking").first()
    built = finished.filter(kind="pair_building", result__has_key="recipe").first()
    summary: dict[str, Any] = {}
    if mined is not None:
        summary |= {"detector": mined.result["detector"], "speaking": mined.result["speaking"]}
    if built is not None:
        kept = ("recipe", "candidates", "pairs", "skipped")
        summary["pair_building"] = {name: built.result.get(name) for name in kept}
    return summary


def style_of_rows(rows: Iterable[RecipeRow]) -> Style:
    """Measure the rows that have two sides of which one is better."""
    return style_of(
        (side_text(row.chosen), side_text(row.rejected))
        for row in rows
        if row.chosen and row.rejected and not row.is_tie
    )


def votes_summary(rows: Iterable[RecipeRow]) -> dict[str, Any]:
    """Return who voted under which guidelines, and how often two people's blind votes on one row agree."""
    votes = [row.values.get("votes", ()) for row in rows]
    every = [vote for of_row in votes for vote in of_row]
    pairs = [
        one["value"] == other["value"]
        for of_row in votes
        for one, other in combinations([vote for vote in of_row if not vote["saw_signal"]], 2)
    ]
    return {
        "votes": len(every),
        "rows": sum(bool(of_row) for of_row in votes),
        "annotators": counted(vote["annotator"] for vote in every if vote["annotator"]),
        "protocols": counted(vote["protocol"] for vote in every if vote["protocol"]),
        "guidelines": counted(vote["guideline_version"] for vote in every if vote["guideline_version"]),
        "saw_signal": sum(vote["saw_signal"] for vote in every),
        "compared": len(pairs),
        "agreeing": sum(pairs),
    }


def makers_summary(rows: Iterable[RecipeRow]) -> dict[str, Any]:
    """Return who mined, wrote and judged how many rows; `flagged` counts those where one did two of these."""
    together: Counter[tuple[tuple[str, tuple[str, ...]], ...]] = Counter()
    for row in rows:
        makers: Mapping[str, list[str]] = row.values.get("makers", {})
        together[tuple((deed, tuple(names)) for deed, names in sorted(makers.items()))] += 1
    groups = [
        {**{deed: list(names) for deed, names in makers}, "rows": count, "did_two": _did_two(dict(makers))}
        for makers, count in sorted(together.items(), key=lambda entry: (-entry[1], entry[0]))
    ]
    return {
        "groups": groups[:MOST_MAKERS],
        "not_shown": len(groups[MOST_MAKERS:]),
        "flagged": sum(group["rows"] for group in groups if group["did_two"]),
    }


def _did_two(makers: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return who did two deeds of one row: a model that judges its own words judges them well."""
    deeds: Counter[str] = Counter(name for names in makers.values() for name in set(names))
    return sorted(name for name, count in deeds.items() if count > 1)


def counted(values: Iterable[str]) -> dict[str, int]:
    """Count values, the most frequent first."""
    return dict(sorted(Counter(values).items(), key=lambda entry: (-entry[1], entry[0])))


def _counts(rows: Any, field: str) -> dict[Any, int]:
    return dict(rows.values_list(field).annotate(rows=Count("id")).order_by(field))


def _imports(version: DatasetVersion) -> list[dict[str, Any]]:
    """Name the imports that anything in the rows came from, with their rights; a row may be of several."""
    with connection.cursor() as cursor:
        cursor.execute(IMPORTS_OF_ROWS, [version.pk])
        counts = dict(cursor.fetchall())
    batches = ImportBatch.objects.filter(pk__in=counts)
    return [
        {
            "batch": str(batch.uuid),
            "name": batch.name,
            "licence": batch.licence,
            "consent": batch.consent,
            "commercial_use": batch.commercial_use,
            "rows": counts[batch.pk],
        }
        for batch in batches.order_by("id")
    ]


def _models(rows: Any) -> list[dict[str, Any]]:
    """Name the models that wrote either side, with the terms that follow."""
    written: dict[str, dict[int | None, int]] = defaultdict(dict)
    for side in ("chosen", "rejected"):
        logged = f"{side}__prompt__conversation__model_version"
        written[side] = _merged(
            _counts(rows.filter(**{f"{side}__model_version__isnull": False}), f"{side}__model_version"),
            _counts(
                rows.filter(**{f"{side}__model_version__isnull": True, f"{side}__origin": "logged"}), logged
            ),
        )
    writers = [key for key in {**written["chosen"], **written["rejected"]} if key is not None]
    return [
        {
            "name": model.name,
            "kind": model.kind,
            "terms": model.terms,
            "commercial_use": model.commercial_use,
            "chosen": written["chosen"].get(model.pk, 0),
            "rejected": written["rejected"].get(model.pk, 0),
        }
        for model in ModelVersion.objects.filter(pk__in=writers).order_by("name", "id")
    ]


def _merged(one: Mapping[Any, int], other: Mapping[Any, int]) -> dict[int | None, int]:
    return dict(Counter(one) + Counter(other))


def _packages() -> dict[str, str]:
    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = package_version(name)
        except PackageNotFoundError:
            continue
    return versions
