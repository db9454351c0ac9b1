"""The hashes of a conversation's beginnings are those under which the beginnings themselves are stored."""

from hypothesis import given
from hypothesis import strategies as st

from curation.domain.corpus.hashing import content_hash
from curation.domain.importers.known_beginnings import beginning_hashes
from curation.domain.work.turns import text_message

TURNS = st.lists(
    st.tuples(st.sampled_from(["user", "assistant"]), st.text(st.characters(codec="utf-8"), max_size=20))
)


@given(TURNS)
def test_each_beginning_has_the_hash_of_a_conversation_of_its_own(turns: list[tuple[str, str]]) -> None:
    messages = [text_message(role, text) for role, text in turns]
    expected = [content_hash(messages[:length]) for length in range(1, len(messages))]
    assert beginning_hashes(messages) == expected
