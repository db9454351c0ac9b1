"""Which user messages are looked at, and what is shown with them."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from curation.domain.corpus.records import MessageRecord, TextPart, ToolCallPart, ToolResultPart
from feedback_mining.domain.contexts import FeedbackContext, contexts_of


def say(role: str, text: str) -> MessageRecord:
    return MessageRecord(role=role, parts=(TextPart(text=text),))


def contexts(*messages: MessageRecord) -> list[FeedbackContext]:
    return contexts_of(messages, conversation="c1", language="en")


CHAT = (
    say("system", "Be brief."),
    say("user", "Capital of Australia?"),
    say("assistant", "Sydney."),
    say("user", "No, Canberra."),
    say("assistant", "Canberra."),
    say("user", "Thanks."),
)


def test_each_user_message_after_the_first_response_has_one_context() -> None:
    assert [context.index for context in contexts(*CHAT)] == [3, 5]


def test_a_context_carries_the_response_before_and_the_earlier_requests() -> None:
    last = contexts(*CHAT)[-1]
    assert (last.text, last.response, last.response_index) == ("Thanks.", "Canberra.", 4)
    assert last.earlier_requests == ("Capital of Australia?", "No, Canberra.")


def test_a_conversation_without_a_response_has_no_contexts() -> None:
    assert contexts(say("user", "Hello?"), say("user", "Anyone?")) == []


def test_a_conversation_that_starts_with_the_assistant_judges_its_greeting() -> None:
    found = contexts(say("assistant", "How can I help?"), say("user", "Make me a list."))
    assert [(context.response, context.earlier_requests) for context in found] == [("How can I help?", ())]


def test_two_user_messages_in_a_row_judge_the_same_response() -> None:
    found = contexts(*CHAT, say("user", "One more thing."))
    assert [context.response_index for context in found] == [2, 4, 4]


def test_tool_calls_and_results_are_read_past() -> None:
    call = MessageRecord(role="assistant", parts=(ToolCallPart(call_id="1", name="clock", arguments={}),))
    result = MessageRecord(role="tool", parts=(ToolResultPart(call_id="1", content="noon"),))
    found = contexts(*CHAT[:3], say("user", "And the time?"), call, result, say("user", "Well?"))
    assert [(context.index, context.response) for context in found] == [(3, "Sydney."), (6, "Sydney.")]


def test_a_repeated_message_has_no_context_but_counts_as_said() -> None:
    found = contexts(*CHAT[:3], replace(CHAT[3], is_repeat=True), *CHAT[4:])
    assert [context.index for context in found] == [5]
    assert found[0].earlier_requests == ("Capital of Australia?", "No, Canberra.")


def test_an_empty_message_has_a_context_but_is_no_request() -> None:
    found = contexts(*CHAT[:3], say("user", " "), say("user", "Hello?"))
    assert [context.text for context in found] == [" ", "Hello?"]
    assert found[1].earlier_requests == ("Capital of Australia?",)


def test_a_response_that_ends_with_a_question_asks() -> None:
    asking = contexts(say("assistant", "Shall I go **on?**\n"), say("user", "no"))[0]
    telling = contexts(say("assistant", "Why? Because."), say("user", "no"))[0]
    assert (asking.response_asks, telling.response_asks) == (True, False)


MESSAGES = st.lists(
    st.builds(say, st.sampled_from(["system", "user", "assistant", "tool"]), st.text(max_size=20))
)


@given(messages=MESSAGES)
def test_contexts_name_real_messages_in_order(messages: list[MessageRecord]) -> None:
    found = contexts_of(messages, conversation="c")
    roles = [message.role for message in messages]
    first = roles.index("assistant") if "assistant" in roles else len(roles)
    assert [context.index for context in found] == [
        index for index, role in enumerate(roles) if role == "user" and index > first
    ]
    assert all(roles[context.response_index] == "assistant" for context in found)
    assert all(context.response_index < context.index for context in found)


def test_a_long_conversation_is_not_carried_along_whole() -> None:
    messages = [say(role, f"{role} {at}") for at in range(2_000) for role in ("user", "assistant")]
    last = contexts_of(messages, conversation="c")[-1]
    assert last.earlier_requests == tuple(f"user {at}" for at in range(1_991, 1_999))
