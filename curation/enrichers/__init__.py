"""Enrichers: what is added to conversations after their import, so that they can be found, filtered and trusted.

An enricher comes in as a class without arguments that fits
`curation.domain.enrichers.enriching.EnricherPlugin`. To add one, write a module here and list it below, or
name it in the entry-point group `harken.enrichers` of another package.
"""

from curation.domain.catalogue import Catalogue
from curation.domain.enrichers.enriching import EnricherPlugin

ENRICHERS: Catalogue[EnricherPlugin] = Catalogue(
    "enrichers",
    singular="enricher",
    # In the order in which they run after an import: what a queue may wait for comes first.
    built_in={
        "pii": "curation.enrichers.pii.PersonalData",
        "language": "curation.enrichers.language.Language",
        "hidden_unicode": "curation.enrichers.hidden_unicode.HiddenUnicode",
        "encoded_text": "curation.enrichers.encoded_text.EncodedText",
        "exact_duplicates": "curation.enrichers.exact_duplicates.ExactDuplicates",
        "near_duplicates": "curation.enrichers.near_duplicates.NearDuplicates",
        "tokens": "curation.enrichers.tokens.TokenCount",
        "embeddings": "curation.enrichers.embeddings.MessageVectors",
        "same_meaning": "curation.enrichers.same_meaning.SameMeaning",
        "presidio": "curation.enrichers.presidio.PresidioEntities",
        "toxicity": "curation.enrichers.toxicity.Toxicity",
    },
)


def load_enricher(name: str) -> EnricherPlugin:
    """Return the enricher of a name; raises UnknownFormatError, with the known names, for another."""
    return ENRICHERS.load(name)
