"""Several graders, one criterion alone, notes that become proposals, suspects first: what grading promises."""

import pytest
from django.urls import reverse

from annotation.domain.criteria.grading_order import AT_RANDOM, DREW_A_COMPLAINT
from annotation.models import CriterionProposal, Grade, SuspectOutput
from annotation.queries.criteria.grades import standing_thumbs
from annotation.queries.criteria.grading import Wanted, grading_page
from annotation.services.criteria.proposals import queue_suspects
from annotation.services.criteria.sets import GradeSheet, Wording, grade_response, reword_criterion
from curation.domain.access.roles import Role
from curation.models import Membership
from tests.annotation.criteria_cases import criterion_in, grade, make_outputs, make_set
from tests.cast import make_conversation, make_member


def member(project, person):
    return Membership.objects.get(user=person, project=project)


def page_for(person, criteria_set, **wanted):
    return grading_page(criteria_set, grader=member(criteria_set.project, person), wanted=Wanted(**wanted))


def submit(client, criteria_set, output, **sent):
    address = reverse("annotation:grade_submit", args=[criteria_set.project.slug, criteria_set.uuid])
    body = {"output": output.uuid, "policy": AT_RANDOM, "overall": "bad", **sent}
    return client.post(address, body, follow=True).content.decode()


def test_an_annotator_may_grade_and_sees_no_researchers_page(project, client_of, annotator):
    criteria_set, (output, _) = make_set(project), make_outputs(project, pairs=1)
    client = client_of(annotator)
    assert "Saved: bad" in submit(client, criteria_set, output)
    page = client.get(
        reverse("annotation:grade_next", args=[project.slug, criteria_set.uuid])
    ).content.decode()
    figures = reverse("annotation:criteria_set_detail", args=[project.slug, criteria_set.uuid])
    assert f'href="{figures}"' not in page
    assert "What comes next" not in page


def test_a_grader_sees_no_others_thumb(project, researcher, annotator):
    criteria_set, (output, _) = make_set(project), make_outputs(project, pairs=1)
    grade(criteria_set, researcher, lambda _: False, outputs=[output])
    card = page_for(annotator, criteria_set, output=output.uuid).card
    assert (card.is_good, card.note) == (None, "")


def test_an_output_comes_to_as_many_people_as_are_wanted(project, researcher, annotator):
    outputs = make_outputs(project, pairs=1)
    criteria_set = make_set(project)
    grade(criteria_set, researcher, lambda _: True, outputs=outputs)
    assert page_for(annotator, criteria_set).card is None
    criteria_set.graders_wanted = 2
    assert page_for(annotator, criteria_set).card.response in outputs
    assert page_for(researcher, criteria_set).card is None


def test_what_one_person_began_comes_first_to_the_next(project, researcher, annotator):
    outputs = make_outputs(project, pairs=5)
    criteria_set = make_set(project)
    criteria_set.graders_wanted = 2
    grade(criteria_set, researcher, lambda _: True, outputs=outputs[6:7])
    assert page_for(annotator, criteria_set).card.response == outputs[6]


def test_most_graders_decide_and_the_newest_where_they_tie(project, researcher):
    criteria_set, (output, _) = make_set(project), make_outputs(project, pairs=1)
    people = [researcher, *(make_member(project, Role.ANNOTATOR) for _ in range(2))]
    for person, is_good in zip(people, (False, False, True), strict=True):
        verdicts = {output: is_good}
        grade(criteria_set, person, verdicts.__getitem__, outputs=[output])
    assert standing_thumbs(criteria_set).overall[output.pk].is_good is False
    grade(criteria_set, researcher, lambda _: None, outputs=[output])
    assert standing_thumbs(criteria_set).overall[output.pk].is_good is True


def test_thumbs_under_the_newest_wording_outvote_those_under_older_words(project, researcher):
    criteria_set, (output, _) = make_set(project), make_outputs(project, pairs=1)
    first = criterion_in(criteria_set)
    people = [researcher, *(make_member(project, Role.ANNOTATOR) for _ in range(2))]
    for person in people[1:]:
        sheet = GradeSheet(overall=None, by_criterion={first: True}, is_partial=True)
        grade_response(
            criteria_set=criteria_set, response=output, membership=member(project, person), sheet=sheet
        )
    second = reword_criterion(criterion=first, wording=Wording(name="c1", text="Other words."))
    sheet = GradeSheet(overall=None, by_criterion={second: False}, is_partial=True)
    grade_response(
        criteria_set=criteria_set, response=output, membership=member(project, researcher), sheet=sheet
    )
    assert standing_thumbs(criteria_set).of_criterion(first.key)[output.pk].is_good is False


