"""Who speaks at all, and the figures of the report with the words behind them."""

import re
from datetime import UTC, datetime
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.domain.exporters.dataset_card import dataset_card
from curation.models import Conversation, Scorer, SourceUser
from curation.queries.versions.manifest import feedback_summary
from curation.services.corpus.preferences import publish_scorer, publish_scores
from feedback_mining.domain.speaking import speaking
from feedback_mining.models import Signal
from feedback_mining.queries import reports
from feedback_mining.queries.reports import (
    co_occurrence,
    constraint_decay,
    grouped,
    speaking_of,
    words_behind,
)
from feedback_mining.queries.screens import criterion_counts, quote_of
from feedback_mining.services.mining import open_mining, run_mining
from feedback_mining.services.reviews import SignalVerdict, record_signal_review
from tests.cast import make_conversation

COMPLAINT = [
    ("user", "Capital of Australia? Answer in one sentence."),
    ("assistant", "Sydney. I think so."),
    ("user", "That's wrong. Try again."),
    ("assistant", "It is Canberra."),
]
SILENT = [("user", "Name a river."), ("assistant", "The Danube."), ("user", "And a lake?")]


@pytest.fixture
def mined(project):
    user = SourceUser.objects.create(project=project, pseudonym="busy")
    for turns in [COMPLAINT, COMPLAINT, SILENT]:
        make_conversation(project, turns)
    Conversation.objects.filter(message_count=4).update(source_user=user)
    run_mining(job_id=open_mining(project=project, detector="phrases").pk)
    return project


@given(st.lists(st.integers(1, 50), max_size=60), st.integers(0, 500))
def test_shares_lie_between_none_and_all(signals, silent):
    found = speaking(
        conversations=len(signals) + silent,
        speaking_conversations=len(signals),
        known_users=len(signals) + silent,
        unknown_users=0,
        signals_by_user=signals,
    )
    assert 0 <= found.top_share <= 1
    assert 0 <= found.user_share <= 1


def test_the_busiest_hundredth_is_counted_of_all_users_not_of_those_who_speak():
    found = speaking(
        conversations=200,
        speaking_conversations=3,
        known_users=200,
        unknown_users=0,
        signals_by_user=[6, 3, 1],
    )
    assert found.top_signals == 9


def test_users_and_conversations_that_speak_are_counted(mined):
    found = speaking_of(mined, detector="phrases")
    assert (found.conversations, found.speaking_conversations) == (3, 2)
    assert (found.users, found.speaking_users, found.unknown_users) == (2, 1, 1)


@pytest.mark.parametrize("by", ["month", "week", "model", "language", "depth", "topic"])
def test_a_group_counts_messages_read_and_messages_with_a_signal(mined, by):
    (group,) = grouped(mined, detector="phrases", by=by)
    assert (group.messages, group.sat, group.dsat) == (3, 0, 2)
    words = words_behind(mined, detector="phrases", by=by, key=group.key, polarity="dsat")
    assert any("wrong" in quote.evidence for quote in words.quotes)
    assert (words.messages, words.signals) == (2, len(words.quotes))


def test_criteria_of_one_message_are_counted_together(mined):
    assert ("Factual_Error", "Revision", 2) in co_occurrence(mined, detector="phrases")


def test_constraints_are_followed_by_depth(mined):
    assert [(each.depth, each.answers, each.followed) for each in constraint_decay(mined)] == [
        (1, 2, 0.0),
        (2, 2, 1.0),
    ]


def test_a_dataset_card_says_who_spoke(mined):
    feedback = feedback_summary(mined)
    card = dataset_card({"feedback": feedback})
    assert "1 of 2 users (50.0 %)" in card
    assert "silence was never counted" in card
    assert "No feedback of users was mined" in dataset_card({})


