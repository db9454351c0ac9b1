"""A first set of criteria, so that a new project shows how criteria, checks and thumbs work together."""

from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from django.db import transaction

from annotation.models import AssertionResult, CriteriaSet, Grade
from annotation.queries.criteria.assertions import current_assertions, responses_in_scope, results_of
from annotation.services.criteria.assertions import open_assertion_run, run_assertions
from annotation.services.criteria.checks import AssertionDraft, add_assertion
from annotation.services.criteria.choice import choose_assertions
from annotation.services.criteria.sets import (
    GradeSheet,
    Wording,
    add_criterion,
    create_criteria_set,
    grade_response,
)
from curation.demo import true_labels
from curation.models import Evidence, Membership, PreferencePair, Project
from curation.services.work.terminal import progress_bar, result_of

NAME = "Good answers"
READER = "recorded-reader-1@example.org"
NOTE = "Recorded with the demo corpus, and illustrative: no study of anybody's taste."
# Enough to choose by; the rest is left for whoever tries grading.
GRADED_PAIRS = 30

FORM_ASKED_FOR = '''import re


def check(prompt: str, response: str) -> bool:
    """Entries where a list is asked for, a table where a table is, one sentence where one is."""
    asked = prompt.lower()
    entries = re.findall(r"(?m)^\\s*(?:[-*•]|\\d+[.)])\\s", response)
    sentences = re.findall(r"[.!?]+(?:\\s|$)", response)
    if re.search(r"\\btable\\b", asked):
        return "|" in response
    if re.search(r"\\bbullet|\\b(?:packing )?list (?:of|with|for)\\b|\\bnumber the steps\\b", asked):
        return len(entries) >= 2
    if re.search(r"\\bone (?:\\w+ )?sentence\\b", asked):
        return len(sentences) <= 1
    return True
'''

# Each criterion with the assertions that compete to test it.
CRITERIA: list[tuple[Wording, list[AssertionDraft]]] = [
    (
        Wording(name="In the asker's language", text="It is written in the language of the question."),
        [
            AssertionDraft(
                name="language of the question", check_name="language", parameters={"language": "prompt"}
            )
        ],
    ),
    (
        Wording(
            name="Stands on its own",
            text="It does not apologise or refer to an answer before it.",
            max_false_failure_rate=0.1,
        ),
        [
            AssertionDraft(name="no apology", check_name="no_apology"),
            AssertionDraft(
                name="no word of an earlier answer",
                check_name="keywords",
                parameters={"avoids": ["you're right", "as I said", "my last answer", "my previous answer"]},
            ),
        ],
    ),
    (
        Wording(name="Helps", text="It does not refuse what was not asked to be refused."),
        [
            AssertionDraft(name="no refusal at the opening", check_name="no_refusal"),
            AssertionDraft(
                name="no refusal anywhere", check_name="no_refusal", parameters={"opening_only": False}
            ),
        ],
    ),
    (
        Wording(
            name="A fitting length", text="It is neither empty nor longer than a reader takes in at once."
        ),
        [
            AssertionDraft(
                name="3 to 300 words", check_name="length", parameters={"at_least": 3, "at_most": 300}
            ),
            AssertionDraft(
                name="12 to 120 words", check_name="length", parameters={"at_least": 12, "at_most": 120}
            ),
        ],
    ),
    (
        Wording(name="A calm tone", text="It does not shout.", max_false_failure_rate=0.1),
        [
            AssertionDraft(
                name="at most one exclamation mark",
                check_name="exclamation_marks",
                parameters={"at_most": 1},
            ),
            AssertionDraft(
                name="no exclamation mark", check_name="exclamation_marks", parameters={"at_most": 0}
            ),
        ],
    ),
    (
        Wording(
            name="The form asked for",
            text="It is a list, a table or one sentence where the question asks for that.",
        ),
        [AssertionDraft(name="list, table or one sentence as asked", source=FORM_ASKED_FOR)],
    ),
]


