"""Pseudonyms in place of personal data, the same for the same thing throughout a conversation: `[EMAIL_1]`."""

from collections.abc import Sequence

from curation.domain.enrichers.personal_data import PersonalSpan, find_personal_data


class Pseudonyms:
    """Gives names in order of appearance: what comes later in a conversation renames nothing before it."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, str], str] = {}
        self._counts: dict[str, int] = {}

    def name_of(self, span: PersonalSpan) -> str:
        """Return the pseudonym of what was found, a new one where it was not met before."""
        key = (span.kind, span.value)
        if key not in self._names:
            self._counts[span.kind] = self._counts.get(span.kind, 0) + 1
            self._names[key] = f"[{span.kind.upper()}_{self._counts[span.kind]}]"
        return self._names[key]


def masked_text(text: str, *, pseudonyms: Pseudonyms | None = None) -> str:
    """Return the text with pseudonyms in place of personal data.

    Texts of one conversation share `pseudonyms` and are masked in their order.
    """
    names = pseudonyms or Pseudonyms()
    pieces, end = [], 0
    for span in find_personal_data(text):
        pieces += [text[end : span.start], names.name_of(span)]
        end = span.end
    return "".join([*pieces, text[end:]])


def masked_texts(texts: Sequence[str]) -> list[str]:
    """Return the texts of one conversation, in order, with the same pseudonym for the same thing in all of them."""
    pseudonyms = Pseudonyms()
    return [masked_text(text, pseudonyms=pseudonyms) for text in texts]
