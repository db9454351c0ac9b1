"""The pages about signals: who may see them, what they show, and that hostile words stay words."""

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
    with django_assert_num_queries(8):
        client.get("/p/shared/signals/")
    for _ in range(5):
        make_conversation(project, [*HOSTILE, ("assistant", "Bonjour"), ("user", "Wrong again!")])
    run_mining(job_id=open_mining(project=project, detector="phrases").pk)
    with django_assert_num_queries(8):
        client.get("/p/shared/signals/")


def test_the_page_learns_when_the_work_that_it_shows_has_ended(conversation, researcher, client_of):
    client = client_of(researcher)
    assert "HX-Trigger" not in client.get("/p/shared/signals/work/")
    assert "miningFinished" in client.get("/p/shared/signals/work/?running=1")["HX-Trigger"]


def test_the_page_offers_the_step_that_follows_the_newest_work(project, conversation, researcher, client_of):
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
