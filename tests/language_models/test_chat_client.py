"""The client of OpenAI-compatible endpoints, against a server that misbehaves."""

from dataclasses import replace

import pytest

from language_models.chat.asking import AskableModel, Pace, Price, tokens_of
from language_models.chat.contract import ChatError, ChatRequest, ChatUnavailableError, SamplingSettings
from language_models.chat.openai_client import OpenAIChatClient
from tests.language_models.chat_server import running_chat_server

QUESTION = ChatRequest(messages=({"role": "user", "content": "Why is the sky blue?"},), seed=7)


@pytest.fixture
def server():
    with running_chat_server() as chat:
        yield chat


def client_of(server, model="good", **options):
    return OpenAIChatClient(base_url=server.base_url, model=model, key="k3y", **options)


def asked(client, requests, **options):
    return AskableModel(client=client, **options).ask_all(requests)


def test_an_answer_comes_with_its_tokens_and_the_settings_are_sent(server):
    settings = SamplingSettings(temperature=0.2, max_tokens=50)
    reply = client_of(server).complete(ChatRequest(messages=QUESTION.messages, settings=settings, seed=7))
    assert reply.text == "You said: Why is the sky blue? (seed 7)"
    assert (reply.prompt_tokens, reply.completion_tokens, reply.finish_reason) == (5, 9, "stop")
    assert {"temperature": 0.2, "max_tokens": 50, "seed": 7}.items() <= server.asked[0].items()
    assert server.keys == ["Bearer k3y"]


def test_an_endpoint_that_is_loading_is_asked_again(server):
    assert client_of(server, "flaky").complete(QUESTION).text
    assert server.seen["flaky"] == 3


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("busy", "too busy"),
        ("strict", "max_tokens is too large"),
        ("broken", "could not be read|not a chat completion|without an answer"),
        ("html", "could not be read|not a chat completion|without an answer"),
        ("no-choices", "without an answer"),
        ("empty", "empty answer"),
        ("listed", "no text"),
        ("redirecting", "error 307"),
    ],
)
def test_what_is_no_answer_is_an_error_in_words(server, model, said):
    with pytest.raises(ChatError, match=said) as caught:
        client_of(server, model, retries=0).complete(QUESTION)
    assert not isinstance(caught.value, ChatUnavailableError)


@pytest.mark.parametrize(
    ("model", "said"), [("locked", "refused the key"), ("absent", "does not know the model")]
)
def test_what_would_fail_for_every_request_says_so(server, model, said):
    with pytest.raises(ChatUnavailableError, match=said):
        client_of(server, model).complete(QUESTION)


@pytest.mark.parametrize("model", ["hanging-up"])
def test_an_endpoint_that_is_not_there_cannot_be_reached(server, model):
    with pytest.raises(ChatUnavailableError, match="cannot be reached"):
        client_of(server, model, retries=0).complete(QUESTION)


def test_a_late_answer_is_given_up(server):
    with pytest.raises(ChatError, match="in time"):
        client_of(server, "slow", timeout=0.2, retries=0).complete(QUESTION)


def test_a_filtered_answer_is_a_refusal(server):
    assert client_of(server, "filtered").complete(QUESTION).is_refusal


def test_what_no_database_holds_is_cleaned(server):
    assert client_of(server, "nul").complete(QUESTION).text == "ab ? c"


def test_a_redirect_to_another_address_is_not_followed(server):
    with pytest.raises(ChatError):
        client_of(server, "redirecting", retries=0).complete(QUESTION)
    assert len(server.asked) == 1


def test_no_more_requests_than_allowed_are_under_way(server):
    requests = [(number, QUESTION) for number in range(12)]
    answered = list(asked(client_of(server, "steady"), requests, parallel=3))
    assert sorted(each.key for each in answered) == list(range(12))
    assert 1 < server.most_at_once <= 3


def test_one_bad_request_stops_no_other(server):
    answered = list(asked(client_of(server, "empty", retries=0), [(1, QUESTION), (2, QUESTION)]))
    assert [bool(each.error) for each in answered] == [True, True]


def test_an_endpoint_that_fails_for_all_is_not_asked_on_and_on(server):
    requests = ((number, QUESTION) for number in range(500))
    with pytest.raises(ChatUnavailableError):
        list(asked(client_of(server, "locked"), requests, parallel=2))
    assert len(server.asked) <= 4


