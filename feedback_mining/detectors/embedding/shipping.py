"""Fit the heads that are shipped: `python -m feedback_mining.detectors.embedding.shipping`, after examples changed."""

import sys

from feedback_mining.detectors.embedding.fitting import SHIPPED_HEAD, ship_head, shipped_head, shipped_key
from feedback_mining.detectors.embedding.prototypes import prototypes_digest
from feedback_mining.detectors.embedding.reliability import RELIABILITY
from feedback_mining.detectors.embedding.training import ship_linear_head
from language_models.embedders.local import LocalEmbedder


def main() -> None:
    """Fit both heads for the installed MiniLM; the one of sentences only where its examples changed."""
    embedder = LocalEmbedder()
    if shipped_key() != (embedder.name, prototypes_digest()):
        ship_head(embedder)
        shipped_key.cache_clear()
        shipped_head.cache_clear()
    ship_linear_head(embedder)
    sys.stdout.write(f"Wrote {SHIPPED_HEAD.parent}; how well the heads do stands in {RELIABILITY.name}.\n")


if __name__ == "__main__":
    main()
