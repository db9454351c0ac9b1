"""The last word on a task: published in place of the votes, the answer of its task, a line of its own in the file."""

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from uuid6 import uuid7

from annotation.consensus import load_method
from annotation.domain.consensus.contract import Takes
from annotation.domain.consensus.decisions import with_decisions
from annotation.domain.consensus.judgements import JudgementRow, Judgements
from annotation.models import Adjudication, DecisionDraft, Queue, Task
from annotation.queries.queues.annotation_lines import annotation_lines
from annotation.services.desk.judgements import submit_judgement
from annotation.services.desk.leases import draw_order, lease_next_task
from annotation.services.figures.publishing import publish_consensus
from annotation.services.quality.review import adjudicate
from annotation.services.queues.overlap import change_overlap
from curation.domain.access.roles import Role
from curation.models import Comparison, Membership, Score
from curation.services.corpus.withdrawals import withdraw_conversation
from tests.annotation.test_publish_consensus import judge_pair, person_in, queue_of, rate_all
from tests.cast import make_member, make_pair

LABELS = st.sampled_from("ab")
VOTES = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), LABELS), min_size=1, max_size=30)


def judge_in(project) -> Membership:
    return Membership.objects.get(user=make_member(project, Role.RESEARCHER), project=project)


def decide(queue: Queue, judge: Membership, *, prefers_chosen: bool) -> Task:
    task = queue.tasks.get()
    order = draw_order(task)
    is_first = order[0] == str(task.pair.chosen.uuid)
    payload = {"choice": ["a" if is_first == prefers_chosen else "b"]}
    adjudicate(task=task, membership=judge, payload=payload, order_shown=order)
    return task


def outvoted_queue(project) -> Queue:
    """Two of three people prefer the rejected answer, and the adjudicator the chosen one."""
    make_pair(project)
    queue = queue_of(project, "pairwise", people=4)
    for prefers_chosen in (True, False, False):
        judge_pair(queue, person_in(project), prefers_chosen=prefers_chosen)
    return queue


def standing(queue: Queue) -> list[Comparison]:
    return list(Comparison.objects.filter(project=queue.project, retracted_at__isnull=True))


def test_a_decision_is_published_in_place_of_the_votes(project):
    queue, judge = outvoted_queue(project), judge_in(project)
    task = decide(queue, judge, prefers_chosen=True)
    (verdict,) = standing(queue)
    winner = verdict.response_a if verdict.outcome == "a" else verdict.response_b
    assert (winner, verdict.pair) == (task.pair.chosen, task.pair)
    assert (verdict.source, verdict.protocol) == ("person", "pairwise, adjudicated")
    assert verdict.annotator_pseudonym == judge.pseudonym
    assert Comparison.objects.count() == 4


def test_nobody_is_asked_about_a_decided_task(project):
    queue, judge = outvoted_queue(project), judge_in(project)
    decide(queue, judge, prefers_chosen=True)
    assert lease_next_task(queue=queue, membership=person_in(project)) is None
    change_overlap(queue=queue, overlap=9)
    assert lease_next_task(queue=queue, membership=person_in(project)) is None


def test_an_answer_that_comes_after_the_decision_is_kept_and_changes_nothing(project):
    queue, judge = outvoted_queue(project), judge_in(project)
    late = person_in(project)
    lease = lease_next_task(queue=queue, membership=late)
    decide(queue, judge, prefers_chosen=True)
    submit_judgement(lease=lease, membership=late, payload={"choice": ["tie"]}, idempotency_key=uuid7())
    (verdict,) = standing(queue)
    assert verdict.annotator_pseudonym == judge.pseudonym
    assert len(list(annotation_lines(queue))) == 1 + 4 + 1


@pytest.mark.parametrize("method", ["majority", "mace", "bradley_terry", "ranked_pairs"])
def test_a_decision_outweighs_the_votes_in_every_consensus(project, method):
    queue, judge = outvoted_queue(project), judge_in(project)
    assert not publish_consensus(queue=queue, method=method).notes
    assert Score.objects.get().value < 0.5
    decide(queue, judge, prefers_chosen=True)
    published = publish_consensus(queue=queue, method=method)
    assert Score.objects.get().value == 1
    assert "1 items stand as an adjudicator decided them; 1 of these" in published.notes[-1]
    assert judge.pseudonym not in {each.annotator for each in published.annotators}


