"""Moderating what models write for the project: by its toxicity classifier, before anything of it is kept.

moderator = moderator_of(project)
if moderator is not None and moderator.refuses(text):
…  # count it, and keep nothing of it
"""

from collections.abc import Sequence

from curation.domain.enrichers.enriching import Enricher, EnricherTools, ReadConversation, ReadMessage
from curation.enrichers import load_enricher
from curation.enrichers.toxicity import TAGGED_FROM
from curation.models import Project
from curation.queries.enrichers.enrichments import settings_of

SCORER = "toxicity"
# A classifier reads the first few hundred tokens of a text alone, so it is given parts that are no longer, each
# beginning before the last one ends: what is toxic may stand where one is cut.
PART, OVERLAP = 500, 50


class Moderator:
    """Refuses a text of which any part is as toxic as what the project's conversations are tagged for."""

    def __init__(self, enricher: Enricher, *, refused_from: float = TAGGED_FROM) -> None:
        self._enricher = enricher
        self.refused_from = refused_from

    @property
    def name(self) -> str:
        """Return the classifier and its label."""
        return self._enricher.variant

    def refuses(self, text: str) -> bool:
        """Tell whether any part of a text scores at or above the threshold."""
        parts = [text[start : start + PART] for start in range(0, len(text), PART - OVERLAP)]
        return max(self._scores(parts), default=0.0) >= self.refused_from

    def _scores(self, parts: Sequence[str]) -> list[float]:
        """Return the score of each part that has words."""
        messages = [
            ReadMessage(id=number, position=number, role="assistant", text=part)
            for number, part in enumerate(parts)
        ]
        found = self._enricher.enrich([ReadConversation(id=0, messages=messages)])
        return [score.value for score in found.scores]


def moderator_of(project: Project) -> Moderator | None:
    """Return the project's moderator, None where no classifier is set.

    Raises HarkenError where one is set and cannot be used: what it would refuse must not slip through.
    """
    plugin = load_enricher(SCORER)
    settings = settings_of(project, plugin)
    if not settings.get("classifier"):
        return None
    return Moderator(plugin.build(tools=EnricherTools(), settings=settings))
