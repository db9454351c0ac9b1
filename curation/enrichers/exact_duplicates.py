"""Conversations that are the same but for case, punctuation and spacing."""

from collections.abc import Sequence

from curation.domain.enrichers.duplicates import conversation_text, exact_signature, key_of
from curation.domain.enrichers.enriching import (
    Enricher,
    EnricherTools,
    Findings,
    FoundTag,
    KnownFingerprints,
    MissingToolError,
    Option,
    ReadConversation,
    Settings,
    TextFingerprint,
)


class ExactDuplicates:
    """Tags every conversation whose normalised text an earlier one has."""

    name = "exact_duplicates"
    title = "Exact duplicates"
    about = "Conversations with the same words as an earlier one: case, punctuation and spacing do not count."
    version = "1"
    runs_by_default = True
    options: Sequence[Option] = ()
    follows = ""

    def build(self, *, tools: EnricherTools, settings: Settings) -> Enricher:
        """Return the enricher over what earlier conversations left."""
        if tools.fingerprints is None:
            raise MissingToolError("Duplicates are looked for in a project, not in plain texts.")
        return _SameText(tools.fingerprints)


class _SameText:
    variant = ""

    def __init__(self, known: KnownFingerprints) -> None:
        self._known = known

    def enrich(self, conversations: Sequence[ReadConversation]) -> Findings:
        """Return a tag, with the first of the group, for every conversation but the first."""
        prints = [_print_of(conversation, scope=self._known.scope) for conversation in conversations]
        keys = [key for each in prints for key in each.keys]
        first = {each.signature: each.conversation for each in reversed(self._known.sharing(keys))}
        findings = Findings()
        for each in prints:
            leader = first.setdefault(each.signature, each.conversation)
            if leader == each.conversation:
                findings.fingerprints.append(each)
            else:
                findings.tags.append(FoundTag(conversation=each.conversation, facts={"first": leader}))
        return findings


def _print_of(conversation: ReadConversation, *, scope: str) -> TextFingerprint:
    signature = exact_signature(conversation_text(conversation))
    return TextFingerprint(
        conversation=conversation.id, keys=[key_of(signature, scope=scope)], signature=signature
    )
