"""Further personal data by Presidio: numbers of many countries, and with a spaCy model names and places."""

from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from curation.domain.enrichers.enriching import (
    Enricher,
    EnricherTools,
    Findings,
    MissingToolError,
    Option,
    ReadConversation,
    Settings,
    Span,
    tags_by_kind,
)

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine

# Numbers with check digits or a form of their own. What `pii` finds is left to it; Presidio's recogniser of
# addresses would also ask the network for a list of domains.
RECOGNISERS = (
    *("UsSsn", "UsItin", "UsMbi", "UsNpi", "AbaRouting", "MedicalLicense", "Nhs", "UkNino", "EsNif", "EsNie"),
    *("ItFiscalCode", "PlPesel", "SgFin", "AuAbn", "AuAcn", "AuTfn", "AuMedicare", "InAadhaar", "InPan"),
    *("FiPersonalIdentityCode", "SePersonnummer", "DeTaxId", "KrRrn", "ThTnin", "ZaIdNumber", "CaSin"),
    *("Crypto", "MacAddress"),
)
# Recognisers without check digits answer 0.1 to 0.4 unless a word beside the number speaks for it.
LEAST_SCORE = 0.5
READ_CHARACTERS = 100_000
# Texts are read by one pipeline, whatever their language: the patterns know none.
LANGUAGE = "en"


class PresidioEntities:
    """Tags messages by the entities that Presidio's recognisers find in them."""

    name = "presidio"
    title = "Personal data by Presidio"
    about = (
        "Identity, tax and health numbers of many countries, and names and places where a spaCy model is named. "
        "An extra: pip install -r requirements/presidio.txt."
    )
    version = "1"
    runs_by_default = False
    options: Sequence[Option] = (
        Option(
            name="model", label="Installed spaCy model or its folder; empty for numbers alone", is_path=True
        ),
    )
    follows = ""

    def build(self, *, tools: EnricherTools, settings: Settings) -> Enricher:
        """Return the enricher; raises MissingToolError where Presidio or the model is not installed."""
        try:
            return _Presidio(settings.get("model", ""))
        except ImportError as error:
            raise MissingToolError(
                "Presidio is not installed. `pip install -r requirements/presidio.txt` installs it; "
                "then the background worker has to be started anew."
            ) from error


class _Presidio:
    def __init__(self, model: str) -> None:
        self._engine = _engine(model)
        self.variant = model.rsplit("/", maxsplit=1)[-1][:40]

    def enrich(self, conversations: Sequence[ReadConversation]) -> Findings:
        """Return a tag for each kind of entity in each message, with how sure the recogniser was at each place."""
        return Findings(
            tags=[
                tag
                for conversation in conversations
                for message in conversation.messages
                for tag in tags_by_kind(
                    conversation=conversation.id,
                    message=message.id,
                    found=self._places(message.text[:READ_CHARACTERS]),
                )
            ]
        )

    def _places(self, text: str) -> Iterator[tuple[str, Span]]:
        for found in self._engine.analyze(text, language=LANGUAGE, score_threshold=LEAST_SCORE):
            label = f"{found.score:.2f}"
            yield found.entity_type.lower(), Span(start=found.start, end=found.end, label=label)


def _engine(model: str) -> "AnalyzerEngine":
    """Return an analyzer over our choice of recognisers, and over the model's entities where one is named."""
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry, predefined_recognizers
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    recognisers = [
        getattr(predefined_recognizers, f"{name}Recognizer")(supported_language=LANGUAGE)
        for name in RECOGNISERS
    ]
    if model:
        recognisers.append(predefined_recognizers.SpacyRecognizer(supported_language=LANGUAGE))
    nlp_engine = SpacyNlpEngine()
    # Set rather than loaded by name: Presidio would download a model that is not there.
    nlp_engine.nlp = {LANGUAGE: _pipeline(model)}  # type: ignore[assignment]
    registry = RecognizerRegistry(recognizers=recognisers, supported_languages=[LANGUAGE])
    return AnalyzerEngine(registry=registry, nlp_engine=nlp_engine, supported_languages=[LANGUAGE])


def _pipeline(model: str) -> Any:
    spacy = import_module("spacy")
    if not model:
        return spacy.blank(LANGUAGE)
    try:
        return spacy.load(model)
    except OSError as error:
        raise MissingToolError(
            f"There is no spaCy model {model} here. Install it, or leave the setting empty for numbers alone."
        ) from error