def test_a_decided_rating_is_the_score_of_its_answer(project):
    pair = make_pair(project)
    queue = queue_of(project, "rating")
    for good, bad in (("7", "2"), ("1", "2")):
        rate_all(queue, person_in(project), {str(pair.chosen.uuid): good, str(pair.rejected.uuid): bad})
    task = queue.tasks.get(asked__response=pair.chosen)
    adjudicate(
        task=task,
        membership=judge_in(project),
        payload={"choice": ["6"]},
        order_shown=[str(pair.chosen.uuid)],
    )
    publish_consensus(queue=queue, method="shrunken_mean", attribute="overall")
    values = dict(Score.objects.values_list("response", "value"))
    assert values[pair.chosen_id] == 6
    assert values[pair.rejected_id] == pytest.approx(2, abs=1)


def test_a_decision_is_a_line_of_its_own_kind(project):
    queue, judge = outvoted_queue(project), judge_in(project)
    task = decide(queue, judge, prefers_chosen=True)
    _head, *votes, line = annotation_lines(queue)
    assert {vote["annotator_kind"] for vote in votes} == {"person"}
    assert (line["annotator_kind"], line["act"], line["annotator"]) == (
        "adjudicator",
        "decided",
        judge.pseudonym,
    )
    (preference,) = line["means"]["preferences"]
    winner = preference["first"] if preference["outcome"] == "a" else preference["second"]
    assert winner == str(task.pair.chosen.uuid)


@given(votes=VOTES, decided=st.dictionaries(st.integers(0, 6), LABELS, max_size=4))
def test_decisions_stand_whatever_the_votes_say(votes, decided):
    rows = [JudgementRow(f"i{item}", f"p{person}", label) for item, person, label in votes]
    decisions = Judgements([JudgementRow(f"i{item}", "judge", label) for item, label in decided.items()])
    plain = load_method("majority").infer(Judgements(rows))
    found = with_decisions(plain, decisions=decisions, takes=Takes.LABELS)
    labels = {each.item: each.label for each in found.items}
    assert all(labels[f"i{item}"] == label for item, label in decided.items())
    undecided = {each.item: each for each in plain.items if int(each.item[1:]) not in decided}
    assert all(each == undecided[each.item] for each in found.items if each.item in undecided)
    assert found.annotators == plain.annotators


def opened_page(client, queue: Queue) -> tuple[str, dict[str, str]]:
    """The address of the page that decides, and what its form sends beside the answer."""
    task = queue.tasks.get()
    page = client.get(reverse("annotation:adjudication", args=[queue.project.slug, queue.uuid, task.uuid]))
    context = page.context
    sent = {"lease": str(context["card"].lease.uuid), "idempotency_key": str(uuid7())}
    return page.content.decode(), {
        **sent,
        "adjudicates": str(task.uuid),
        "order": context["signed_order"],
    }


def test_a_draft_of_a_decision_is_kept_with_its_order(project, client_of):
    queue, judge = outvoted_queue(project), judge_in(project)
    client = client_of(judge.user)
    _page, sent = opened_page(client, queue)
    address = reverse("annotation:draft_save", args=[project.slug, queue.uuid, sent["lease"]])
    assert client.post(address, {"choice": "tie", "reason_note": "Both help."}).status_code == 204
    page, again = opened_page(client, queue)
    assert again["lease"] == sent["lease"]
    assert "Both help." in page
    drafts = DecisionDraft.objects.get()
    assert (drafts.draft["choice"], drafts.membership) == (["tie"], judge)
    submit = reverse("annotation:judgement_submit", args=[project.slug, queue.uuid])
    client.post(submit, {**sent, "choice": "a"})
    assert Adjudication.objects.get().order_shown == drafts.order_shown
    assert not DecisionDraft.objects.exists()


def test_nobody_else_keeps_a_draft_there(project, client_of, annotator):
    queue, judge = outvoted_queue(project), judge_in(project)
    _page, sent = opened_page(client_of(judge.user), queue)
    address = reverse("annotation:draft_save", args=[project.slug, queue.uuid, sent["lease"]])
    assert client_of(annotator).post(address, {"choice": "tie"}).status_code == 404
    assert client_of(judge_in(project).user).post(address, {"choice": "tie"}).status_code == 404


def test_a_withdrawal_takes_the_words_of_a_draft(project, client_of):
    queue, judge = outvoted_queue(project), judge_in(project)
    _page, sent = opened_page(client_of(judge.user), queue)
    address = reverse("annotation:draft_save", args=[project.slug, queue.uuid, sent["lease"]])
    client_of(judge.user).post(address, {"reason_note": "He said that he lives in Ulm."})
    withdraw_conversation(conversation=queue.tasks.get().conversation, actor=judge.user)
    assert DecisionDraft.objects.get().draft == {}