def check_starting_criteria(*, project: Project) -> dict[str, Any] | None:
    """Make the first criteria set where it is absent, run what has not run, and on the demo grade and choose.

    Returns counts of responses, assertions, failed and skipped results, grades and chosen assertions, or None
    where nothing was left to do. Raises HarkenError where the run did not succeed.
    """
    criteria_set = _starting_set(project)
    has_run = _run_what_is_missing(criteria_set)
    graded = _grade_as_recorded(criteria_set) if project.is_demo else 0
    if not has_run and not graded:
        return None
    if graded:
        choose_assertions(criteria_set=criteria_set)
    assertions = current_assertions(criteria_set)
    said = AssertionResult.objects.for_project(project).filter(assertion__in=assertions)
    return {
        "responses": said.values("response").distinct().count(),
        "assertions": assertions.count(),
        "failed": said.filter(passed=False).count(),
        "skipped": said.filter(passed__isnull=True).count(),
        "graded": graded,
        "chosen": assertions.filter(is_selected=True).count(),
    }


@transaction.atomic
def _starting_set(project: Project) -> CriteriaSet:
    found = CriteriaSet.objects.for_project(project).filter(name=NAME).first()
    if found is not None:
        return found
    made = create_criteria_set(project=project, name=NAME)
    for wording, drafts in CRITERIA:
        criterion = add_criterion(criteria_set=made, wording=wording)
        for draft in drafts:
            add_assertion(criterion=criterion, draft=draft)
    return made


def _run_what_is_missing(criteria_set: CriteriaSet) -> bool:
    """Run the assertions in this process where any result is missing; returns whether that was so."""
    assertions = list(current_assertions(criteria_set))
    known = results_of(criteria_set)
    responses = responses_in_scope(criteria_set)
    if not any(own.pk not in known.get(response.pk, {}) for response in responses for own in assertions):
        return False
    job = open_assertion_run(project=criteria_set.project, criteria_set=criteria_set)
    with progress_bar("criteria", unit="results") as listener:
        result_of(run_assertions(job_id=job.pk, listener=listener))
    return True


def _grade_as_recorded(criteria_set: CriteriaSet) -> int:
    """Grade the answers of recorded pairs as their reader would have, where nobody graded yet.

    The answer that drew the complaint is bad, the later one good, where most verdicts prefer the later one.
    """
    reader = (
        Membership.objects.current()
        .filter(project=criteria_set.project, user__email=READER, user__is_active=True)
        .first()
    )
    if reader is None or Grade.objects.filter(criteria_set=criteria_set).exists():
        return 0
    graded = 0
    for pair in _pairs_won_by_the_later_answer(criteria_set.project):
        for response, is_good in ((pair.rejected, False), (pair.chosen, True)):
            sheet = GradeSheet(overall=is_good, note=NOTE, policy="recorded")
            graded += len(
                grade_response(criteria_set=criteria_set, response=response, membership=reader, sheet=sheet)
            )
    return graded


def _pairs_won_by_the_later_answer(project: Project) -> Iterator[PreferencePair]:
    """Yield pairs whose recorded verdicts prefer the later answer, drawn by the conversation's name."""
    recorded = {(label.conversation, label.index): label.verdicts for label in true_labels()}
    complaints = Evidence.objects.for_project(project).filter(
        kind=Evidence.Kind.COMPLAINT, pair__archived_at__isnull=True, message__isnull=False
    )
    won: dict[int, tuple[str, PreferencePair]] = {}
    for complaint in complaints.select_related("message__conversation", "pair__chosen", "pair__rejected"):
        pair, message = complaint.pair, complaint.message
        if pair is None or message is None:
            continue
        name = message.conversation.source_id
        verdicts = Counter(recorded.get((name, message.position), ()))
        if verdicts["later"] > verdicts.total() / 2:
            won[pair.pk] = (sha256(name.encode()).hexdigest(), pair)
    in_drawn_order = sorted(won.values(), key=lambda entry: (entry[0], entry[1].pk))
    yield from (pair for _, pair in in_drawn_order[:GRADED_PAIRS])
