"""Conversations that begin with the same question in other words, by embeddings."""

from collections.abc import Sequence

from curation.domain.enrichers.enriching import (
    Enricher,
    EnricherTools,
    Findings,
    FoundScore,
    FoundTag,
    MissingToolError,
    Neighbours,
    Option,
    ReadConversation,
    Settings,
)

DEFAULT_COSINE = "0.95"


class SameMeaning:
    """Tags a conversation whose first question is as near to one in an earlier conversation as a paraphrase."""

    name = "same_meaning"
    title = "Duplicates in other words"
    about = "Conversations whose first question an earlier one asks in other words. Follows the embeddings."
    version = "1"
    runs_by_default = False
    options: Sequence[Option] = (
        Option(name="cosine", label="Least cosine, from 0.8 to 1", default=DEFAULT_COSINE),
    )
    follows = "embeddings"

    def build(self, *, tools: EnricherTools, settings: Settings) -> Enricher:
        """Return the enricher over the project's vectors."""
        if tools.neighbours is None:
            raise MissingToolError("Duplicates are looked for in a project, not in plain texts.")
        return _SameQuestion(tools.neighbours, least=_least(settings))


def _least(settings: Settings) -> float:
    try:
        least = float(settings.get("cosine") or DEFAULT_COSINE)
    except ValueError:
        least = 0.0
    if not 0.8 <= least <= 1:
        raise MissingToolError("The least cosine of duplicates in other words is a number from 0.8 to 1.")
    return least


class _SameQuestion:
    def __init__(self, neighbours: Neighbours, *, least: float) -> None:
        self._neighbours = neighbours
        self._least = least
        self.variant = f"{least:g}"

    def enrich(self, conversations: Sequence[ReadConversation]) -> Findings:
        """Return a tag and a score for every conversation that begins as an earlier one does."""
        findings = Findings()
        for conversation in conversations:
            first = next((each for each in conversation.user_messages if each.text.strip()), None)
            nearest = self._neighbours.nearest_before(first.id) if first else None
            if nearest is None or nearest[1] < self._least:
                continue
            facts = {"first": nearest[0], "cosine": round(nearest[1], 3)}
            findings.tags.append(FoundTag(conversation=conversation.id, facts=facts))
            findings.scores.append(
                FoundScore(conversation=conversation.id, value=nearest[1], measure="cosine")
            )
        return findings
