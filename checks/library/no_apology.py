"""No apology."""

from dataclasses import dataclass
from typing import ClassVar

from checks.parameters import parameter
from checks.phrases import NOT_COVERED, START, Phrases, phrase_pattern, says

# Sympathy is no apology: "I'm sorry to hear that", "sorry for your loss".
_NOT_SYMPATHY = r"(?! (?:to hear|to learn|for your|you're|you are|you have|you've|that you|about your))"
_APOLOGIES = phrase_pattern(
    rf"\b(?:i'?m|i am|we'?re|we are)(?: (?:so|very|really|truly|deeply|terribly))? sorry\b{_NOT_SYMPATHY}",
    rf"{START}(?:so |very |oh,? )?sorry\b{_NOT_SYMPATHY}",
    r"\b(?:i|we|let me|allow me to)\b[^.!?\n]{0,30}\bapologi[sz]e",
    r"\b(?:my|our|sincere|deepest)\b[^.!?\n]{0,20}\bapologies",
    rf"{START}(?:my )?apologies\b|{START}(?:please )?(?:forgive|pardon|excuse) me\b|{START}my (?:bad|mistake)\b",
    r"\btut (?:mir|uns)(?: \w+)? leid\b|\b(?:bitte|bitten) um (?:entschuldigung|verzeihung)\b",
    rf"{START}(?:bitte )?(?:entschuldig(?:e|en sie|ung)|verzeih(?:en sie|ung)?)\b|\bentschuldige mich\b",
    r"\b(?:je suis|nous sommes)(?: \w+)? (?:désolée?s?|navrée?s?)\b|\bje m'excuse\b|\bmes excuses\b",
    rf"{START}(?:désolée?|pardon|excusez-moi|excuse-moi)\b|\bveuillez (?:m'|nous )excuser\b",
    r"\blo (?:siento|lamento)\b|\b(?:pido|pedimos|mis) disculpas\b|\bme disculpo\b",
    rf"{START}(?:perd[oó]n(?:a|e|ame|eme)?|disculp(?:a|e|as|ame|eme))\b",
    r"\bmi (?:dispiace|scuso)\b|\bchiedo scusa\b|\ble mie scuse\b",
    rf"{START}scus(?:a|ami|ate|i)\b",
    r"\b(?:sinto|lamento) muito\b|\bpe(?:ço|ço-lhe) desculpas?\b",
    rf"{START}(?:me )?desculp(?:e|a|em)\b",
    r"\bhet spijt (?:me|mij|ons)\b|\bmijn excuses\b",
    r"\bизвин(?:и|ите|яюсь|яемся)\b|\bпрошу прощения\b|\bпрост(?:и|ите) (?:меня|нас)\b",
    r"抱歉|对不起|對不起|不好意思|申し訳|ごめんなさい|お詫び",
    rf"{START}すみません",
)
PHRASES = Phrases(
    pattern=_APOLOGIES,
    stems=(
        *(
            "sorry",
            "apolog",
            "forgive",
            "pardon",
            "excus",
            "my bad",
            "my mistake",
            "leid",
            "schuldig",
            "verzeih",
        ),
        *("désol", "navré", "siento", "lamento", "disculp", "perdon", "perdón", "scus", "dispiace", "sinto"),
        *(
            "desculp",
            "spijt",
            "извин",
            "прощ",
            "прост",
            "抱歉",
            "对不起",
            "對不起",
            "不好意思",
            "申し訳",
            "ごめん",
        ),
        *("詫び", "すみません"),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoApologyCheck:
    """Looks for apologies in ten languages; sympathy is none."""

    name: ClassVar[str] = "no_apology"
    title: ClassVar[str] = "No apology"
    skip_sentence: ClassVar[str] = NOT_COVERED

    opening_only: bool = parameter("Look at the opening only", default=False)

    @property
    def failure_sentence(self) -> str:
        """Say what was found."""
        return "The answer apologises."

    def run(self, prompt: str, response: str) -> bool | None:
        """Return whether there is no apology, or None in a script without known phrases."""
        found = says(PHRASES, response=response, opening_only=self.opening_only)
        return None if found is None else not found
