"""How far answers hang on what a queue draws: scale, words, wording, a neutral option."""

from uuid import UUID, uuid4

import pytest
from django.urls import reverse

from annotation.models import Annotation
from annotation.queries.figures.computing import nobody_listens
from annotation.queries.figures.robustness import compute
from annotation.queries.figures.robustness_charts import robustness_kinds
from annotation.services.queues.setup import QueueRules, create_queue
from tests.annotation.test_ways_at_the_desk import judge_all, person_of, queue_of
from tests.cast import make_pair
from tests.curation.judged_sets import make_answered_set

pytestmark = pytest.mark.django_db
WORDING = "Which would you rather send?"


@pytest.fixture
def pairs(project):
    return [make_pair(project, question=f"question {at}", chosen=f"better {at}") for at in range(6)]


def robustness(project, *by, kind="preferences"):
    return compute(project, {"by": list(by)}, report=nobody_listens)[kind]


def the_same(lease) -> str:
    """Choose the same one of the two, wherever it stands."""
    return "a" if lease.order_shown[0] == min(lease.order_shown) else "b"


def the_other(lease) -> str:
    return "b" if the_same(lease) == "a" else "a"


def test_a_wording_that_turns_every_choice_is_the_whole_effect(project, pairs):
    queue = queue_of(project, protocol="pairwise", told={"wordings": [WORDING]})
    for _ in range(2):
        judge_all(
            queue,
            person_of(project),
            choice=lambda lease: the_same(lease) if lease.way["wording"] == WORDING else the_other(lease),
        )
    found = robustness(project, "wording")
    effect = found["presentation"]["wording"]
    assert effect["means"] == {"usual": 0.0, WORDING: 1.0}
    assert (effect["spread"], effect["flip_rate"], effect["items"]) == (1.0, 1.0, 6)
    assert found["shares"] == {"items": 0, "presentation": 1, "rest": 0}


def test_a_scale_that_is_turned_moves_nobody_who_reads_it(project, pairs):
    queue = queue_of(project, protocol="rating", told={"scales": ["7..1"]})
    better = {answer: str(2 + at % 3) for at, answer in enumerate(_answers(queue))}

    def honest(lease):
        value = better[lease.order_shown[0]]
        return value if lease.way["scale"] == "usual" else str(8 - int(value))

    for _ in range(2):
        judge_all(queue, person_of(project), choice=honest)
    found = robustness(project, "scale", kind="ratings")
    assert found["presentation"]["scale"]["spread"] == pytest.approx(0)
    assert (found["stability"], found["complete"]) == (pytest.approx(1), 12)


def test_who_overlooks_that_the_scale_is_turned_is_told(project, pairs):
    queue = queue_of(project, protocol="rating", told={"scales": ["7..1"]})
    for _ in range(2):
        judge_all(queue, person_of(project), choice=lambda lease: "6")
    means = robustness(project, "scale", kind="ratings")["presentation"]["scale"]["means"]
    assert means == {"7..1": pytest.approx(1 / 6), "usual": pytest.approx(5 / 6)}


def test_ties_are_counted_where_they_were_offered(project, pairs):
    queue = queue_of(project, protocol="pairwise", told={"neutral": ["on"]})
    for _ in range(2):
        judge_all(
            queue,
            person_of(project),
            choice=lambda lease: "tie" if lease.way["neutral"] == "usual" else the_same(lease),
        )
    found = compute(project, {"by": ["neutral"]}, report=nobody_listens)
    assert (found["neutral"]["used"], found["neutral"]["offered"]) == (6, 6)
    assert found["preferences"]["presentation"]["neutral"]["means"] == {"usual": 0.5, "forced choice": 1.0}


def test_of_several_ways_each_has_its_effect_though_no_item_was_judged_in_every_combination(project, pairs):
    told = {"neutral": ["on"], "wordings": [WORDING]}
    queue = queue_of(project, protocol="pairwise", told=told)
    for _ in range(2):
        judge_all(queue, person_of(project), choice=the_same)
    found = robustness(project, "neutral", "wording")
    assert {name: each["items"] for name, each in found["presentation"].items()} == {
        "neutral": 6,
        "wording": 6,
    }
    assert len(found["together"]) == 1