@pytest.mark.parametrize(
    "address", ["report/", "report/words/?detector=phrases&by=depth&key=2&polarity=dsat"]
)
def test_the_pages_are_for_researchers(mined, researcher, outsider, client_of, address):
    page = client_of(researcher).get(f"/p/shared/signals/{address}")
    assert page.status_code == 200
    assert client_of(outsider).get(f"/p/shared/signals/{address}").status_code == 404


def test_a_nonsense_question_is_not_found(mined, researcher, client_of):
    for query in ("by=weather", "by=depth&polarity=odd", ""):
        assert client_of(researcher).get(f"/p/shared/signals/report/words/?{query}").status_code == 404


def test_a_newer_version_that_was_stopped_leaves_no_share_above_one(mined):
    newer = publish_scorer(project=mined, name="phrases: dsat", version="newer", kind=Scorer.Kind.DETECTOR)
    publish_scores(scorer=newer, target="message", values={Signal.objects.first().message_id: 0.9})
    (group,) = grouped(mined, detector="phrases", by="language")
    assert (group.messages, group.dsat) == (3, 2)


def test_a_megabyte_of_evidence_is_shown_by_its_beginning(mined):
    signal = Signal.objects.select_related("message__conversation").first()
    signal.message.text = "again " * 200_000
    signal.span_start, signal.span_end = 0, len(signal.message.text)
    quote = quote_of(signal)
    assert len(quote.before + quote.evidence + quote.after) < 3_000


def test_what_people_refused_counts_in_no_report(mined, researcher):
    message = Signal.objects.order_by("id").first().message
    for signal in Signal.objects.filter(message=message):
        said = SignalVerdict(verdict="rejected", criterion=signal.criterion)
        record_signal_review(message=message, reviewer=researcher, verdict=said)
    (group,) = grouped(mined, detector="phrases", by="language")
    assert group.dsat == 1
    assert speaking_of(mined, detector="phrases").speaking_conversations == 1
    assert (
        sum(each.count for each in criterion_counts(mined)) == Signal.objects.exclude(message=message).count()
    )
    confirmed = SignalVerdict(verdict="confirmed", criterion="Factual_Error")
    record_signal_review(message=message, reviewer=researcher, verdict=confirmed)
    assert grouped(mined, detector="phrases", by="language")[0].dsat == 2


def test_each_bar_leads_to_its_words(mined, researcher, client_of):
    Conversation.objects.filter(message_count=4).update(language="x&y")
    page = client_of(researcher).get("/p/shared/signals/report/").content.decode()
    chart = page[page.index('id="by-language"') :]
    links = [unescape(link) for link in re.findall(r'<a tabindex="-1" xlink:href="([^"]+)"', chart)]
    (link,) = (each for each in links if "key=x%26y&polarity=dsat" in each)
    words = client_of(researcher).get(link)
    assert "wrong" in words.content.decode()
    assert "nowhere.invalid" not in page


def test_few_months_are_shown_by_week(mined, researcher, client_of):
    for at, conversation in enumerate(Conversation.objects.order_by("id")):
        conversation.started_at = datetime(2026, 3, 2 + 7 * at, tzinfo=UTC)
        conversation.save()
    page = client_of(researcher).get("/p/shared/signals/report/").content.decode()
    assert [week in page for week in ("2026-W10", "2026-W11", "2026-W12")] == [True] * 3


def test_the_page_of_words_says_how_many_it_leaves_out(mined, researcher, client_of, monkeypatch):
    monkeypatch.setattr(reports, "MOST_WORDS", 1)
    address = "/p/shared/signals/report/words/?detector=phrases&by=depth&key=2&polarity=dsat"
    page = client_of(researcher).get(address).content.decode()
    assert f"{Signal.objects.filter(polarity='dsat').count()} signals in 2 messages, by phrases." in page
    assert "The 1 surest are shown." in page


def test_a_report_on_nothing_says_what_to_do(project, researcher, client_of):
    run_mining(job_id=open_mining(project=project, detector="phrases").pk)
    page = client_of(researcher).get("/p/shared/signals/report/").content.decode()
    assert "Nothing was mined yet" in page
    assert "0 of 0" not in page
