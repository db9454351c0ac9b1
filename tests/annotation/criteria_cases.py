"""Criteria sets for tests, over the answers of small pairs."""

from collections.abc import Callable, Collection
from itertools import count

from annotation.models import Assertion, AssertionResult, CriteriaSet, Criterion
from annotation.services.criteria.assertions import open_assertion_run, run_assertions
from annotation.services.criteria.checks import AssertionDraft, add_assertion
from annotation.services.criteria.sets import (
    GradeSheet,
    Wording,
    add_criterion,
    create_criteria_set,
    grade_response,
)
from curation.models import Job, Membership, PreferencePair, Project, Response, User
from tests.cast import make_pair

numbers = count(1)
SHORT = "def check(prompt, response):\n    return len(response) < 20\n"
POLITE = "def check(prompt, response):\n    return 'sorry' not in response.lower()\n"
ENDLESS = """
def check(prompt, response):
    while prompt != 'What is 2+2?':
        pass
    return True
"""


def make_set(project: Project, *, criteria: int = 1) -> CriteriaSet:
    """Make a set of criteria called c1, c2 and so on."""
    made = create_criteria_set(project=project, name=f"set {next(numbers)}")
    for number in range(1, criteria + 1):
        add_criterion(criteria_set=made, wording=Wording(name=f"c{number}", text=f"It does thing {number}."))
    return made


def criterion_in(criteria_set: CriteriaSet, name: str = "c1") -> Criterion:
    """Return the current wording of a criterion."""
    return Criterion.objects.get(criteria_set=criteria_set, name=name, archived_at__isnull=True)


def make_assertion(criterion: Criterion, source: str = SHORT, *, name: str = "short") -> Assertion:
    """Add written code to a criterion."""
    return add_assertion(criterion=criterion, draft=AssertionDraft(name=name, source=source))


def make_outputs(project: Project, *, pairs: int = 3) -> list[Response]:
    """Make pairs with a short chosen and a long, sorry rejected answer; returns their answers."""
    made: list[PreferencePair] = [
        make_pair(
            project,
            question=f"Question {number}?",
            chosen=f"Yes {number}.",
            rejected=f"Sorry, {'well ' * (number + 1) * 5}",
        )
        for number in range(pairs)
    ]
    return [response for pair in made for response in (pair.chosen, pair.rejected)]


def run_over_responses(criteria_set: CriteriaSet) -> Job:
    """Run the assertions of a set in this process."""
    job = open_assertion_run(project=criteria_set.project, criteria_set=criteria_set)
    finished = run_assertions(job_id=job.pk)
    assert finished is not None
    return finished


def grade(
    criteria_set: CriteriaSet,
    person: User,
    is_good: Callable[[Response], bool | None],
    *,
    outputs: list[Response],
) -> None:
    """Let a person give the overall thumb on each output."""
    membership = Membership.objects.get(user=person, project=criteria_set.project)
    for output in outputs:
        sheet = GradeSheet(overall=is_good(output))
        grade_response(criteria_set=criteria_set, response=output, membership=membership, sheet=sheet)


def make_graded_set(project: Project, person: User, *, also_good: Collection[int] = ()) -> CriteriaSet:
    """Make a set of two criteria with three assertions, run and graded: chosen answers are good, and those numbers."""
    outputs = make_outputs(project, pairs=4)
    criteria_set = make_set(project, criteria=2)
    make_assertion(criterion_in(criteria_set, "c1"), SHORT, name="short")
    make_assertion(criterion_in(criteria_set, "c1"), SHORT.replace("20", "60"), name="not very long")
    make_assertion(criterion_in(criteria_set, "c2"), POLITE, name="polite")
    run_over_responses(criteria_set)
    others = [outputs[number] for number in also_good]
    grade(criteria_set, person, lambda output: is_chosen(output) or output in others, outputs=outputs)
    return criteria_set


def is_chosen(response: Response) -> bool:
    """Say whether an output is the chosen side of its pair."""
    return response.origin == "imported"


def verdicts(assertion: Assertion) -> dict[int, bool | None]:
    """Return what an assertion said, by response."""
    return dict(AssertionResult.objects.filter(assertion=assertion).values_list("response_id", "passed"))
