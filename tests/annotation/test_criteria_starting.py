import pytest

from annotation.models import Assertion, AssertionResult, CriteriaSet, Grade
from annotation.services.criteria.starting import CRITERIA, NAME, READER, check_starting_criteria
from checks.sandbox import compile_written_check
from curation.demo import true_labels
from curation.domain.access.roles import Role
from curation.models import Conversation, Evidence, Job
from curation.services.access.people import add_member
from tests.annotation.criteria_cases import make_outputs
from tests.cast import make_pair, make_user


def make_recorded_pair(project, *, later_wins=True):
    """A pair from a conversation of the demo corpus whose recorded verdicts prefer the later answer, or do not."""
    judged = [label for label in true_labels() if label.verdicts]
    label = next(label for label in judged if (label.verdicts.count("later") >= 2) is later_wins)
    pair = make_pair(project, question=label.conversation)
    conversation = pair.prompt.conversation
    Conversation.objects.filter(pk=conversation.pk).update(source_id=label.conversation)
    complaint = conversation.messages.create(project=project, position=label.index, role="user", text="No.")
    Evidence.objects.create(project=project, pair=pair, kind=Evidence.Kind.COMPLAINT, message=complaint)
    return pair


@pytest.fixture
def demo(project):
    project.is_demo = True
    project.save()
    add_member(project=project, user=make_user(READER), role=Role.ANNOTATOR)
    return project


def test_a_new_project_gets_criteria_that_were_run(project):
    outputs = make_outputs(project, pairs=2)
    report = check_starting_criteria(project=project)
    assert report
    drafts = sum(len(drafts) for _wording, drafts in CRITERIA)
    assert (report["responses"], report["assertions"]) == (4, drafts)
    assert AssertionResult.objects.count() == len(outputs) * drafts
    assert Job.objects.get().state == "succeeded"
    assert (report["graded"], report["chosen"]) == (0, 0)


def test_a_second_call_does_nothing_and_a_third_only_what_is_new(project):
    make_outputs(project, pairs=1)
    check_starting_criteria(project=project)
    assert check_starting_criteria(project=project) is None
    make_pair(project, question="A new one?")
    report = check_starting_criteria(project=project)
    assert report
    assert report["responses"] == 4
    assert CriteriaSet.objects.get().name == NAME


def test_without_pairs_there_is_nothing_to_run(project):
    assert check_starting_criteria(project=project) is None
    assert not Job.objects.exists()


def test_the_demo_grades_what_its_recorded_reader_preferred_and_chooses(demo):
    pair = make_recorded_pair(demo)
    report = check_starting_criteria(project=demo)
    assert report
    thumbs = dict(Grade.objects.values_list("response_id", "is_good"))
    assert thumbs == {pair.rejected_id: False, pair.chosen_id: True}
    assert (report["graded"], report["chosen"]) == (2, len(CRITERIA))
    assert set(Grade.objects.values_list("policy", flat=True)) == {"recorded"}
    assert all("illustrative" in note for note in Grade.objects.values_list("note", flat=True))


def test_recorded_verdicts_that_prefer_no_later_answer_grade_nothing(demo):
    make_recorded_pair(demo, later_wins=False)
    report = check_starting_criteria(project=demo)
    assert report
    assert report["graded"] == 0


def test_recorded_grades_stay_away_once_somebody_graded(demo):
    make_recorded_pair(demo)
    check_starting_criteria(project=demo)
    make_outputs(demo, pairs=1)
    report = check_starting_criteria(project=demo)
    assert report
    assert report["graded"] == 0


def test_a_project_of_ones_own_is_never_graded_by_record(project):
    add_member(project=project, user=make_user(READER), role=Role.ANNOTATOR)
    make_recorded_pair(project)
    check_starting_criteria(project=project)
    assert not Grade.objects.exists()


def test_the_written_check_runs_in_the_sandbox_without_an_error(project):
    make_outputs(project, pairs=2)
    check_starting_criteria(project=project)
    written = Assertion.objects.get(kind=Assertion.Kind.CODE)
    assert compile_written_check(written.source) is None
    assert not AssertionResult.objects.filter(assertion=written, passed__isnull=True).exists()
