"""Planning a crossed experiment, and opening it in one step."""

import pytest
from django.urls import reverse

from annotation.domain.protocol_comparison.planning import Design, plan_judgements
from annotation.models import CrossedItem, Queue
from annotation.services.queues.setup import fill_queue
from tests.cast import make_pair

USUAL = {
    "name": "Both",
    "pairs": "mined",
    "first": "rating",
    "second": "pairwise",
    "points": "5",
    "people": "2",
    "each": "30",
    "wash_out_hours": "0",
    "share": "50",
    "same_person": "0.05",
    "same_item": "0.3",
}


@pytest.fixture
def pairs(project) -> int:
    for number in range(12):
        make_pair(project, question=f"Question {number}?")
    return 12


def sent(client, project, route: str = "crossed_plan", /, **changes: str):
    return client.post(reverse(f"annotation:{route}", args=[project.slug]), {**USUAL, **changes})


def test_the_plan_is_that_of_the_command(project, pairs, researcher, client_of):
    shown = sent(client_of(researcher), project, points="10").content.decode()
    plan = plan_judgements(0.1, design=Design(judgements_per_item=2))
    assert f"{plan.items} items, each rated and chosen between by 2 of {plan.annotators} people" in shown
    assert "The source holds 12 items. With all of them the interval is" in shown


def test_a_plan_that_cannot_be_made_says_why(project, pairs, researcher, client_of):
    shown = sent(client_of(researcher), project, points="0.5", same_person="1", each="5000").content.decode()
    assert "more than anybody makes" in shown


def test_one_step_opens_both_queues_over_as_many_items_as_the_plan_asks_for(
    project, pairs, researcher, client_of
):
    changes = {"points": "50", "people": "1", "each": "2", "same_person": "0"}
    answer = sent(client_of(researcher), project, "crossed_new", **changes)
    first, second = Queue.objects.order_by("id")
    assert answer["Location"] == reverse("annotation:queue_protocols", args=[project.slug, first.uuid])
    assert (first.partner, second.partner, first.wash_out_hours) == (second, first, 0)
    wanted = plan_judgements(0.5, design=Design(pairs_per_annotator=2, annotator_correlation=0)).items
    assert wanted < pairs
    assert (first.tasks.count(), second.tasks.count()) == (2 * wanted, wanted)
    assert set(first.tasks.values_list("conversation")) == set(second.tasks.values_list("conversation"))
    assert CrossedItem.objects.count() == wanted


def test_filling_again_keeps_to_the_items_that_were_drawn(project, pairs, researcher, client_of):
    sent(client_of(researcher), project, "crossed_new", points="50", people="1", each="2", same_person="0")
    queue = Queue.objects.filter(protocol="pairwise").get()
    make_pair(project, question="One more?")
    assert fill_queue(queue=queue) == 0


def test_all_items_can_be_opened(project, pairs, researcher, client_of):
    sent(client_of(researcher), project, "crossed_new", points="50", all_items="on")
    assert Queue.objects.get(protocol="pairwise").tasks.count() == pairs


def test_what_is_left_out_is_asked_for_again(project, pairs, researcher, client_of):
    answer = sent(client_of(researcher), project, "crossed_new", name="")
    assert answer.status_code == 422
    assert Queue.objects.count() == 0
