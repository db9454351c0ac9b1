"""Toxicity, by a classifier of one's own choice: none comes along."""

from collections.abc import Callable, Sequence
from pathlib import Path
from pkgutil import resolve_name

from curation.domain.enrichers.enriching import (
    Enricher,
    EnricherTools,
    Findings,
    FoundScore,
    FoundTag,
    MissingToolError,
    Option,
    ReadConversation,
    Settings,
)
from language_models.classifiers import Classifier, ClassifierUnavailableError

# Loaded by name, by the worker that runs it: it imports torch.
LOCAL_CLASSIFIER = "language_models.classifiers.local.LocalClassifier"
DEFAULT_LABEL = "toxic"
# From here on a message gets the tag; its score is kept in any case.
TAGGED_FROM = 0.8
READ_CHARACTERS = 4_000


class Toxicity:
    """Scores every message with the classifier that the settings name."""

    name = "toxicity"
    title = "Toxicity"
    about = "How toxic each message is, by a classifier of yours. None comes along: name its folder below."
    version = "1"
    runs_by_default = False
    options: Sequence[Option] = (
        Option(name="classifier", label="Folder of a sequence classifier on the server", is_path=True),
        Option(name="label", label="Its label for toxic text", default=DEFAULT_LABEL),
    )
    follows = ""

    def build(self, *, tools: EnricherTools, settings: Settings) -> Enricher:
        """Return the scorer over the classifier of the settings; raises MissingToolError where there is none."""
        folder = settings.get("classifier", "")
        if not folder:
            raise MissingToolError(
                "Toxicity needs a classifier, and none is set. An admin names the folder of one in its settings."
            )
        load: Callable[[Path], Classifier] = resolve_name(LOCAL_CLASSIFIER)
        try:
            return ToxicityScorer(load(Path(folder)), label=settings.get("label") or DEFAULT_LABEL)
        except ClassifierUnavailableError as error:
            raise MissingToolError(str(error)) from error


class ToxicityScorer:
    """Scores with any classifier that has this label."""

    def __init__(self, classifier: Classifier, *, label: str) -> None:
        if label not in classifier.labels:
            raise MissingToolError(
                f"The classifier {classifier.name} has no label '{label}'. Its labels: "
                f"{', '.join(classifier.labels)}."
            )
        self._classifier = classifier
        self._label = label
        self.variant = f"{classifier.name}:{label}"[:50]

    def enrich(self, conversations: Sequence[ReadConversation]) -> Findings:
        """Return a score for each message with words, the highest for each conversation, and tags of the worst."""
        read = [
            (conversation.id, message)
            for conversation in conversations
            for message in conversation.messages
            if message.text.strip()
        ]
        texts = [message.text[:READ_CHARACTERS] for _, message in read]
        values = [row[self._label] for row in self._classifier.classify(texts)]
        findings, highest = Findings(), dict[int, float]()
        for (conversation, message), value in zip(read, values, strict=True):
            findings.scores.append(FoundScore(conversation=conversation, message=message.id, value=value))
            highest[conversation] = max(value, highest.get(conversation, 0.0))
            if value >= TAGGED_FROM:
                facts = {"probability": round(value, 3)}
                findings.tags.append(FoundTag(conversation=conversation, message=message.id, facts=facts))
        findings.scores += [
            FoundScore(conversation=conversation, value=value, measure="highest")
            for conversation, value in highest.items()
        ]
        return findings
