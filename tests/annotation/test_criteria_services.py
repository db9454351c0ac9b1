import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction

from annotation.domain.criteria.alignment import (
    AssertionKey,
    measure_assertions,
    measure_set,
    selection_problem,
)
from annotation.models import Assertion, AssertionResult, Criterion, Grade
from annotation.queries.criteria.assertions import responses_in_scope
from annotation.queries.criteria.grades import standing_thumbs
from annotation.queries.criteria.report import set_report
from annotation.services.criteria.assertions import open_assertion_run
from annotation.services.criteria.checks import AssertionDraft, AssertionRefusedError, add_assertion
from annotation.services.criteria.choice import choose_assertions
from annotation.services.criteria.sets import (
    CriterionReplacedError,
    GradeSheet,
    Wording,
    archive_criterion,
    create_criteria_set,
    grade_response,
    reword_criterion,
    take_back_grades,
)
from curation.domain.access.roles import Role
from curation.domain.errors import HarkenError
from curation.models import AuditEvent, Membership, Score, Scorer
from tests.annotation.criteria_cases import (
    ENDLESS,
    POLITE,
    SHORT,
    criterion_in,
    grade,
    is_chosen,
    make_assertion,
    make_outputs,
    make_set,
    run_over_responses,
    verdicts,
)
from tests.cast import make_member, make_pair

HARMFUL = {
    "fork bomb": "import os\n    while True: os.fork()",
    "socket": "import socket",
    "file": "return 'root' in open('/etc/passwd').read()",
    "memory": "return len('x' * 10**10) > 0",
    "recursion": "return check(prompt, response)",
    "regex": "import re\n    return bool(re.match(r'(a|aa)+\\1$', 'a' * 5000 + 'b'))",
}


def member(project, person):
    return Membership.objects.get(user=person, project=project)


def test_the_name_of_a_set_is_unique_in_its_project(project):
    made = make_set(project)
    with pytest.raises(ValidationError):
        create_criteria_set(project=project, name=made.name)


def test_other_words_make_a_new_version_with_the_old_ones_assertions(project):
    criteria_set = make_set(project)
    first = criterion_in(criteria_set)
    assertion = make_assertion(first)
    second = reword_criterion(criterion=first, wording=Wording(name="c1", text="It mostly does."))
    assert (second.key, second.version) == (first.key, 2)
    assert list(second.assertions.all()) == [assertion]
    first.refresh_from_db()
    assert first.archived_at


def test_another_tolerance_alone_is_no_other_wording(project):
    criterion = criterion_in(make_set(project))
    wording = Wording(name=criterion.name, text=criterion.text, max_false_failure_rate=0.1)
    assert reword_criterion(criterion=criterion, wording=wording) == criterion
    assert Criterion.objects.get().max_false_failure_rate == 0.1


def test_a_wording_that_was_replaced_cannot_be_reworded_again(project):
    criterion = criterion_in(make_set(project))
    reword_criterion(criterion=criterion, wording=Wording(name="c1", text="Other words."))
    with pytest.raises(CriterionReplacedError, match="newer one"):
        reword_criterion(criterion=criterion, wording=Wording(name="c1", text="Yet others."))


def test_a_grade_keeps_the_wording_it_was_given_under(project, researcher):
    criteria_set = make_set(project)
    criterion, (output, _) = criterion_in(criteria_set), make_outputs(project, pairs=1)
    sheet = GradeSheet(overall=True, by_criterion={criterion: True})
    grade_response(
        criteria_set=criteria_set, response=output, membership=member(project, researcher), sheet=sheet
    )
    second = reword_criterion(criterion=criterion, wording=Wording(name="c1", text="Other words."))
    assert Grade.objects.get(criterion__isnull=False).criterion == criterion
    assert standing_thumbs(criteria_set).of_criterion(second.key)[output.pk].wording_version == 1
    assert set_report(criteria_set).criteria[0].older_wording == 1


def test_the_same_thumb_under_newer_words_is_a_grade_of_its_own(project, researcher):
    criteria_set, person = make_set(project), member(project, researcher)
    criterion, (output, _) = criterion_in(criteria_set), make_outputs(project, pairs=1)
    grade_response(
        criteria_set=criteria_set,
        response=output,
        membership=person,
        sheet=GradeSheet(overall=True, by_criterion={criterion: True}),
    )
    second = reword_criterion(criterion=criterion, wording=Wording(name="c1", text="Other words."))
    again = GradeSheet(overall=True, by_criterion={second: True})
    added = grade_response(criteria_set=criteria_set, response=output, membership=person, sheet=again)
    assert [grade.criterion for grade in added] == [second]
    assert set_report(criteria_set).criteria[0].older_wording == 0


