"""Letting a detector read: what it finds is checked, and what keeps it from reading is said in a sentence."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from curation.domain.errors import HarkenError
from feedback_mining.domain.contexts import FeedbackContext
from feedback_mining.domain.detection import Detector, DetectorStoppedError, Found
from feedback_mining.domain.findings import check_findings
from feedback_mining.domain.languages import language_of
from feedback_mining.domain.taxonomy import UnknownCriterionError
from language_models.chat.expense import Expense
from language_models.embedders.contract import EmbedderUnavailableError

BATCH_MESSAGES = 256


def detect(detector: Detector, contexts: Sequence[FeedbackContext]) -> list[Found]:
    """Return what a detector finds in each context.

    Raises HarkenError where it cannot read at all, and where it finds what cannot be: guests are detectors too.
    """
    try:
        found = detector.detect(contexts)
    except (EmbedderUnavailableError, DetectorStoppedError) as error:
        raise HarkenError(str(error)) from error
    try:
        for context, findings in zip(contexts, found, strict=True):
            check_findings(findings or (), text=context.text)
    except (ValueError, UnknownCriterionError) as error:
        raise HarkenError(
            _(
                "The detector %(name)s answered with what no detector may find, so nothing of it was stored: %(why)s"
            )
            % {"name": detector.name, "why": error}
        ) from error
    return found


def unknown_languages(detector: Detector, contexts: Sequence[FeedbackContext]) -> Expense:
    """Return how many messages are in a language that the detector does not know: its silence says little there."""
    languages = (language_of(context) for context in contexts)
    count = sum(bool(language) and not detector.knows(language) for language in languages)
    return Expense(notes={"languages_unknown": count} if count else {})
