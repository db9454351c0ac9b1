"""Drafts: what a recipe would make of the corpus as it is now, step by step."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from curation.domain.versions.recipe_rows import RecipeRow, RowKeys
from curation.domain.versions.recipe_steps import LeftOut, RecipeStep, Surroundings, sieve, step_of
from curation.domain.versions.recipes import DatasetRecipe
from curation.domain.versions.splitting import LEFT_OUT, assign_splits, group_rows, near_duplicate_links
from curation.models import Project
from curation.queries.versions.candidates import Candidate, Dropped, candidates
from curation.queries.versions.evaluation_sets import evaluations_of
from curation.queries.versions.row_facts import rows_of

# Candidates whose texts are fetched at once.
CHUNK = 1_000
# Reports the candidates that are read, and how many there are.
Report = Callable[[int, int], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a version will hold: rows with splits and groups, the funnel, and what was left out and why."""

    rows: Sequence[RecipeRow]
    splits: Sequence[str]
    groups: Sequence[int]
    steps: Sequence[RecipeStep]
    left_out: Sequence[LeftOut]
    evaluations: Sequence[dict[str, Any]]

    @property
    def dropped(self) -> dict[str, int]:
        """How many preferences were left out, by reason."""
        return dict(sorted(Counter(entry.reason for entry in self.left_out).items()))


def draft_of(project: Project, *, recipe: DatasetRecipe, report: Report = lambda done, total: None) -> Draft:
    """Carry out a recipe, and write nothing; the rows stand in an order that hangs on their text alone."""
    evaluations = evaluations_of(project, recipe=recipe)
    kept, gone = _proposed(project, recipe)
    rows: list[RecipeRow] = []
    for start in range(0, len(kept), CHUNK):
        report(start, len(kept))
        rows += rows_of(project, kept[start : start + CHUNK], recipe=recipe)
    surroundings = Surroundings(evaluations=evaluations, while_working=lambda: report(len(kept), len(kept)))
    sieved = sieve(rows, recipe=recipe, surroundings=surroundings)
    first = step_of("proposals", came=len(kept) + len(gone), gone=gone)
    draft = Draft(
        rows=sieved.rows,
        splits=[],
        groups=[],
        steps=(first, *sieved.steps),
        left_out=[*gone, *sieved.left_out],
        evaluations=[evaluation.as_json() for evaluation in evaluations],
    )
    return _split(draft, recipe, surroundings)


def _proposed(project: Project, recipe: DatasetRecipe) -> tuple[list[Candidate], list[LeftOut]]:
    kept: list[Candidate] = []
    gone: list[LeftOut] = []
    for entry in candidates(project, recipe=recipe):
        if isinstance(entry, Dropped):
            gone.append(LeftOut(keys=entry.keys, step="proposals", reason=entry.reason))
        else:
            kept.append(entry)
    return _without_refused(kept, gone)


def _without_refused(kept: list[Candidate], gone: list[LeftOut]) -> tuple[list[Candidate], list[LeftOut]]:
    """Leave out what another source says of answers that people compared and found neither better."""
    refused = {_answers(entry.keys) for entry in gone if entry.reason.startswith("people_")}
    overruled = [entry for entry in kept if not entry.is_blind and _answers(entry.keys) in refused]
    if not overruled:
        return kept, gone
    found = [
        LeftOut(keys=entry.keys, step="proposals", reason="people_decided_otherwise") for entry in overruled
    ]
    return [entry for entry in kept if entry.is_blind or _answers(entry.keys) not in refused], gone + found


def _answers(keys: RowKeys) -> frozenset[int | None]:
    return frozenset((keys.chosen, keys.rejected))


def _split(draft: Draft, recipe: DatasetRecipe, surroundings: Surroundings) -> Draft:
    """Give every row its split; what would leak out of a test split that people decided is left out."""
    rows = draft.rows
    groups = _groups(rows, recipe, surroundings)
    splits = assign_splits(
        groups,
        names=[row.sha256 for row in rows],
        judged=[row.is_blind for row in rows],
        shares=recipe.splits,
        seed=recipe.seed,
    )
    stay = [place for place, split in enumerate(splits) if split != LEFT_OUT]
    gone = [
        LeftOut(keys=row.keys, step="splits", reason="beside_test_rows")
        for row, split in zip(rows, splits, strict=True)
        if split == LEFT_OUT
    ]
    return replace(
        draft,
        rows=[rows[place] for place in stay],
        splits=[splits[place] for place in stay],
        groups=[groups[place] for place in stay],
        steps=(*draft.steps, step_of("splits", came=len(rows), gone=gone)),
        left_out=[*draft.left_out, *gone],
    )


def _groups(rows: Sequence[RecipeRow], recipe: DatasetRecipe, surroundings: Surroundings) -> list[int]:
    first_with: dict[str, int] = {}
    for number, row in enumerate(rows):
        for request in row.last_requests:
            first_with.setdefault(request, number)
    # Texts are compared once each: a prompt like "continue" that stands in thousands of rows is tied by its key.
    texts = list(first_with)
    alike = near_duplicate_links(
        texts, threshold=recipe.near_duplicate, while_working=surroundings.while_working
    )
    links = [(first_with[texts[one]], first_with[texts[other]]) for one, other in alike]
    by_user = not _is_of_one_user(rows)
    return group_rows([_ties_of(row, by_user=by_user) for row in rows], links=links)


def _is_of_one_user(rows: Sequence[RecipeRow]) -> bool:
    """Tell whether all rows come from one person: then no split can keep people apart, and that tie says nothing."""
    return len({row.facts.users for row in rows}) == 1 and len(rows[0].facts.users) == 1


def _ties_of(row: RecipeRow, *, by_user: bool) -> list[tuple[str, str]]:
    """Return what a row shares with those that must be in its split.

    Threads of one tree are conversations of their own that open with the same message.
    """
    ties = {
        "conversation": row.facts.conversations,
        "opening": row.openings,
        "prompt": row.last_requests,
        "user": row.facts.users if by_user else (),
    }
    return [(kind, value) for kind, values in ties.items() for value in values]