def test_the_newest_thumb_counts_and_the_earlier_ones_stay(project, researcher):
    criteria_set, (output, _) = make_set(project), make_outputs(project, pairs=1)
    grade(criteria_set, researcher, lambda _: True, outputs=[output])
    grade(criteria_set, researcher, lambda _: False, outputs=[output])
    assert standing_thumbs(criteria_set).overall[output.pk].is_good is False
    assert Grade.objects.count() == 2


def test_a_thumb_that_says_nothing_new_adds_no_row(project, researcher):
    criteria_set, (output, _) = make_set(project), make_outputs(project, pairs=1)
    grade(criteria_set, researcher, lambda _: True, outputs=[output, output])
    assert Grade.objects.count() == 1


def test_taking_back_leaves_what_another_person_said(project, researcher):
    criteria_set, (output, _) = make_set(project), make_outputs(project, pairs=1)
    other = make_member(project, Role.RESEARCHER)
    grade(criteria_set, other, lambda _: False, outputs=[output])
    grade(criteria_set, researcher, lambda _: True, outputs=[output])
    taken = take_back_grades(criteria_set=criteria_set, membership=member(project, researcher))
    assert taken == output
    assert standing_thumbs(criteria_set).overall[output.pk].is_good is False


def test_taking_back_undoes_the_criteria_of_the_last_output_alone(project, researcher):
    criteria_set, person = make_set(project), member(project, researcher)
    criterion, outputs = criterion_in(criteria_set), make_outputs(project, pairs=1)
    for output in outputs:
        sheet = GradeSheet(overall=True, by_criterion={criterion: False})
        grade_response(criteria_set=criteria_set, response=output, membership=person, sheet=sheet)
    take_back_grades(criteria_set=criteria_set, membership=person)
    thumbs = standing_thumbs(criteria_set)
    assert set(thumbs.overall) == {outputs[0].pk}
    assert set(thumbs.of_criterion(criterion.key)) == {outputs[0].pk}


def test_nothing_is_taken_back_where_nothing_stands(project, researcher):
    person = member(project, researcher)
    assert take_back_grades(criteria_set=make_set(project), membership=person) is None


def test_a_grade_cannot_be_changed_or_removed(project, researcher):
    criteria_set, outputs = make_set(project), make_outputs(project, pairs=1)
    grade(criteria_set, researcher, is_chosen, outputs=outputs)
    for statement in ("UPDATE annotation_grade SET is_good = NULL", "DELETE FROM annotation_grade"):
        with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
            connection.cursor().execute(statement)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [("", "no function named check"), ("def check(:", "not Python"), ("1 / 0", "ZeroDivisionError")],
)
def test_code_that_cannot_be_run_is_refused_with_a_sentence(project, source, sentence):
    criterion = criterion_in(make_set(project))
    with pytest.raises(AssertionRefusedError, match=sentence):
        add_assertion(criterion=criterion, draft=AssertionDraft(name="broken", source=source))
    assert not Assertion.objects.exists()


def test_an_assertion_runs_over_the_answers_that_pairs_refer_to(project):
    outputs = make_outputs(project)
    criteria_set = make_set(project)
    assertion = make_assertion(criterion_in(criteria_set))
    job = run_over_responses(criteria_set)
    assert verdicts(assertion) == {output.pk: is_chosen(output) for output in outputs}
    assert (job.state, job.result["failed"], job.done_count) == ("succeeded", 3, 6)


def test_a_second_run_computes_only_what_is_missing(project):
    make_outputs(project, pairs=1)
    criteria_set = make_set(project)
    make_assertion(criterion_in(criteria_set))
    run_over_responses(criteria_set)
    before = set(AssertionResult.objects.values_list("id", "created_at"))
    make_pair(project, question="A new one?")
    run_over_responses(criteria_set)
    assert before < set(AssertionResult.objects.values_list("id", "created_at"))
    assert AssertionResult.objects.count() == 4


def test_an_answer_of_an_archived_pair_is_left_out(project):
    pair = make_pair(project)
    pair.archived_at = pair.created_at
    pair.save()
    assert not responses_in_scope(make_set(project)).exists()


def test_a_check_that_loops_for_ever_ends_as_a_sentence_and_the_job_succeeds(project):
    make_outputs(project, pairs=3)
    fine = make_pair(project)
    criteria_set = make_set(project)
    assertion = make_assertion(criterion_in(criteria_set), ENDLESS, name="endless")
    job = run_over_responses(criteria_set)
    assert (job.state, job.result["skipped"]) == ("succeeded", 6)
    assert verdicts(assertion)[fine.chosen_id] is True
    sentences = set(AssertionResult.objects.filter(passed__isnull=True).values_list("sentence", flat=True))
    assert "The check took longer than 1 s." in sentences


def test_harmful_code_leaves_the_run_and_the_assertions_beside_it_unharmed(project):
    outputs, criteria_set = make_outputs(project, pairs=1), make_set(project)
    criterion = criterion_in(criteria_set)
    harmful = [
        make_assertion(criterion, f"def check(prompt, response):\n    {deed}\n", name=name)
        for name, deed in HARMFUL.items()
    ]
    good = make_assertion(criterion)
    job = run_over_responses(criteria_set)
    assert (job.state, job.result["skipped"]) == ("succeeded", len(harmful) * len(outputs))
    assert verdicts(good) == {output.pk: is_chosen(output) for output in outputs}


