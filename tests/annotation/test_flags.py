"""What people flag at the desk: others are told, datasets leave it out, and whoever flagged may take it back."""

import pytest
from django.urls import reverse

from annotation.queries.desk.comfort import warnings_of
from annotation.services.desk.leases import lease_next_task
from annotation.services.quality.flagging import flag_conversation, take_flags_back
from annotation.services.queues.setup import create_pair_queue
from curation.domain.errors import HarkenError
from curation.domain.versions.recipes import DEFAULT_TAGS_REFUSED
from curation.models import AuditEvent, Membership, Tag
from tests.cast import make_pair

pytestmark = pytest.mark.django_db


@pytest.fixture
def lease(project, annotator):
    make_pair(project)
    queue = create_pair_queue(project=project, name="mined")
    return lease_next_task(queue=queue, membership=Membership.objects.get(user=annotator, project=project))


def test_unsafe_text_is_warned_of_from_then_on(lease, annotator):
    flag_conversation(lease=lease, flag="content:unsafe", actor=annotator)
    flag_conversation(lease=lease, flag="content:unsafe", actor=annotator)
    assert warnings_of(lease.task) == ["content:unsafe"]


def test_personal_data_keeps_a_conversation_out_of_datasets(lease, annotator):
    flag_conversation(lease=lease, flag="pii", actor=annotator)
    assert Tag.objects.get(conversation=lease.task.conversation).name in DEFAULT_TAGS_REFUSED


def test_only_one_s_own_flags_are_taken_back(lease, annotator, researcher):
    flag_conversation(lease=lease, flag="pii", actor=researcher)
    flag_conversation(lease=lease, flag="content:unsafe", actor=annotator)
    assert take_flags_back(lease=lease, actor=annotator) == 1
    assert [tag.name for tag in Tag.objects.filter(conversation=lease.task.conversation)] == ["pii"]
    assert AuditEvent.objects.filter(action__startswith="conversation.").count() == 3


def test_no_other_names_can_be_given_from_the_desk(lease, annotator):
    with pytest.raises(HarkenError, match="no such flag"):
        flag_conversation(lease=lease, flag="toxicity", actor=annotator)


def test_who_flags_keeps_the_task(lease, annotator, client_of):
    queue = lease.task.queue
    address = reverse("annotation:task_flag", args=[queue.project.slug, queue.uuid])
    page = client_of(annotator).post(address, {"lease": lease.uuid, "flag": "content:unsafe"}, follow=True)
    assert "Flagged." in page.content.decode()
    assert str(lease.uuid) in page.content.decode()
