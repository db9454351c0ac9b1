"""A queue's annotations as lines of a file."""

import json

from django.core.management import call_command
from uuid6 import uuid7

from annotation.queries.queues.annotation_lines import annotation_lines
from annotation.services.desk.judgements import submit_judgement, undo_last
from annotation.services.desk.leases import lease_next_task
from annotation.services.queues.setup import create_pair_queue
from curation.domain.access.roles import Role
from curation.models import Membership
from tests.cast import make_member, make_pair


def judged_queue(project):
    """A queue of two tasks: one judgement stands, one was taken back."""
    for number in range(2):
        make_pair(project, question=f"Question {number}?")
    queue = create_pair_queue(project=project, name="mined")
    person = Membership.objects.get(user=make_member(project, Role.ANNOTATOR), project=project)
    for _ in range(2):
        lease = lease_next_task(queue=queue, membership=person)
        sent = {"lease": lease, "membership": person, "payload": {"choice": ["a"]}}
        submit_judgement(**sent, idempotency_key=uuid7(), active_ms=4000)
    undo_last(queue=queue, membership=person, idempotency_key=uuid7())
    return queue, person


def test_a_line_says_who_what_in_which_order_and_by_which_guideline(project):
    queue, person = judged_queue(project)
    head, line = annotation_lines(queue)
    assert (head["protocol"], list(head["guidelines"])) == ("pairwise", ["1"])
    assert line["annotator"] == person.pseudonym
    assert person.user.email not in json.dumps(line)
    (preference,) = line["means"]["preferences"]
    assert (preference["first"], preference["outcome"]) == (line["order_shown"][0], "a")
    assert (line["guideline_version"], line["active_ms"], line["revision"]) == (1, 4000, 1)


def test_every_act_can_be_had_in_the_order_in_which_they_came(project):
    queue, _person = judged_queue(project)
    _head, *lines = annotation_lines(queue, every_act=True)
    assert [line["act"] for line in lines] == ["judged", "judged", "undone"]


def test_the_number_of_queries_does_not_grow_with_the_annotations(project, django_assert_num_queries):
    queue, _person = judged_queue(project)
    with django_assert_num_queries(6):
        list(annotation_lines(queue, every_act=True))


def test_the_command_writes_what_the_page_gives(project, tmp_path):
    queue, _person = judged_queue(project)
    out = tmp_path / "annotations.jsonl"
    call_command("export_annotations", queue.name, project=project.slug, out=out)
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert lines == json.loads(json.dumps(list(annotation_lines(queue))))
