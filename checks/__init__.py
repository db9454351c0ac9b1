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
    },
)


def build_check(name: str, parameters: Mapping[str, Any] | None = None) -> Check:
    """Return the check of that name with these parameters, as they come from JSON.

    Raises UnknownCheckError or ParameterError, whose text is for people.
    """
    return read_parameters(CHECKS.load(name), parameters or {})
