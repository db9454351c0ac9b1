"""Vectors of user messages, by which search finds what means the same and topics are made."""

from collections.abc import Sequence

from curation.domain.enrichers.enriching import (
    Enricher,
    EnricherTools,
    Findings,
    FoundVectors,
    MissingToolError,
    Option,
    ReadConversation,
    Settings,
)
from language_models.embedders.contract import Embedder

# The embedder cuts a text after a few hundred tokens; more than this is not sent to it.
READ_CHARACTERS = 4_000


class MessageVectors:
    """Asks the embedder for one vector a user message."""

    name = "embeddings"
    title = "Embeddings"
    about = "A vector for each user message: search by meaning, topics, duplicates in other words."
    version = "1"
    runs_by_default = True
    options: Sequence[Option] = ()
    follows = ""

    def build(self, *, tools: EnricherTools, settings: Settings) -> Enricher:
        """Return the enricher over the embedder at hand."""
        if tools.embedder is None:
            raise MissingToolError("Embeddings need the embedder. `make run` starts it.")
        return _Embedding(tools.embedder)


class _Embedding:
    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.variant = embedder.name

    def enrich(self, conversations: Sequence[ReadConversation]) -> Findings:
        """Return a vector for every user message that has words."""
        messages = [
            (conversation.id, message)
            for conversation in conversations
            for message in conversation.user_messages
            if message.text.strip()
        ]
        if not messages:
            return Findings()
        texts = [message.text[:READ_CHARACTERS] for _, message in messages]
        vectors = FoundVectors(
            conversations=[conversation for conversation, _ in messages],
            messages=[message.id for _, message in messages],
            vectors=self._embedder.embed(texts),
            model=self._embedder.name[:80],
        )
        return Findings(vectors=vectors)
