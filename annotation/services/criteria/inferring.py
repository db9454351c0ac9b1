"""A model proposes criteria that a set lacks, and assertions that test a criterion."""

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any

from django.utils.translation import gettext as _

from annotation.domain.criteria.inferring import (
    ASSERTION_VERSION,
    CRITERIA_VERSION,
    ProposedText,
    assertion_request,
    assertions_in,
    criteria_in,
    criteria_request,
)
from annotation.domain.criteria.likeness import covering_text
from annotation.models import Assertion, CriteriaSet, Criterion, CriterionOrigin
from annotation.queries.criteria.assertions import current_criteria
from annotation.queries.criteria.shown_outputs import outputs_to_show
from annotation.services.criteria.checks import AssertionDraft, AssertionRefusedError, add_assertion
from annotation.services.criteria.proposals import Suggested, keep_proposals
from curation.domain.errors import HarkenError
from curation.models import ModelEndpoint, User
from curation.services.writing.asking import askable_endpoint
from language_models.chat.contract import ChatRequest, ChatUnavailableError
from language_models.chat.structured import UnreadableAnswerError
from language_models.protocols import BudgetSpentError

PURPOSE = "criteria"
# What cannot be read is asked for under another seed.
SEEDS = (41, 42, 43)


def infer_criteria(
    *,
    criteria_set: CriteriaSet,
    endpoint: ModelEndpoint,
    before_each: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Have a model propose criteria from outputs, the graded ones first; returns counts. Raises HarkenError."""
    outputs = outputs_to_show(criteria_set)
    if not outputs:
        raise HarkenError(
            _("There is no output to infer criteria from. Mine feedback and build pairs first.")
        )
    known = [f"{criterion.name}: {criterion.text}" for criterion in current_criteria(criteria_set)]
    proposed, quoting = _asked(
        endpoint,
        request=lambda seed: criteria_request(outputs, criteria=known, seed=seed),
        read=lambda answer: criteria_in(answer, outputs=outputs),
        before_each=before_each,
    )
    new = [each for each in proposed if covering_text(f"{each.name} {each.text}", known) is None]
    kept = keep_proposals(
        criteria_set=criteria_set,
        origin=CriterionOrigin.MODEL,
        suggested=[_suggested(each) for each in new],
        asked={"endpoint": endpoint.name, "model": endpoint.model, "prompt_version": CRITERIA_VERSION},
    )
    return {"proposals": kept, "covered": len(proposed) - len(new), "quoting": quoting}


def _suggested(proposed: ProposedText) -> Suggested:
    return Suggested(
        subject=" ".join(proposed.text.casefold().split())[:120],
        name=proposed.name,
        text=proposed.text,
        kind=Criterion.Kind(proposed.kind),
    )


def propose_assertions(
    *,
    criterion: Criterion,
    endpoint: ModelEndpoint,
    actor: User | None = None,
    before_each: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Have a model propose assertions and add those that the sandbox accepts; returns counts. Raises HarkenError."""
    outputs = outputs_to_show(criterion.criteria_set)
    proposed, quoting = _asked(
        endpoint,
        request=lambda seed: assertion_request(criterion.text, outputs=outputs, seed=seed),
        read=lambda answer: assertions_in(answer, outputs=outputs),
        before_each=before_each,
    )
    added = sum(_added(criterion, each, endpoint=endpoint, actor=actor) for each in proposed)
    return {"assertions": added, "refused": len(proposed) - added, "quoting": quoting}


def _added(
    criterion: Criterion, proposed: ProposedText, *, endpoint: ModelEndpoint, actor: User | None
) -> bool:
    is_code = proposed.kind == "code"
    draft = AssertionDraft(
        name=proposed.name,
        source=proposed.text if is_code else "",
        question="" if is_code else proposed.text[:2_000],
        endpoint=None if is_code else endpoint,
        origin=Assertion.Origin.MODEL,
        prompt_version=ASSERTION_VERSION if is_code else "",
    )
    try:
        add_assertion(criterion=criterion, draft=draft, actor=actor)
    except AssertionRefusedError:
        return False
    return True


def _asked(
    endpoint: ModelEndpoint,
    *,
    request: Callable[[int], ChatRequest],
    read: Callable[[str], tuple[list[ProposedText], int]],
    before_each: Callable[[], None],
) -> tuple[list[ProposedText], int]:
    """Ask until an answer can be read; raises HarkenError where none can."""
    model = askable_endpoint(endpoint=endpoint, purpose=PURPOSE)
    sentence = _("The model gave no answer that can be read. Try again, or ask another model.")
    for seed in SEEDS:
        one: Sequence[tuple[int, ChatRequest]] = [(seed, request(seed))]
        try:
            with closing(model.ask_all(one, before_each=before_each)) as answers:
                answered = next(iter(answers), None)
        except (BudgetSpentError, ChatUnavailableError) as error:
            raise HarkenError(str(error)) from error
        if answered is None or answered.reply is None:
            sentence = str(answered.error) if answered is not None and answered.error else sentence
            continue
        try:
            return read(answered.reply.text)
        except UnreadableAnswerError:
            model.forget(one[0][1])
    raise HarkenError(sentence)
