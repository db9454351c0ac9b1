"""Control answers as a judge saw them, with its replies read again from the ledger of calls."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from annotation.domain.judges.dummies import Dummy, dummies_of
from annotation.queries.judges.probation import OnProbation
from annotation.queries.judges.slices import human_verdicts
from annotation.queries.judges.verdicts import preferred_questions
from curation.services.judging.runs import choice_of, recalled_judge_of
from language_models.judges.contract import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class RecalledControl:
    """A control answer beside the answer that people prefer, and what the judge replied, word for word."""

    dummy: Dummy
    verdict: Verdict

    @property
    def is_right(self) -> bool:
        """Whether the judge saw through it."""
        return self.verdict.outcome is self.dummy.right

    @property
    def is_gone(self) -> bool:
        """Whether its replies are not stored any more."""
        return self.verdict.failed is not None

    @property
    def request(self) -> str:
        """The message that both answer."""
        return self.dummy.question.prompt[-1].text if self.dummy.question.prompt else ""


def recalled_controls(earned: OnProbation) -> Sequence[RecalledControl]:
    """Return the control answers of a validation with the stored replies, those judged wrong first.

    Raises HarkenError where a model is gone.
    """
    humans = human_verdicts(earned.run.project, slice_key=earned.validation.slice)
    dummies = list(dummies_of(preferred_questions(earned.run, humans=humans)))
    judge = recalled_judge_of(choice_of(earned.run))
    with closing(judge.judge(enumerate(each.question for each in dummies))) as verdicts:
        said = dict(verdicts)
    found = [RecalledControl(dummy=dummy, verdict=said[place]) for place, dummy in enumerate(dummies)]
    return sorted(found, key=lambda each: each.is_right)