def test_a_model_that_wins_by_less_than_the_wording_moves_is_not_reported_to_win(project):
    answers = [(f"It is {at}.", f"Surely it is {at + 1}.") for at in range(12)]
    answered = make_answered_set(project, answers)
    queue = create_queue(
        project=project,
        name="Models",
        protocol="pairwise",
        source={"pairs": f"set:{answered.uuid}"},
        rules=QueueRules(settings={"wordings": [WORDING]}, overlap=2),
    )
    written = dict(answered.entries.values_list("response__uuid", "model_version__name"))

    def choice(lease):
        first_is_one = written[UUID(lease.order_shown[0])] == "one"
        takes_one = lease.way["wording"] == WORDING or lease.task_id % 4 == 0
        return "a" if first_is_one == takes_one else "b"

    for _ in range(2):
        judge_all(queue, person_of(project), choice=choice)
    found = robustness(project, "wording")
    (contrast,) = found["contrasts"]
    assert contrast["systems"] == ["one", "two"]
    assert contrast["difference"] > 0
    assert contrast["verdict"] in ("presentation", "chance")
    assert found["presentation"]["wording"]["spread"] >= contrast["difference"]


def test_models_are_compared_by_ratings_of_their_answers_to_the_same_prompts(project):
    answered = make_answered_set(project, [(f"It is {at}.", f"Surely it is {at + 1}.") for at in range(8)])
    queue = create_queue(
        project=project,
        name="Models",
        protocol="rating",
        source={"pairs": f"set:{answered.uuid}"},
        rules=QueueRules(settings={"scales": ["1..5"]}, overlap=2),
    )
    written = dict(answered.entries.values_list("response__uuid", "model_version__name"))
    best = {"usual": "7", "1..5": "5"}
    for _ in range(2):
        judge_all(
            queue,
            person_of(project),
            choice=lambda lease: (
                best[lease.way["scale"]] if written[UUID(lease.order_shown[0])] == "two" else "1"
            ),
        )
    (contrast,) = robustness(project, "scale", kind="ratings")["contrasts"]
    assert (contrast["verdict"], contrast["items"]) == ("difference", 8)
    assert contrast["sentence"].startswith("two is rated higher than one by 1.000")


def test_a_judgement_without_an_order_is_left_out_of_what_goes_by_order(project, pairs):
    queue = queue_of(project, protocol="pairwise", told={})
    for _ in range(2):
        judge_all(queue, person_of(project), choice=the_same)
    imported = Annotation.objects.first()
    Annotation.objects.create(
        project=project,
        task=imported.task,
        membership=person_of(project),
        revision=1,
        answer={"choice": "a", "sides": imported.order_shown},
        idempotency_key=uuid4(),
    )
    found = compute(project, {"by": ["order"]}, report=nobody_listens)
    assert (found["unrecorded"], found["preferences"]["judged"]) == (1, 12)
    assert compute(project, {"by": ["neutral"]}, report=nobody_listens)["preferences"]["judged"] == 13


def test_the_page_says_each_way_in_words(project, pairs, researcher, client_of):
    told = {"neutral": ["on"], "wordings": ["Which <i>one</i>?"]}
    queue = queue_of(project, protocol="pairwise", told=told)
    for _ in range(2):
        judge_all(queue, person_of(project), choice=the_same)
    page = client_of(researcher).get(
        reverse("annotation:robustness", args=[project.slug]),
        {"queues": [str(queue.uuid)], "by": ["neutral", "wording", "scale"]},
    )
    text = page.content.decode()
    for words in ("neutral option", "forced choice", "the usual question", "Which &lt;i&gt;one&lt;/i&gt;?"):
        assert words in text
    assert "could be “equally good” or “both bad”" in text


def _answers(queue) -> list[str]:
    return sorted(str(uuid) for uuid in queue.tasks.values_list("asked__response__uuid", flat=True))


def test_figures_that_were_computed_before_ways_were_drawn_are_still_shown():
    effect = {"means": {"place 1": 0.6, "place 2": 0.4}, "spread": 0.2, "interval": None, "flip_rate": None}
    found = {"presentation": {"order": effect}, "complete": 5, "incomplete": 1, "judged": 12, "contrasts": []}
    (kind,) = robustness_kinds({"preferences": found, "ratings": None})
    assert (kind.together, kind.effects[0].items, kind.is_by_one) == ("order", 5, False)
