"""Asking a judge question about many outputs, at the pace and within the budget of its endpoint."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass

from django.utils.translation import gettext as _

from annotation.domain.criteria.judge_questions import SEEDS, UNREADABLE, question_request, verdict_in
from annotation.models import Assertion
from checks.outcomes import CheckOutcome
from checks.sandbox import Case
from curation.domain.errors import HarkenError
from curation.services.writing.asking import askable_endpoint
from language_models.chat.asking import Answered
from language_models.chat.contract import ChatReply, ChatRequest, ChatUnavailableError, storable
from language_models.protocols import BudgetSpentError

PURPOSE = "criteria"


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One output as it is asked about; `conversation_id` is whose words stand in the request."""

    case: Case
    conversation_id: int


class JudgeRunner:
    """One judge question on its way through many outputs."""

    def __init__(self, assertion: Assertion) -> None:
        self._assertion = assertion
        self._model = (
            askable_endpoint(endpoint=assertion.endpoint, purpose=PURPOSE) if assertion.endpoint else None
        )

    def outcomes(
        self, outputs: Mapping[int, Output], *, before_each: Callable[[], None] = lambda: None
    ) -> dict[int, CheckOutcome]:
        """Return what the model says of each output by its key.

        What cannot be read is asked for once more, and is a skip then. A request that failed says nothing of its
        output, so that one is missing here and asked about at the next run. Raises HarkenError where no more can be
        asked.
        """
        if self._model is None:
            gone = _(
                "The endpoint that answers this question is gone. Add the question anew with another one."
            )
            return {key: CheckOutcome(passed=None, sentence=gone) for key in outputs}
        found: dict[int, CheckOutcome] = {}
        left = dict(outputs)
        for attempt in range(len(SEEDS)):
            said = self._ask(left, attempt=attempt, before_each=before_each)
            found |= {key: outcome for key, outcome in said.items() if outcome is not None}
            left = {key: outputs[key] for key, outcome in said.items() if outcome is None}
        for output in left.values():
            self._forget(output)
        return found | {key: CheckOutcome(passed=None, sentence=UNREADABLE) for key in left}

    def _ask(
        self, outputs: Mapping[int, Output], *, attempt: int, before_each: Callable[[], None]
    ) -> dict[int, CheckOutcome | None]:
        """Return the outcomes of the outputs that were answered; None where the answer cannot be read."""
        requests = ((key, self._request(output, attempt=attempt)) for key, output in outputs.items())
        try:
            return self._answers(requests, before_each=before_each)
        except (BudgetSpentError, ChatUnavailableError) as error:
            raise HarkenError(str(error)) from error

    def _answers(
        self, requests: Iterable[tuple[int, ChatRequest]], *, before_each: Callable[[], None]
    ) -> dict[int, CheckOutcome | None]:
        assert self._model is not None  # noqa: S101 - `outcomes` returns before where it is
        said: dict[int, CheckOutcome | None] = {}
        answered: Answered[int]
        with closing(self._model.ask_all(requests, before_each=before_each)) as answers:
            for answered in answers:
                if answered.reply is not None:
                    said[answered.key] = _outcome(answered.reply)
        return said

    def _forget(self, output: Output) -> None:
        """Keep no reply that could not be read, so that a later run asks anew."""
        for attempt in range(len(SEEDS)):
            if self._model is not None:
                self._model.forget(self._request(output, attempt=attempt))

    def _request(self, output: Output, *, attempt: int) -> ChatRequest:
        return question_request(
            requirement=self._assertion.criterion.text,
            question=self._assertion.source,
            case=output.case,
            sources=(output.conversation_id,),
            attempt=attempt,
        )


def _outcome(reply: ChatReply) -> CheckOutcome | None:
    verdict = verdict_in(reply.text)
    if verdict is None:
        return None
    passed, reason = verdict
    return CheckOutcome(passed=passed, sentence="" if passed else storable(reason))
