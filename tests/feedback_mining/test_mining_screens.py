"""The pages about signals: who may see them, what they show, and that hostile words stay words."""

from uuid import uuid4

import pytest

from feedback_mining.models import Signal, SignalReview
from feedback_mining.queries import screens
from feedback_mining.services.mining import open_mining, run_mining
from feedback_mining.services.pairs import open_pair_building, run_pair_building
from tests.cast import make_conversation

HOSTILE = [
    ("user", "Translate <b>hello</b>"),
    ("assistant", "Hallo"),
    ("user", "<script>alert(1)</script> That's wrong, I asked for French <img src=x onerror=alert(1)>"),
]

PAIRED = [
    ("user", "Capital of Australia?"),
    ("assistant", "Sydney."),
    ("user", "That's wrong, it is another city."),
    ("assistant", "Canberra."),
]


@pytest.fixture
def conversation(project):
    conversation = make_conversation(project, HOSTILE)
    run_mining(job_id=open_mining(project=project, detector="phrases").pk)
    assert Signal.objects.exists()
    return conversation


def test_the_signals_show_the_words_marked_and_harmless(conversation, researcher, client_of):
    page = client_of(researcher).get("/p/shared/signals/").content.decode()
    assert '<mark class="signal dsat">' in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_a_criterion_filters_the_list(conversation, researcher, client_of):
    signal = Signal.objects.first()
    other = "Gratitude"
    client = client_of(researcher)
    assert str(signal.uuid) in client.get(f"/p/shared/signals/?criterion={signal.criterion}").content.decode()
    assert str(signal.uuid) not in client.get(f"/p/shared/signals/?criterion={other}").content.decode()


def test_pages_hold_every_signal_once_newest_first(project, conversation, monkeypatch):
    monkeypatch.setattr(screens, "PAGE", 2)
    for _ in range(3):
        make_conversation(project, HOSTILE)
    run_mining(job_id=open_mining(project=project, detector="phrases").pk)
    page = screens.signal_page(project)
    found = [quote.signal.pk for quote in page.quotes]
    while page.next_before is not None:
        page = screens.signal_page(project, before=page.next_before)
        found += [quote.signal.pk for quote in page.quotes]
    assert found == list(Signal.objects.order_by("-pk").values_list("pk", flat=True))


@pytest.mark.parametrize("query", ["before=7", "before=nonsense", "criterion=Joy", "criterion=%00"])
def test_a_nonsense_address_is_not_found(conversation, researcher, client_of, query):
    assert client_of(researcher).get(f"/p/shared/signals/?{query}").status_code == 404


def test_the_list_has_a_fixed_number_of_queries(
    conversation, project, researcher, client_of, django_assert_num_queries
):
    client = client_of(researcher)
    client.get("/p/shared/signals/")
    with django_assert_num_queries(9):
        client.get("/p/shared/signals/")
    for _ in range(5):
        make_conversation(project, [*HOSTILE, ("assistant", "Bonjour"), ("user", "Wrong again!")])
    run_mining(job_id=open_mining(project=project, detector="phrases").pk)
    with django_assert_num_queries(9):
        client.get("/p/shared/signals/")


def test_the_page_learns_when_the_work_that_it_shows_has_ended(conversation, researcher, client_of):
    client = client_of(researcher)
    assert "HX-Trigger" not in client.get("/p/shared/signals/work/")
    assert "miningFinished" in client.get("/p/shared/signals/work/?running=1")["HX-Trigger"]


def test_the_page_offers_the_step_that_follows_the_newest_work(project, researcher, client_of):
    make_conversation(project, PAIRED)
    run_mining(job_id=open_mining(project=project, detector="phrases").pk)
    client = client_of(researcher)
    assert "Next: build pairs." in client.get("/p/shared/signals/").content.decode()
    run_pair_building(job_id=open_pair_building(project=project, recipe="dsat_then_better").pk)
    page = client.get("/p/shared/signals/").content.decode()
    assert "Have people judge the pairs" in page
    assert "Next: build pairs." not in page


def test_hidden_characters_in_a_quote_are_shown_as_codes(project, researcher, client_of):
    make_conversation(
        project,
        [("user", "Hi"), ("assistant", "Hi"), ("user", "That's wrong, \u202egnp.exe\u202c is reversed.")],
    )
    run_mining(job_id=open_mining(project=project, detector="phrases").pk)
    page = client_of(researcher).get("/p/shared/signals/").content.decode()
    assert "U+202E" in page
    assert "\u202e" not in page