def test_one_criterion_is_graded_alone_and_the_overall_thumb_stays(project, researcher, client_of):
    criteria_set, (output, _) = make_set(project, criteria=2), make_outputs(project, pairs=1)
    grade(criteria_set, researcher, lambda _: True, outputs=[output])
    only = criterion_in(criteria_set, "c2")
    submit(client_of(researcher), criteria_set, output, only=only.uuid)
    thumbs = standing_thumbs(criteria_set)
    assert thumbs.overall[output.pk].is_good is True
    assert thumbs.of_criterion(only.key)[output.pk].is_good is False
    assert page_for(researcher, criteria_set, only=only.uuid).card.response != output


def test_a_thumb_for_a_wording_that_was_replaced_is_not_saved(project, researcher, client_of):
    criteria_set, (output, _) = make_set(project), make_outputs(project, pairs=1)
    old = criterion_in(criteria_set)
    reword_criterion(criterion=old, wording=Wording(name="c1", text="Other words."))
    assert "was not saved" in submit(client_of(researcher), criteria_set, output, only=old.uuid)
    assert not Grade.objects.exists()


def test_answers_that_drew_complaints_come_first_and_are_no_grades(project, researcher):
    outputs = make_outputs(project, pairs=3)
    criteria_set = make_set(project)
    queue_suspects(criteria_set=criteria_set, response_ids=[outputs[3].pk])
    card = page_for(researcher, criteria_set).card
    assert (card.response, card.policy) == (outputs[3], DREW_A_COMPLAINT)
    assert not standing_thumbs(criteria_set).overall


def test_a_suspect_that_no_pair_refers_to_is_graded_too(project, researcher):
    from curation.services.corpus.responses import ensure_logged_response

    conversation = make_conversation(project, [("user", "Hi?"), ("assistant", "Hm.")])
    response = ensure_logged_response(message=conversation.messages.get(position=1))
    criteria_set = make_set(project)
    assert page_for(researcher, criteria_set).card is None
    queue_suspects(criteria_set=criteria_set, response_ids=[response.pk, response.pk])
    assert page_for(researcher, criteria_set).card.response == response
    assert SuspectOutput.objects.count() == 1


def test_a_note_that_no_criterion_covers_is_proposed(project, researcher, client_of):
    criteria_set, (output, _) = make_set(project), make_outputs(project, pairs=1)
    page = submit(client_of(researcher), criteria_set, output, note="It invents prices")
    assert "No criterion covers your note" in page
    proposal = CriterionProposal.objects.get()
    assert (proposal.origin, proposal.text, proposal.response_ids) == (
        "note",
        "It invents prices",
        [output.pk],
    )


def test_a_note_that_a_criterion_covers_is_not_proposed(project, researcher, client_of):
    criteria_set, (output, _) = make_set(project), make_outputs(project, pairs=1)
    reword_criterion(
        criterion=criterion_in(criteria_set), wording=Wording(name="Prices", text="It invents no prices.")
    )
    assert "“Prices” seems to cover your note" in submit(
        client_of(researcher), criteria_set, output, note="It invents prices"
    )
    assert not CriterionProposal.objects.exists()


def test_a_note_that_is_taken_back_takes_its_proposal_along(project, researcher, client_of):
    criteria_set, (output, _) = make_set(project), make_outputs(project, pairs=1)
    client = client_of(researcher)
    submit(client, criteria_set, output, note="It invents prices")
    submit(client, criteria_set, output, note="")
    assert not CriterionProposal.objects.exists()


def test_the_rules_of_grading_are_a_researchers_to_set(project, researcher, client_of):
    criteria_set = make_set(project)
    address = reverse("annotation:grading_rules", args=[project.slug, criteria_set.uuid])
    client_of(researcher).post(address, {"order": "random", "graders_wanted": 3})
    criteria_set.refresh_from_db()
    assert (criteria_set.order, criteria_set.graders_wanted) == ("random", 3)


@pytest.mark.parametrize(
    "sent", [{}, {"order": "x", "graders_wanted": 1}, {"order": "random", "graders_wanted": 0}]
)
def test_rules_that_make_no_sense_are_refused(project, researcher, client_of, sent):
    criteria_set = make_set(project)
    address = reverse("annotation:grading_rules", args=[project.slug, criteria_set.uuid])
    page = client_of(researcher).post(address, sent, follow=True).content.decode()
    assert "between one and nine people" in page
