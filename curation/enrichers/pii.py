"""Personal data by patterns: e-mail, telephone, card, IBAN, IP address, keys; with pseudonyms."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from curation.domain.enrichers.enriching import (
    Findings,
    FoundTag,
    PlainEnricher,
    ReadConversation,
    ReadMessage,
    Span,
    tags_by_kind,
)
from curation.domain.enrichers.personal_data import find_personal_data
from curation.domain.enrichers.pseudonyms import Pseudonyms


class PersonalData(PlainEnricher):
    """Tags each message by the kinds of personal data in it, with their places and pseudonyms."""

    name = "pii"
    title = "Personal data"
    about = "E-mail addresses, telephone numbers, cards, IBANs, IP addresses and keys, each checked and with its place."
    version = "2"

    def enrich(self, conversations: Sequence[ReadConversation]) -> Findings:
        """Return a tag for each kind in each message; its spans are labelled with pseudonyms, never with the text."""
        return Findings(tags=[tag for conversation in conversations for tag in _tags(conversation)])


def _tags(conversation: ReadConversation) -> list[FoundTag]:
    pseudonyms = Pseudonyms()
    tags = []
    for message in conversation.messages:
        found: list[tuple[str, Span]] = [
            (each.kind.value, Span(start=each.start, end=each.end, label=pseudonyms.name_of(each)))
            for each in find_personal_data(message.text)
        ]
        in_text = tags_by_kind(conversation=conversation.id, message=message.id, found=found)
        tags += _with_what_is_beside(message, conversation=conversation.id, tags=in_text)
    return tags


def _with_what_is_beside(message: ReadMessage, *, conversation: int, tags: list[FoundTag]) -> list[FoundTag]:
    """Return the tags with the count of what is beside the text, which has no place in it."""
    counts = Counter(each.kind.value for text in message.beside for each in find_personal_data(text))
    by_kind = {tag.kind: tag for tag in tags}
    for kind, count in counts.items():
        tag = by_kind.get(kind) or FoundTag(conversation=conversation, message=message.id, kind=kind)
        by_kind[kind] = replace(tag, facts={"beside": count})
    return list(by_kind.values())
