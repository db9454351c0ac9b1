"""Personal data by patterns: e-mail, telephone, card, IBAN, IP address, keys; with pseudonyms."""

from collections.abc import Sequence

from curation.domain.enriching import (
    Enricher,
    EnricherTools,
    Findings,
    FoundTag,
    Option,
    ReadConversation,
    Settings,
    Span,
    tags_by_kind,
)
from curation.domain.personal_data import find_personal_data
from curation.domain.pseudonyms import Pseudonyms


class PersonalData:
    """Tags each message by the kinds of personal data in it, with their places and pseudonyms."""

    name = "pii"
    title = "Personal data"
    about = "E-mail addresses, telephone numbers, cards, IBANs, IP addresses and keys, each checked and with its place."
    version = "1"
    variant = ""
    runs_by_default = True
    options: Sequence[Option] = ()
    follows = ""

    def build(self, *, tools: EnricherTools, settings: Settings) -> Enricher:
        """Return the enricher; it needs nothing."""
        return self

    def enrich(self, conversations: Sequence[ReadConversation]) -> Findings:
        """Return a tag for each kind in each message; its spans are labelled with pseudonyms, never with the text."""
        return Findings(tags=[tag for conversation in conversations for tag in _tags(conversation)])


def _tags(conversation: ReadConversation) -> list[FoundTag]:
    pseudonyms = Pseudonyms()
    tags = []
    for message in conversation.messages:
        found = [
            (each.kind.value, Span(start=each.start, end=each.end, label=pseudonyms.name_of(each)))
            for each in find_personal_data(message.text)
        ]
        tags += tags_by_kind(conversation=conversation.id, message=message.id, found=found)
    return tags
