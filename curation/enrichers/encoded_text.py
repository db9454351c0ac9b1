"""Encoded text: base64, hexadecimal and rot13 that decode to something readable."""

from collections.abc import Sequence

from curation.domain.enrichers.encoded_text import find_encoded
from curation.domain.enrichers.enriching import (
    Findings,
    FoundTag,
    PlainEnricher,
    ReadConversation,
    tags_by_kind,
)


class EncodedText(PlainEnricher):
    """Tags messages by the encodings in them; what they say is decoded where it is shown, and not stored."""

    name = "encoded_text"
    title = "Encoded text"
    about = "Text in base64, hexadecimal or rot13: a way around filters. Shown decoded beside the raw text."

    def enrich(self, conversations: Sequence[ReadConversation]) -> Findings:
        """Return a tag for each encoding in each message."""
        return Findings(tags=[tag for conversation in conversations for tag in _tags(conversation)])


def _tags(conversation: ReadConversation) -> list[FoundTag]:
    tags = []
    for message in conversation.messages:
        found = ((kind.value, span) for kind, span in find_encoded(message.text))
        tags += tags_by_kind(conversation=conversation.id, message=message.id, found=found)
    return tags
