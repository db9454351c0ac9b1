"""The drift log: wordings and thumbs output by output; how far graders agree; the models that were seen."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from annotation.domain.criteria.drift import GivenThumb, WordingSpan, story_of
from annotation.queries.criteria.story import set_story
from annotation.queries.criteria.story_chart import story_chart
from annotation.queries.criteria.validity import set_validity
from annotation.services.criteria.rearranging import split_criterion
from annotation.services.criteria.sets import (
    GradeSheet,
    Wording,
    archive_criterion,
    grade_response,
    reword_criterion,
)
from curation.models import Membership, ModelVersion, Response
from tests.annotation.criteria_cases import criterion_in, grade, make_outputs, make_set

START = datetime(2026, 1, 1, tzinfo=UTC)
KEY = UUID(int=1)


def minute(number: int) -> datetime:
    return START + timedelta(minutes=number)


def wording(version: int, *, since: int, until: int | None = None) -> WordingSpan:
    return WordingSpan(
        key=KEY,
        version=version,
        name="c",
        text=f"words {version}",
        origin="written",
        made_from=(),
        since=minute(since),
        until=None if until is None else minute(until),
    )


def thumb(number: int, *, key: UUID | None = KEY, version: int | None = 1, **more: object) -> GivenThumb:
    given_thumb: dict[str, object] = {"response_id": number, "person_id": 1, "is_good": True} | more
    return GivenThumb(grade_id=number, key=key, version=version, at=minute(number), **given_thumb)  # type: ignore[arg-type]


def test_a_rewording_in_mid_grading_outdates_the_thumbs_before_it() -> None:
    wordings = [wording(1, since=0, until=3), wording(2, since=3)]
    thumbs = [thumb(1), thumb(2, is_good=False), thumb(4, version=2), thumb(5, version=2)]
    story = story_of(wordings, thumbs)
    (_, line) = story.lines
    assert [(each.first_step, each.last_step) for each in line.wordings] == [(0, 2), (2, 4)]
    assert [(each.up, each.down, each.outdated) for each in line.wordings] == [(1, 1, 2), (2, 0, 0)]
    assert [(each.step, each.is_outdated) for each in line.thumbs] == [
        (1, True),
        (2, True),
        (3, False),
        (4, False),
    ]
    assert story.outdated == 2


def test_an_output_that_was_graded_again_under_the_new_words_is_not_outdated() -> None:
    wordings = [wording(1, since=0, until=3), wording(2, since=3)]
    thumbs = [thumb(1, response_id=7), thumb(4, response_id=7, version=2)]
    assert story_of(wordings, thumbs).outdated == 0


def test_what_one_says_of_an_output_at_a_time_is_one_step() -> None:
    thumbs = [thumb(1, key=None, version=None, response_id=7), thumb(2, response_id=7), thumb(3)]
    assert story_of([wording(1, since=0)], thumbs).steps == 2


def test_a_thumb_that_was_taken_back_is_not_drawn() -> None:
    thumbs = [thumb(1, response_id=7), thumb(2, response_id=7, is_good=None)]
    whole, line = story_of([wording(1, since=0)], thumbs).lines
    assert len(line.thumbs) == 1
    assert not whole.thumbs


@given(
    st.lists(
        st.tuples(st.integers(1, 4), st.integers(1, 3), st.sampled_from([True, False, None])), max_size=30
    ),
    st.integers(0, 31),
)
def test_every_step_is_within_the_story_and_wordings_follow_one_another(
    said: list[tuple[int, int, bool | None]], changed_at: int
) -> None:
    wordings = [wording(1, since=0, until=changed_at), wording(2, since=changed_at)]
    thumbs = [
        thumb(
            number,
            response_id=response,
            person_id=person,
            is_good=is_good,
            version=1 if number < changed_at else 2,
        )
        for number, (response, person, is_good) in enumerate(said, start=1)
    ]
    story = story_of(wordings, thumbs)
    first, second = story.lines[1].wordings
    assert 0 == first.first_step <= first.last_step == second.first_step <= second.last_step == story.steps
    assert all(0 < placed.step <= story.steps for placed in story.lines[1].thumbs)
    assert first.up + first.down + second.up + second.down == sum(each[2] is not None for each in said)


def reworded_set(project, researcher):
    outputs, criteria_set = make_outputs(project, pairs=3), make_set(project, criteria=2)
    membership = Membership.objects.get(user=researcher, project=project)
    first = criterion_in(criteria_set)
    for output in outputs[:3]:
        sheet = GradeSheet(overall=True, by_criterion={first: True})
        grade_response(criteria_set=criteria_set, response=output, membership=membership, sheet=sheet)
    second = reword_criterion(
        criterion=first, wording=Wording(name="c1", text="It mostly does."), actor=researcher
    )
    for output in outputs[3:]:
        sheet = GradeSheet(overall=False, by_criterion={second: False})
        grade_response(criteria_set=criteria_set, response=output, membership=membership, sheet=sheet)
    return criteria_set


def test_the_story_is_told_in_the_order_in_which_it_happened(project, researcher):
    criteria_set = reworded_set(project, researcher)
    split_criterion(
        criterion=criterion_in(criteria_set, "c2"),
        wordings=[Wording(name="a", text="A."), Wording(name="b", text="B.")],
    )
    archive_criterion(criterion=criterion_in(criteria_set, "b"))
    told = set_story(criteria_set)
    kinds = [event.kind for event in told.events]
    assert kinds[:5] == ["added", "added", "graded", "reworded", "graded"]
    assert sorted(kinds[5:]) == ["added", "added", "left", "left"]
    assert "3 outputs graded by 1 person: 3 good, 0 bad; 3 thumbs" in told.events[2].sentence
    assert (told.events[3].before, told.events[3].words) == ("It does thing 1.", "It mostly does.")
    assert any("“c2” gave way." in event.sentence for event in told.events)
    assert any("split off (“c2”)" in event.sentence for event in told.events)
    assert told.story.outdated == 3


def test_the_drawing_has_a_bar_for_each_wording_and_says_it_in_words(project, researcher):
    chart = story_chart(set_story(reworded_set(project, researcher)).story)
    assert chart is not None
    assert str(chart.svg).count("<rect") == 3
    assert (
        "c1: 3 good, 3 bad, version 1 from output 0 to 3, version 2 from output 3 to 6" in chart.description
    )
    assert "3 under older words" in chart.description
    assert chart.rows[0] == ("c1", 1, 0, 3, 3, 0, 3)


def test_hostile_names_are_drawn_as_text(project, researcher):
    criteria_set = reworded_set(project, researcher)
    evil = "<script>alert(1)</script>"
    reword_criterion(criterion=criterion_in(criteria_set), wording=Wording(name=evil, text=evil))
    assert "<script" not in str(story_chart(set_story(criteria_set).story).svg)


def test_the_page_shows_the_story_and_its_files(project, researcher, client_of):
    criteria_set = reworded_set(project, researcher)
    address = reverse("annotation:criteria_story", args=[project.slug, criteria_set.uuid])
    client = client_of(researcher)
    page = client.get(address).content.decode()
    assert "3 thumbs stand under a wording that does not" in page
    assert "<svg" in page
    assert "It mostly does." in page
    assert client.get(address + "?chart=story&as=csv").content.decode().startswith("criterion,version")


def test_a_set_that_nobody_graded_has_a_story_without_a_drawing(project, researcher, client_of):
    criteria_set = make_set(project)
    address = reverse("annotation:criteria_story", args=[project.slug, criteria_set.uuid])
    page = client_of(researcher).get(address).content.decode()
    assert "nothing to draw" in page
    assert "was added" in page


@pytest.mark.parametrize(("flipped", "alpha"), [(0, 1.0), (6, None)])
def test_graders_are_compared_on_what_several_graded(project, researcher, annotator, flipped, alpha):
    outputs, criteria_set = make_outputs(project, pairs=3), make_set(project)
    grade(criteria_set, researcher, lambda output: output.origin == "imported", outputs=outputs)
    grade(
        criteria_set,
        annotator,
        lambda output: (output.origin == "imported") != (output in outputs[:flipped]),
        outputs=outputs,
    )
    whole = set_validity(criteria_set).whole
    assert (whole.people, whole.shared) == (2, 6)
    assert whole.same == (0.0 if flipped else 1.0)
    assert alpha is None or whole.alpha_value == alpha
    assert not flipped or (whole.alpha_value or 0) < 0


def test_a_model_that_was_not_graded_asks_for_fresh_grades(project, researcher, client_of):
    outputs, criteria_set = make_outputs(project, pairs=2), make_set(project)
    known, new = (ModelVersion.objects.create(project=project, name=name) for name in ("known", "new"))
    Response.objects.filter(pk__in=[output.pk for output in outputs[:2]]).update(model_version=known)
    Response.objects.filter(pk__in=[output.pk for output in outputs[2:]]).update(model_version=new)
    grade(criteria_set, researcher, lambda _: True, outputs=outputs[:2])
    validity = set_validity(criteria_set)
    assert {str(row.model): row.whole.wanted for row in validity.models} == {"known": 0, "new": 2}
    address = reverse("annotation:criteria_graders", args=[project.slug, criteria_set.uuid])
    page = client_of(researcher).get(address).content.decode()
    assert "Of new 0 outputs were graded. Grade about 2 more" in page
    assert "validated" in page


def test_both_pages_take_a_fixed_number_of_queries(
    project, researcher, client_of, django_assert_max_num_queries
):
    criteria_set = reworded_set(project, researcher)
    client = client_of(researcher)
    for name, most in (("criteria_story", 8), ("criteria_graders", 11)):
        address = reverse(f"annotation:{name}", args=[project.slug, criteria_set.uuid])
        client.get(address)
        with django_assert_max_num_queries(most):
            client.get(address)
