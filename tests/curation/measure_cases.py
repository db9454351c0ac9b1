"""Frozen measures for tests: checks that need no set of criteria."""

from typing import Any

from curation.domain.scoring.scopes import ScoringScope
from curation.models import Job, Project, Scorer
from curation.services.corpus.preferences import publish_scorer
from curation.services.scoring.runs import open_scoring, run_scoring

SHORT = "def check(prompt, response):\n    return len(response) < 20\n"
POLITE = "def check(prompt, response):\n    return 'sorry' not in response.lower()\n"


def written(name: str, source: str, *, criterion: str = "") -> dict[str, Any]:
    """Return the entry of written code."""
    entry = {"name": name, "criterion_name": criterion or name, "criterion": f"It is {name}."}
    return {**entry, "kind": "code", "check": "", "parameters": {}, "source": source}


def library(name: str, **parameters: Any) -> dict[str, Any]:
    """Return the entry of a check of the library."""
    entry = {"name": name, "criterion_name": name, "criterion": f"It passes {name}."}
    return {**entry, "kind": "check", "check": name, "parameters": parameters, "source": ""}


def make_measure(
    project: Project, *entries: dict[str, Any], name: str = "criteria: answers", version: str = "v1"
) -> Scorer:
    """Publish a measure of these checks; the standard one wants short and polite answers."""
    chosen = entries or (written("short", SHORT), written("polite", POLITE))
    return publish_scorer(
        project=project,
        name=name,
        version=version,
        kind=Scorer.Kind.CHECKS,
        specification={"assertions": list(chosen)},
    )


def run_measure(scorer: Scorer, scope: ScoringScope | None = None) -> Job:
    """Run a measure in this process."""
    job = open_scoring(scorer=scorer, scope=scope or ScoringScope())
    finished = run_scoring(job_id=job.pk)
    assert finished is not None
    return finished
