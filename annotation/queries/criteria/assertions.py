"""What assertions are run over, what they said, and the work that runs them."""

from collections import defaultdict
from collections.abc import Mapping
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from annotation.models import Assertion, AssertionResult, CriteriaSet, Criterion, SuspectOutput
from curation.models import Job, PreferencePair, Project, Response

# What a person can look into; a larger project is checked on its newest pairs.
RESPONSES_AT_MOST = 2_000
JOB_KIND = "assertions"

Results = Mapping[int, Mapping[int, bool | None]]


def current_criteria(criteria_set: CriteriaSet) -> QuerySet[Criterion]:
    """Return the criteria of a set in their newest wording, in the order that people gave them."""
    criteria = Criterion.objects.for_project(criteria_set.project)
    return criteria.filter(criteria_set=criteria_set, archived_at__isnull=True).order_by("position", "key")


def current_assertions(criteria_set: CriteriaSet) -> QuerySet[Assertion]:
    """Return the assertions of a set's current criteria that were not put away, by criterion."""
    assertions = Assertion.objects.for_project(criteria_set.project)
    return (
        assertions.filter(
            criterion__criteria_set=criteria_set,
            criterion__archived_at__isnull=True,
            archived_at__isnull=True,
        )
        .select_related("criterion", "endpoint")
        .order_by("criterion__position", "criterion__key", "id")
    )


def responses_in_scope(criteria_set: CriteriaSet) -> QuerySet[Response]:
    """Return the responses that pairs refer to or that the set suspects, newest first, at most RESPONSES_AT_MOST."""
    project = criteria_set.project
    pairs = PreferencePair.objects.for_project(project).filter(archived_at__isnull=True)
    referring = pairs.filter(Q(chosen=OuterRef("pk")) | Q(rejected=OuterRef("pk")))
    suspects = SuspectOutput.objects.filter(criteria_set=criteria_set, response=OuterRef("pk"))
    responses = Response.objects.for_project(project).filter(
        Exists(referring) | Exists(suspects), prompt__conversation__withdrawn_at__isnull=True
    )
    return responses.only("id", "uuid", "project_id", "prompt_id").order_by("-id")[:RESPONSES_AT_MOST]


def results_of(criteria_set: CriteriaSet) -> Results:
    """Return what current assertions said, by response and then by assertion; one query."""
    rows = AssertionResult.objects.for_project(criteria_set.project).filter(
        assertion__criterion__criteria_set=criteria_set,
        assertion__criterion__archived_at__isnull=True,
        assertion__archived_at__isnull=True,
    )
    results: dict[int, dict[int, bool | None]] = defaultdict(dict)
    for response, assertion, passed in rows.values_list("response_id", "assertion_id", "passed"):
        results[response][assertion] = passed
    return results


def skip_reasons(criteria_set: CriteriaSet) -> dict[int, list[tuple[str, int]]]:
    """Return why each assertion said nothing, as (sentence, count), the most frequent first; one query."""
    rows = AssertionResult.objects.for_project(criteria_set.project).filter(
        assertion__criterion__criteria_set=criteria_set, passed__isnull=True
    )
    counted = rows.values_list("assertion_id", "sentence").annotate(n=Count("id")).order_by("-n", "sentence")
    reasons: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for assertion, sentence, n in counted[:200]:
        reasons[assertion].append((sentence, n))
    return reasons


def newest_assertion_job(criteria_set: CriteriaSet) -> Job | None:
    """Return the newest run of this set's assertions."""
    return _jobs(criteria_set.project, criteria_set.uuid).order_by("-id").first()


def _jobs(project: Project, criteria_set: UUID) -> QuerySet[Job]:
    return Job.objects.for_project(project).filter(kind=JOB_KIND, arguments__criteria_set=str(criteria_set))
