"""What a detector answers is checked before anything of it is stored: guests are detectors too."""

import pytest

from curation.domain.errors import HarkenError
from feedback_mining.detectors.phrases import PhraseDetector
from feedback_mining.domain.contexts import FeedbackContext
from feedback_mining.domain.findings import Finding
from feedback_mining.services.detecting import detect

CONTEXT = FeedbackContext(conversation="c", index=2, text="Too long.", response="…", response_index=1)


class Guest(PhraseDetector):
    """A detector of somebody else's."""

    name = "guest"

    def __init__(self, *findings: list[Finding] | None) -> None:
        super().__init__()
        self.findings = list(findings)

    def detect(self, _contexts):
        return self.findings


@pytest.mark.parametrize(
    ("findings", "why"),
    [
        ([[Finding("Style", 0.9, 0, 99)]], "the span ends at 99"),
        ([[Finding("Style", 0.9, 0, 3), Finding("Style", 0.5, 0, 3)]], "found twice"),
        ([[Finding("Joy", 0.9, 0, 3)]], "Joy"),
        ([], "guest"),
    ],
)
def test_a_finding_that_cannot_be_is_refused_in_a_sentence(findings, why):
    with pytest.raises(HarkenError, match=why):
        detect(Guest(*findings), [CONTEXT])


def test_what_could_not_be_read_and_what_holds_nothing_passes():
    assert detect(Guest(None), [CONTEXT]) == [None]
    assert detect(Guest([]), [CONTEXT]) == [[]]
