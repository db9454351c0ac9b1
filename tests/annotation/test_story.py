"""The story: answered knowing the complaint, so kept apart from what people decided blind."""

import pytest
from django.utils import timezone

from annotation.domain.protocol import AnswerError
from annotation.queries.desk.story import story_of
from annotation.services.desk.leases import lease_next_task
from annotation.services.desk.story import answer_story
from annotation.services.queues.setup import create_pair_queue
from curation.domain.access.roles import Role
from curation.models import Comparison, Conversation, Membership
from curation.queries.corpus.preferences import confirmation_of_mined_pairs
from tests.cast import make_member, make_pair, make_project


@pytest.fixture
def curious(project) -> Membership:
    return Membership.objects.get(user=make_member(project, Role.RESEARCHER), project=project)


def test_an_answer_under_the_story_is_no_blind_verdict(project, curious):
    answer_story(pair=make_pair(project), membership=curious, answer="chosen")
    assert confirmation_of_mined_pairs(project).judged == 0


def test_answering_again_retracts_the_earlier_answer(project, curious):
    pair = make_pair(project)
    answer_story(pair=pair, membership=curious, answer="chosen")
    answer_story(pair=pair, membership=curious, answer="tie")
    standing = Comparison.objects.filter(retracted_at__isnull=True)
    assert [said.outcome for said in standing] == ["tie"]
    assert story_of(project, membership=curious).answered == "tie"


def test_an_answer_is_kept_for_the_pair_that_was_told(project, researcher, client_of):
    told = make_pair(project)
    told.confidence = 0.5
    told.save()
    make_pair(project, question="A surer one that came meanwhile?")
    answer = {"pair": told.uuid, "answer": "chosen"}
    client_of(researcher).post(f"/p/{project.slug}/story/answer/", answer)
    assert Comparison.objects.get().pair == told


def test_a_pair_of_another_project_is_not_answered(project, researcher, client_of):
    answer = {"pair": make_pair(make_project("elsewhere")).uuid, "answer": "chosen"}
    assert client_of(researcher).post(f"/p/{project.slug}/story/answer/", answer).status_code == 404


@pytest.mark.parametrize("moment", ["archived_at", "withdrawn_at"])
def test_what_was_taken_out_of_the_corpus_is_not_told(project, moment):
    make_pair(project)
    Conversation.objects.update(**{moment: timezone.now()})
    assert story_of(project, membership=None) is None


def test_an_unknown_answer_is_refused(project, curious):
    with pytest.raises(AnswerError):
        answer_story(pair=make_pair(project), membership=curious, answer="maybe")


def test_the_story_s_pair_is_not_asked_blind_of_who_was_told_it(project, curious):
    make_pair(project)
    queue = create_pair_queue(project=project, name="mined")
    annotator = Membership.objects.get(user=make_member(project, Role.ANNOTATOR), project=project)
    assert lease_next_task(queue=queue, membership=curious) is None
    assert lease_next_task(queue=queue, membership=annotator) is not None


def test_a_project_without_pairs_has_no_story(project, curious):
    assert story_of(project, membership=curious) is None


def test_an_outsider_learns_nothing_of_the_story(project, outsider, client_of):
    assert client_of(outsider).get(f"/p/{project.slug}/story/").status_code == 404
