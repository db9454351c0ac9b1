"""Hidden characters: direction, zero width, tags, variation selectors, control characters, fillers."""

from collections.abc import Sequence

from curation.domain.enrichers.enriching import (
    Findings,
    FoundTag,
    PlainEnricher,
    ReadConversation,
    tags_by_kind,
)
from curation.domain.enrichers.hidden_text import find_hidden


class HiddenUnicode(PlainEnricher):
    """Tags messages by the kinds of hidden characters in them."""

    name = "hidden_unicode"
    title = "Hidden characters"
    about = "Characters that a reader does not see and a model does, each named by its code point."

    def enrich(self, conversations: Sequence[ReadConversation]) -> Findings:
        """Return a tag for each kind in each message."""
        return Findings(tags=[tag for conversation in conversations for tag in _tags(conversation)])


def _tags(conversation: ReadConversation) -> list[FoundTag]:
    tags = []
    for message in conversation.messages:
        found = ((kind.value, span) for kind, span in find_hidden(message.text))
        tags += tags_by_kind(conversation=conversation.id, message=message.id, found=found)
    return tags
