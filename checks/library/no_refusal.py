"""No refusal."""

from dataclasses import dataclass
from typing import ClassVar

from checks.parameters import parameter
from checks.phrases import NOT_COVERED, START, Phrases, phrase_pattern, says

_DEEDS = (
    r"(?:help|assist|provide|comply|fulfil|answer|create|generate|write|support|engage|discuss|share|offer|give"
    r"|continue|do that|do this|participate|produce|recommend|advise)"
)
_REFUSALS = phrase_pattern(
    rf"\b(?:i|we) (?:can't|cannot|can not|could not|couldn't|won't|will not)(?: \w+)? {_DEEDS}",
    rf"\b(?:i'?m|i am|we're|we are) (?:not able|unable|not allowed|not permitted|not going) to(?: \w+)? {_DEEDS}",
    r"\bi (?:must|have to|will have to|need to) (?:respectfully |politely )?(?:decline|refuse)\b",
    r"\bi (?:respectfully |politely )?(?:decline|refuse) to\b",
    r"\bas an? (?:ai|language model|artificial intelligence)[^.\n]{0,40}\bi (?:can't|cannot|am not able|am unable)",
    r"\b(?:against|violates?|outside) my (?:guidelines|programming|policies|policy|principles)\b",
    r"\b(?:ich|wir|da|dabei|das) (?:kann|können|darf|dürfen|werde) (?:(?:ich|wir) )?(?:\w+ ){0,4}nicht "
    r"(?:(?:\w+ ){0,3})?(?:helfen|behilflich|beantworten|erstellen|geben|anbieten|unterstützen|weiterhelfen)",
    r"\bje ne (?:peux|suis pas en mesure|suis pas autorisée?)(?: pas)?(?: de)?(?: \w+){0,2} "
    r"(?:aider|fournir|répondre|créer|donner|générer|écrire|assister)",
    r"\bno (?:puedo|podemos|me es posible)(?: \w+){0,2} (?:ayudar|proporcionar|responder|crear|dar|generar|ofrecer)",
    r"\bno puedo ayudar",
    r"\bnon (?:posso|possiamo|sono in grado di)(?: \w+){0,2} ?(?:aiutar|fornir|risponder|crear|dar|generar)",
    r"\bn[ãa]o (?:posso|podemos|consigo)(?: \w+){0,2} (?:ajudar|fornecer|responder|criar|dar|gerar)",
    r"\bik kan (?:\w+ ){0,3}niet (?:\w+ ){0,2}(?:helpen|geven|beantwoorden|maken)",
    r"\bя не (?:могу|смогу|имею права)(?: \w+){0,2} (?:помочь|предоставить|ответить|создать|дать)",
    r"(?:我)?(?:无法|不能|無法)(?:为您|为你|為您|為你|向您|向你)?(?:提供|帮助|协助|回答|满足|幫助|協助|滿足)",
    r"(?:お手伝い|お答え|提供|対応|ご協力)(?:は|を|すること(?:は|が))?でき(?:ません|かねます)",
    rf"{START}(?:i'?m )?sorry, (?:but )?(?:no|i can't|i cannot)\b",
    r"\b(?:complying with|fulfil+ing|answering) (?:your|this|that) request would\b",
)
PHRASES = Phrases(
    pattern=_REFUSALS,
    stems=(
        *(
            "can't",
            "cannot",
            "can not",
            "could not",
            "couldn't",
            "won't",
            "will not",
            "able to",
            "allowed to",
        ),
        *(
            "permitted to",
            "going to",
            "declin",
            "refus",
            "my guidelines",
            "my p",
            "nicht",
            "je ne ",
            "no p",
            "no me",
        ),
        *(
            "non p",
            "non sono",
            "não ",
            "nao ",
            "niet",
            "я не",
            "无法",
            "不能",
            "無法",
            "でき",
            "sorry",
            "request would",
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoRefusalCheck:
    """Looks for refusals in ten languages; further down, such words are mostly caveats."""

    name: ClassVar[str] = "no_refusal"
    title: ClassVar[str] = "No refusal"
    skip_sentence: ClassVar[str] = NOT_COVERED

    opening_only: bool = parameter("Look at the opening only", default=True)

    @property
    def failure_sentence(self) -> str:
        """Say what was found."""
        return "The answer refuses to help."

    def run(self, prompt: str, response: str) -> bool | None:
        """Return whether there is no refusal, or None in a script without known phrases."""
        found = says(PHRASES, response=response, opening_only=self.opening_only)
        return None if found is None else not found
