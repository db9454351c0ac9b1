"""Conversations whose user asks nearly the same as in an earlier one, by MinHash."""

from collections import defaultdict
from collections.abc import Sequence

from curation.domain.enrichers.duplicates import (
    FEWEST_WORDS,
    READ_CHARACTERS,
    band_keys,
    near_signature,
    normalised,
    similarity,
)
from curation.domain.enrichers.enriching import (
    Enricher,
    EnricherTools,
    Findings,
    FoundScore,
    FoundTag,
    KnownFingerprints,
    MissingToolError,
    Option,
    ReadConversation,
    Settings,
    TextFingerprint,
)

DEFAULT_SIMILARITY = "0.8"


class NearDuplicates:
    """Groups conversations by the likeness of what their users wrote."""

    name = "near_duplicates"
    title = "Near duplicates"
    about = (
        "Conversations whose user wrote nearly the same words as in an earlier one (MinHash of word 3-grams)."
    )
    version = "1"
    runs_by_default = True
    options: Sequence[Option] = (
        Option(name="similarity", label="Least similarity, from 0.5 to 1", default=DEFAULT_SIMILARITY),
    )
    follows = ""

    def build(self, *, tools: EnricherTools, settings: Settings) -> Enricher:
        """Return the enricher over what earlier conversations left."""
        if tools.fingerprints is None:
            raise MissingToolError("Duplicates are looked for in a project, not in plain texts.")
        return _NearText(tools.fingerprints, least=_least(settings))


def _least(settings: Settings) -> float:
    try:
        least = float(settings.get("similarity") or DEFAULT_SIMILARITY)
    except ValueError:
        least = 0.0
    if not 0.5 <= least <= 1:
        raise MissingToolError("The least similarity of near duplicates is a number from 0.5 to 1.")
    return least


class _NearText:
    def __init__(self, known: KnownFingerprints, *, least: float) -> None:
        self._known = known
        self._least = least
        self.variant = f"{least:g}"

    def enrich(self, conversations: Sequence[ReadConversation]) -> Findings:
        """Return a tag and a score for every conversation that is like the first of a group; others begin one."""
        prints = [each for each in map(self._print_of, conversations) if each is not None]
        known = self._known.sharing([key for each in prints for key in each.keys])
        leaders: dict[int, list[TextFingerprint]] = defaultdict(list)
        for leader in known:
            _remember(leaders, leader)
        findings = Findings()
        for each in prints:
            self._place(each, leaders, findings)
        return findings

    def _print_of(self, conversation: ReadConversation) -> TextFingerprint | None:
        text = " ".join(message.text[:READ_CHARACTERS] for message in conversation.user_messages)
        words = normalised(text[:READ_CHARACTERS]).split()
        if len(words) < FEWEST_WORDS:
            return None
        signature = near_signature(words)
        keys = band_keys(signature, scope=self._known.scope)
        return TextFingerprint(conversation=conversation.id, keys=keys, signature=signature)

    def _place(
        self, each: TextFingerprint, leaders: dict[int, list[TextFingerprint]], findings: Findings
    ) -> None:
        """Join the most similar group, or begin a new one."""
        candidates = {leader.conversation: leader for key in each.keys for leader in leaders.get(key, ())}
        candidates.pop(each.conversation, None)
        alike = {
            number: similarity(each.signature, leader.signature) for number, leader in candidates.items()
        }
        best = max(alike, key=lambda number: (alike[number], -number), default=None)
        if best is None or alike[best] < self._least:
            findings.fingerprints.append(each)
            _remember(leaders, each)
            return
        facts = {"first": best, "similarity": round(alike[best], 3)}
        findings.tags.append(FoundTag(conversation=each.conversation, facts=facts))
        findings.scores.append(
            FoundScore(conversation=each.conversation, value=alike[best], measure="similarity")
        )


def _remember(leaders: dict[int, list[TextFingerprint]], leader: TextFingerprint) -> None:
    for key in leader.keys:
        leaders[key].append(leader)