def test_a_stop_keeps_what_is_under_way(server):
    allowed = iter([True, True, True])

    def before_each():
        if not next(allowed, False):
            raise ValueError("the budget is spent")

    answered = []
    with pytest.raises(ValueError, match="budget"):
        requests = ((number, QUESTION) for number in range(9))
        askable = AskableModel(client=client_of(server), parallel=2)
        for each in askable.ask_all(requests, before_each=before_each):
            answered.append(each)  # noqa: PERF402 - what was yielded before the error is what counts
    assert sorted(each.key for each in answered) == [0, 1, 2]


def test_requests_begin_no_faster_than_the_pace():
    now = [0.0]
    pace = Pace(60, clock=lambda: now[0], sleep=lambda seconds: now.__setitem__(0, now[0] + seconds))
    for _ in range(4):
        pace.wait()
    assert now[0] == 3.0


def test_a_price_is_known_or_not():
    assert Price(prompt=2, completion=10).of(prompt_tokens=500_000, completion_tokens=100_000) == 2
    assert Price(prompt=2).of(prompt_tokens=1, completion_tokens=1) is None


def test_equal_requests_have_one_hash_and_others_another():
    first = QUESTION.hash_for(endpoint="e", model="m")
    assert first == ChatRequest(messages=QUESTION.messages, seed=7).hash_for(endpoint="e", model="m")
    assert first != ChatRequest(messages=QUESTION.messages, seed=8).hash_for(endpoint="e", model="m")


def test_where_a_conversation_comes_from_changes_no_hash_but_a_schema_does():
    first = QUESTION.hash_for(endpoint="e", model="m")
    assert first == replace(QUESTION, sources=(1,)).hash_for(endpoint="e", model="m")
    assert first != replace(QUESTION, schema={"type": "object"}).hash_for(endpoint="e", model="m")


def test_a_schema_is_sent_as_the_format_of_the_answer(server):
    client_of(server).complete(replace(QUESTION, schema={"type": "object"}))
    assert server.asked[0]["response_format"]["json_schema"]["schema"] == {"type": "object"}


@pytest.mark.parametrize(
    ("text", "fewest"), [("word" * 100, 100), ("我想知道天气" * 10, 60), ("café", 2), ("", 0)]
)
def test_letters_of_other_scripts_count_as_tokens(text, fewest):
    assert tokens_of([{"role": "user", "content": text}]) == fewest


class Ledger:
    """A cache and a meter in memory, which note what they are told."""

    def __init__(self):
        self.stored, self.told = {}, []

    def find(self, request_hash, *, sources):
        return self.stored.get(request_hash)

    def store(self, request_hash, *, reply, sources):
        self.stored[request_hash] = replace(reply, is_cached=True)

    def forget(self, request_hash):
        self.stored.pop(request_hash, None)

    def authorise(self, request_hash, *, expected_cost):
        self.told.append("set aside")

    def record(self, usage):
        self.told.append("counted")

    def release(self, request_hash):
        self.told.append("released")


def test_an_equal_request_takes_the_stored_reply_and_is_not_counted(server):
    ledger = Ledger()
    for is_cached in (False, True):
        (answered,) = asked(client_of(server), [(1, QUESTION)], cache=ledger, meter=ledger)
        assert answered.reply.is_cached is is_cached
    assert (len(server.asked), ledger.told) == (1, ["set aside", "counted"])


def test_what_is_set_aside_for_a_failed_request_is_released(server):
    ledger = Ledger()
    list(asked(client_of(server, "strict", retries=0), [(1, QUESTION)], cache=ledger, meter=ledger))
    assert (ledger.told, ledger.stored) == (["set aside", "released"], {})


def test_what_is_under_way_when_nobody_listens_any_more_is_counted_and_stored(server):
    ledger = Ledger()
    requests = [(number, replace(QUESTION, seed=number)) for number in range(9)]
    answers = asked(client_of(server, "steady"), requests, parallel=3, cache=ledger, meter=ledger)
    next(answers)
    answers.close()
    assert len(server.asked) == len(ledger.stored) == ledger.told.count("counted") == 3


def test_an_endpoint_that_repeats_its_key_in_an_error_is_not_quoted_with_it(server):
    client = OpenAIChatClient(base_url=server.base_url, model="strict", key="max_tokens")
    with pytest.raises(ChatError, match="… is too large") as refused:
        client.complete(QUESTION)
    assert "max_tokens" not in str(refused.value)
