"""Judges many outputs by a written check: in batches, and one by one where a batch goes beyond the limits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from time import monotonic

from pydantic_monty import Monty, MontyError, MontySession

from checks.outcomes import CheckOutcome
from checks.sandbox.limits import Case, SandboxLimits
from checks.sandbox.mishaps import is_overrun, sentence_on, sentence_on_verdict
from checks.sandbox.problems import (
    MISSING_FUNCTION,
    STOPPED_AFTER_OVERRUNS,
    TAKES_TWO,
    TOO_LONG_ALTOGETHER,
    ProblemSentence,
)
from checks.sandbox.session import check_session, feed, sandbox_pool

CASES_PER_BATCH = 1000
# A batch has to fit into the check's memory several times over.
CHARACTERS_PER_BATCH = 1_000_000
SAMPLE: Case = ("What is the capital of France?", "The capital of France is Paris.")

# Runs inside the sandbox, which has neither globals() nor callable(): is there a check at all?
KNOWN = """
try:
    check
    _harken_known = True
except NameError:
    _harken_known = False
_harken_known
"""
# Runs inside the sandbox, after the check's own code. A verdict is a bool, or a text that says what came instead.
DRIVER = """
def _harken_verdict(_prompt, _response):
    try:
        _verdict = check(_prompt, _response)
    except Exception as _error:
        return 'raised ' + type(_error).__name__ + ': ' + str(_error)[:500]
    if _verdict is True or _verdict is False:
        return _verdict
    return 'returned ' + type(_verdict).__name__

def _harken_verdicts(_cases):
    return [_harken_verdict(_prompt, _response) for _prompt, _response in _cases]
"""
ASK = "_harken_verdicts(_harken_cases)"


def problem_of(source: str, *, limits: SandboxLimits) -> ProblemSentence | None:
    """Return what is wrong with the code that shows without any output, or None where it can be run."""
    try:
        with sandbox_pool(limits) as pool, check_session(pool, limits=limits) as session:
            return _load(session, source) or _problem_of_arguments(session)
    except MontyError as error:
        return sentence_on(error, limits=limits)


def outcomes_of(source: str, *, cases: Sequence[Case], limits: SandboxLimits) -> list[CheckOutcome]:
    """Return the outcome of each case, in order; raises nothing on account of the code."""
    if problem := problem_of(source, limits=limits):
        return [CheckOutcome(passed=None, sentence=problem)] * len(cases)
    return _Run(source, limits=limits).outcomes(cases)


class _Run:
    """One check on its way through many outputs."""

    def __init__(self, source: str, *, limits: SandboxLimits) -> None:
        self._source = source
        self._limits = limits
        self._overruns_left = limits.overruns
        self._ends_at = monotonic() + limits.total_seconds

    def outcomes(self, cases: Sequence[Case]) -> list[CheckOutcome]:
        with sandbox_pool(self._limits) as pool:
            return [outcome for batch in _batches(cases) for outcome in self._batch(pool, batch)]

    def _batch(self, pool: Monty, batch: list[Case]) -> list[CheckOutcome]:
        if stop := self._stop_sentence():
            return [CheckOutcome(passed=None, sentence=stop)] * len(batch)
        try:
            return [_outcome(verdict) for verdict in self._verdicts(pool, batch)]
        except MontyError:
            # Some output took the batch down with it: find out which.
            return [self._single(pool, case) for case in batch]

    def _single(self, pool: Monty, case: Case) -> CheckOutcome:
        if stop := self._stop_sentence():
            return CheckOutcome(passed=None, sentence=stop)
        try:
            (verdict,) = self._verdicts(pool, [case])
        except MontyError as error:
            if is_overrun(error):
                self._overruns_left -= 1
            return CheckOutcome(passed=None, sentence=sentence_on(error, limits=self._limits))
        return _outcome(verdict)

    def _stop_sentence(self) -> ProblemSentence | None:
        if self._overruns_left <= 0:
            return STOPPED_AFTER_OVERRUNS
        return TOO_LONG_ALTOGETHER if monotonic() > self._ends_at else None

    def _verdicts(self, pool: Monty, cases: list[Case]) -> list[bool | str]:
        """Ask in a fresh interpreter, because one that overran is in no known state; raises MontyError."""
        with check_session(pool, limits=self._limits) as session:
            _load(session, self._source)
            return _ask(session, cases)


def _load(session: MontySession, source: str) -> ProblemSentence | None:
    """Run the code itself, then define what asks it; raises MontyError."""
    feed(session, _encodable(source))
    if feed(session, KNOWN) is not True:
        return MISSING_FUNCTION
    feed(session, DRIVER)
    return None


def _problem_of_arguments(session: MontySession) -> ProblemSentence | None:
    """Call the check once; whatever else it does with the sample is no problem of the code as such."""
    try:
        outcome = _outcome(_ask(session, [SAMPLE])[0])
    except MontyError:
        return None
    return TAKES_TWO if outcome.sentence == TAKES_TWO else None


def _ask(session: MontySession, cases: Iterable[Case]) -> list[bool | str]:
    asked = [(_encodable(prompt), _encodable(response)) for prompt, response in cases]
    verdicts = feed(session, ASK, _harken_cases=asked)
    # The code may have replaced what it was asked with, so its answer is not trusted to have the right shape.
    if not isinstance(verdicts, list) or len(verdicts) != len(asked):
        return ["returned nothing that can be read"] * len(asked)
    return [verdict if isinstance(verdict, bool | str) else "returned an object" for verdict in verdicts]


def _outcome(verdict: bool | str) -> CheckOutcome:
    if isinstance(verdict, bool):
        return CheckOutcome(passed=verdict)
    return CheckOutcome(passed=None, sentence=sentence_on_verdict(verdict))


def _batches(cases: Iterable[Case]) -> Iterator[list[Case]]:
    batch: list[Case] = []
    characters = 0
    for case in cases:
        size = len(case[0]) + len(case[1])
        if batch and (len(batch) == CASES_PER_BATCH or characters + size > CHARACTERS_PER_BATCH):
            yield batch
            batch, characters = [], 0
        batch.append(case)
        characters += size
    if batch:
        yield batch


def _encodable(text: str) -> str:
    """Return the text with lone surrogates replaced, which cannot leave this process."""
    return text.encode("utf-8", "replace").decode("utf-8")
