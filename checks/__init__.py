"""Checks of a response to a prompt: a library of parameterised ones, and a sandbox for written ones.

A catalogue entry is a frozen dataclass that fits `Check`: its fields are its parameters.
"""

from collections.abc import Mapping
from typing import Any

from checks.catalogue import Catalogue, UnknownCheckError
from checks.contract import Check, ParameterError
from checks.parameters import read_parameters

__all__ = ["CHECKS", "Check", "ParameterError", "UnknownCheckError", "build_check"]

CHECKS = Catalogue(
    group="harken.checks",
    built_in={
        "length": "checks.library.length:LengthCheck",
        "keywords": "checks.library.keywords:KeywordsCheck",
        "json": "checks.library.json_value:JsonCheck",
        "language": "checks.library.language:LanguageCheck",
        "format": "checks.library.format:FormatCheck",
        "no_apology": "checks.library.no_apology:NoApologyCheck",
        "no_refusal": "checks.library.no_refusal:NoRefusalCheck",
        "no_repetition_of_prompt": "checks.library.no_repetition_of_prompt:NoRepetitionOfPromptCheck",
        "exclamation_marks": "checks.library.exclamation_marks:ExclamationMarksCheck",
        "pii": "checks.library.pii:PersonalDetailsCheck",
        "valid_python": "checks.library.valid_python:ValidPythonCheck",
        "keyword_frequency": "checks.library.keyword_frequency:KeywordFrequencyCheck",
        "letter_frequency": "checks.library.letter_frequency:LetterFrequencyCheck",
        "starts_with": "checks.library.starts_with:StartsWithCheck",
        "ends_with": "checks.library.ends_with:EndsWithCheck",
        "quotation": "checks.library.quotation:QuotationCheck",
        "first_word": "checks.library.first_word:FirstWordCheck",
        "letter_case": "checks.library.letter_case:LetterCaseCheck",
        "capitals": "checks.library.capitals:CapitalsCheck",
        "punctuation": "checks.library.punctuation:PunctuationCheck",
        "postscript": "checks.library.postscript:PostscriptCheck",
        "placeholders": "checks.library.placeholders:PlaceholdersCheck",
        "two_answers": "checks.library.two_answers:TwoAnswersCheck",
        "repeats_prompt": "checks.library.repeats_prompt:RepeatsPromptCheck",
        "one_of": "checks.library.one_of:OneOfCheck",
        "sections": "checks.library.sections:SectionsCheck",
        "citations": "checks.library.citations:CitationsCheck",
    },
)


def build_check(name: str, parameters: Mapping[str, Any] | None = None) -> Check:
    """Return the check of that name with these parameters, as they come from JSON.

    Raises UnknownCheckError or ParameterError, whose text is for people.
    """
    return read_parameters(CHECKS.load(name), parameters or {})
