"""The wish that a complaint makes plain, in the user's own words."""

from collections.abc import Sequence

from feedback_mining.domain.findings import Finding


def wish_from(message_text: str, *, span: tuple[int, int], findings: Sequence[Finding]) -> str:
    """Return the clause of the message that states what the user wants; "" where none does."""
    return message_text[span[0] : span[1]].strip() if findings else ""
