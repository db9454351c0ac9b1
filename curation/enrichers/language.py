"""The language that the user writes, where the source names none."""

import re
from collections.abc import Sequence
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from curation.domain.enrichers.enriching import (
    Findings,
    FoundLanguage,
    FoundScore,
    PlainEnricher,
    ReadConversation,
)

# Below it the identifier guesses, and a wrong language hides a conversation from those who filter by it.
SURE = 0.7
FEWEST_LETTERS = 12
READ_CHARACTERS = 2_000
_LETTER = re.compile(r"[^\W\d_]")
# Code and addresses are no language that people write.
_NO_PROSE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`|https?://\S+", re.DOTALL)


class Language(PlainEnricher):
    """Identifies the language of the user's words (py3langid, 97 languages, offline)."""

    name = "language"
    title = "Language"
    about = "The language the user writes, where the source names none, with how sure the identifier is."

    def enrich(self, conversations: Sequence[ReadConversation]) -> Findings:
        """Return the languages that are clear, and the confidence in each as a score."""
        findings = Findings()
        for conversation in conversations:
            prose = _prose(conversation)
            if conversation.language or len(_LETTER.findall(prose)) < FEWEST_LETTERS:
                continue
            language, confidence = _identifier().classify(prose)
            if confidence >= SURE:
                findings.languages.append(FoundLanguage(conversation=conversation.id, language=language))
                findings.scores.append(FoundScore(conversation=conversation.id, value=float(confidence)))
        return findings


def _prose(conversation: ReadConversation) -> str:
    """Return the beginning of what the user wrote, without code and addresses."""
    text = ""
    for message in conversation.user_messages:
        text += _NO_PROSE.sub(" ", message.text[:READ_CHARACTERS]) + "\n"
        if len(text) >= READ_CHARACTERS:
            break
    return text[:READ_CHARACTERS]


@cache
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
