"""Whose verdicts may rank models: people's, and those of judges that earned it."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from annotation.models import Tournament
from annotation.queries.judges.probation import identity_of, judges_on_probation
from curation.models import Comparison, JudgedPair, JudgeRun, Project


def that_may_rank(comparisons: QuerySet[Comparison], *, project: Project) -> QuerySet[Comparison]:
    """Leave out the verdicts of judges that have not earned, by their rank fidelity, that they rank models."""
    runs = _runs_that_may_rank(project)
    is_earned = Exists(JudgedPair.objects.filter(uuid=OuterRef("source_uuid"), run__in=runs))
    return comparisons.filter(~Q(source=Comparison.Source.JUDGE) | is_earned)


def may_rank(tournament: Tournament) -> bool:
    """Return whether who decides a tournament may rank models: people, or a judge that earned it with this model."""
    if not tournament.judge or tournament.endpoint is None:
        return True
    asked = (tournament.judge, tournament.endpoint.model)
    earned = (each for each in judges_on_probation(tournament.project) if each.may_rank)
    return any(asked == (each.run.judge, model) for each in earned for model in each.models)


def _runs_that_may_rank(project: Project) -> list[int]:
    """Return the judging runs whose judge (its words, rubric and models) has passed the gate of ranking."""
    earned = {identity_of(each.run) for each in judges_on_probation(project) if each.may_rank}
    if not earned:
        return []
    return [run.pk for run in JudgeRun.objects.for_project(project) if identity_of(run) in earned]