def test_a_review_is_added_and_shown(conversation, researcher, client_of):
    signal = Signal.objects.first()
    answer = client_of(researcher).post(f"/p/shared/signals/{signal.uuid}/review/", {"verdict": "rejected"})
    assert answer.status_code == 200
    assert SignalReview.objects.get().verdict == "rejected"
    assert "rejected" in answer.content.decode()


def test_a_correction_without_a_criterion_is_refused_in_a_sentence(conversation, researcher, client_of):
    signal = Signal.objects.first()
    answer = client_of(researcher).post(f"/p/shared/signals/{signal.uuid}/review/", {"verdict": "corrected"})
    assert answer.status_code == 422
    assert "Choose the criterion" in answer.content.decode()
    assert not SignalReview.objects.exists()


def test_an_outsider_cannot_review(conversation, outsider, client_of):
    signal = Signal.objects.first()
    for slug in ("shared", "elsewhere"):
        answer = client_of(outsider).post(f"/p/{slug}/signals/{signal.uuid}/review/", {"verdict": "rejected"})
        assert answer.status_code == 404
    assert not SignalReview.objects.exists()


def test_the_list_is_narrowed_by_polarity_detector_and_verdict(project, conversation, researcher, client_of):
    client, signal = client_of(researcher), Signal.objects.get(criterion="Factual_Error")
    fits = ["polarity=dsat", "detector=phrases", "verdict=none", "polarity=dsat&verdict=none"]
    fails = ["polarity=sat", "detector=embedding", "verdict=judged"]

    def is_listed(query: str) -> bool:
        return str(signal.uuid) in client.get(f"/p/shared/signals/?{query}").content.decode()

    assert [is_listed(query) for query in fits + fails] == [True] * len(fits) + [False] * len(fails)
    SignalReview.objects.create(
        project=project,
        message=signal.message,
        criterion=signal.criterion,
        reviewer=researcher,
        verdict="confirmed",
    )
    assert [is_listed("verdict=judged"), is_listed("verdict=none")] == [True, False]
    page = client.get("/p/shared/signals/?polarity=sat").content.decode()
    assert "No signal fits" in page
    assert "criterion=Gratitude&amp;polarity=sat" in page


def test_what_two_detectors_find_alike_counts_once(project, conversation):
    before = screens.mining_funnel(project)
    for signal in Signal.objects.all():
        signal.pk, signal.uuid, signal.detector = None, uuid4(), "another"
        signal.save()
    assert screens.mining_funnel(project) == before
    assert sum(each.count for each in screens.criterion_counts(project)) == before.signals


def test_work_that_found_nothing_says_so_and_why(project, conversation, researcher, client_of):
    client = client_of(researcher)
    run_pair_building(job_id=open_pair_building(project=project, recipe="dsat_then_better").pk)
    assert "1 × No answer follows the complaint." in client.get("/p/shared/signals/work/").content.decode()
    run_mining(job_id=open_mining(project=project, detector="phrases").pk)
    page = client.get("/p/shared/signals/work/").content.decode()
    assert "nothing new to read" in page
    assert "Next: build pairs." not in page


def test_the_pairs_are_listed_with_the_words_around_the_complaint(project, researcher, client_of):
    make_conversation(project, PAIRED)
    run_mining(job_id=open_mining(project=project, detector="phrases").pk)
    run_pair_building(job_id=open_pair_building(project=project, recipe="dsat_then_better").pk)
    page = client_of(researcher).get("/p/shared/pairs/").content.decode()
    assert ", it is another city" in page
    signals = page[page.index('aria-label="Project"') :]
    assert 'aria-current="page">Signals' in signals


def test_answers_that_a_recipe_takes_alone_are_listed(project, researcher, client_of):
    make_conversation(project, PAIRED)
    run_mining(job_id=open_mining(project=project, detector="phrases").pk)
    client, address = client_of(researcher), "/p/shared/pairs/?recipe=negative_only"
    assert "No pairs here yet" in client.get(address).content.decode()
    run_pair_building(job_id=open_pair_building(project=project, recipe="negative_only").pk)
    page = client.get(address).content.decode()
    assert "it takes answers alone" in page
    assert ", it is another city" in page
    assert '<span class="badge dsat">bad</span>' in page


def test_a_word_without_end_may_break_in_the_list(project, researcher, client_of):
    make_conversation(project, [*PAIRED[:2], ("user", "That's wrong, " + "a" * 5000)])
    run_mining(job_id=open_mining(project=project, detector="phrases").pk)
    page = client_of(researcher).get("/p/shared/signals/").content.decode()
    assert '<blockquote class="break" dir="auto"><mark' in page