def test_a_set_without_assertions_is_not_run(project):
    criteria_set = make_set(project)
    with pytest.raises(HarkenError, match="no assertion yet"):
        open_assertion_run(project=project, criteria_set=criteria_set)


def graded_set(project, researcher):
    """A set of two criteria with three assertions, run and graded: chosen answers are good."""
    outputs = make_outputs(project, pairs=4)
    criteria_set = make_set(project, criteria=2)
    assertions = [
        make_assertion(criterion_in(criteria_set, "c1"), SHORT, name="short"),
        make_assertion(criterion_in(criteria_set, "c1"), SHORT.replace("20", "60"), name="not very long"),
        make_assertion(criterion_in(criteria_set, "c2"), POLITE, name="polite"),
    ]
    run_over_responses(criteria_set)
    grade(criteria_set, researcher, lambda output: is_chosen(output) or output == outputs[1], outputs=outputs)
    return criteria_set, outputs, assertions


def test_the_figures_of_the_page_are_those_of_the_domain(project, researcher):
    criteria_set, outputs, assertions = graded_set(project, researcher)
    choose_assertions(criteria_set=criteria_set)
    said = [verdicts(assertion) for assertion in assertions]
    problem = selection_problem(
        [AssertionKey(id=str(own.uuid), criterion=str(own.criterion.key)) for own in assertions],
        results=[[own[output.pk] for own in said] for output in outputs],
        grades=[is_chosen(output) or output == outputs[1] for output in outputs],
    )
    report = set_report(criteria_set)
    shown = [own.figures for criterion in report.criteria for own in criterion.assertions]
    assert shown == measure_assertions(problem)
    selected = Assertion.objects.filter(is_selected=True).order_by("id")
    assert report.together == measure_set(problem, selected=[str(own.uuid) for own in selected])


@pytest.mark.parametrize("tolerance", [0.0, 0.25, 1.0])
def test_choosing_follows_each_criterions_own_tolerance(project, researcher, tolerance):
    criteria_set, _, _ = graded_set(project, researcher)
    Criterion.objects.filter(name="c1").update(max_false_failure_rate=tolerance)
    selection = choose_assertions(criteria_set=criteria_set, actor=researcher)
    expected = "not very long" if tolerance == 0 else "short"
    assert set(Assertion.objects.filter(is_selected=True).values_list("name", flat=True)) == {
        expected,
        "polite",
    }
    assert len(selection.selected) == 2
    assert AuditEvent.objects.get(action="assertions.chosen").actor_uuid == researcher.uuid


def test_a_choice_becomes_a_frozen_scorer_with_a_score_for_each_response(project, researcher):
    criteria_set, outputs, _ = graded_set(project, researcher)
    choose_assertions(criteria_set=criteria_set)
    scorer = Scorer.objects.get(name=f"criteria: {criteria_set.name}")
    assert {entry["name"] for entry in scorer.specification["assertions"]} == {"short", "polite"}
    values = dict(Score.objects.filter(scorer=scorer).values_list("response_id", "value"))
    assert values == {output.pk: float(is_chosen(output)) for output in outputs}


def test_another_choice_is_another_version_of_the_scorer(project, researcher):
    criteria_set, _, _ = graded_set(project, researcher)
    choose_assertions(criteria_set=criteria_set)
    choose_assertions(criteria_set=criteria_set)
    assert Scorer.objects.values("version").distinct().count() == 1
    Criterion.objects.filter(name="c1").update(max_false_failure_rate=0)
    choose_assertions(criteria_set=criteria_set)
    assert Scorer.objects.values("version").distinct().count() == 2


def test_nothing_is_chosen_before_anybody_graded(project):
    criteria_set = make_set(project)
    make_assertion(criterion_in(criteria_set))
    with pytest.raises(HarkenError, match="Nobody has graded"):
        choose_assertions(criteria_set=criteria_set)


def test_nothing_is_chosen_while_results_are_missing(project, researcher):
    criteria_set, outputs = make_set(project), make_outputs(project, pairs=1)
    make_assertion(criterion_in(criteria_set))
    grade(criteria_set, researcher, is_chosen, outputs=outputs)
    with pytest.raises(HarkenError, match="Run them"):
        choose_assertions(criteria_set=criteria_set)


def test_an_archived_criterion_takes_no_part(project, researcher):
    criteria_set, _, _ = graded_set(project, researcher)
    archive_criterion(criterion=criterion_in(criteria_set, "c2"))
    selection = choose_assertions(criteria_set=criteria_set)
    assert len(selection.selected) == 1
    assert len(set_report(criteria_set).criteria) == 1
