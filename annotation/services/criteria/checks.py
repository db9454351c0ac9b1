"""How an assertion is made, and what carries it out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from inspect import getdoc
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotation.domain.criteria.judge_questions import PROMPT_VERSION
from annotation.models import Assertion, Criterion
from checks import CHECKS, ParameterError, UnknownCheckError, build_check
from checks.parameters import ParameterField, parameter_fields, written_parameters
from checks.sandbox import compile_written_check
from curation.domain.errors import HarkenError
from curation.domain.scoring.check_sets import FrozenCheck
from curation.domain.scoring.running import FrozenRunner
from curation.models import ModelEndpoint, User
from curation.services.work.audit import record_event


class AssertionRefusedError(HarkenError):
    """An assertion that cannot be run; the sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssertionDraft:
    """An assertion before it is kept: a check with its parameters, written code, or a question and who answers it.

    `prompt_version` says under which of our prompts a model proposed it; "" where a person did.
    """

    name: str
    check_name: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
    question: str = ""
    endpoint: ModelEndpoint | None = None
    origin: str = Assertion.Origin.WRITTEN
    prompt_version: str = ""

    @property
    def kind(self) -> Assertion.Kind:
        """What carries it out."""
        if self.question:
            return Assertion.Kind.JUDGE
        return Assertion.Kind.CHECK if self.check_name else Assertion.Kind.CODE


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCheck:
    """A check of the library as a form shows it."""

    name: str
    title: str
    explanation: str
    parameters: Sequence[ParameterField]


@transaction.atomic
def add_assertion(*, criterion: Criterion, draft: AssertionDraft, actor: User | None = None) -> Assertion:
    """Add an assertion to a criterion, after the library or the sandbox has accepted it."""
    if criterion.archived_at is not None:
        raise AssertionRefusedError(
            _("This wording was replaced by a newer one. Reload the page and add it there.")
        )
    parameters = _kept_parameters(draft)
    assertion = Assertion(
        project_id=criterion.project_id,
        criterion=criterion,
        name=draft.name,
        kind=draft.kind,
        check_name=draft.check_name,
        parameters=parameters,
        source=draft.question or draft.source,
        endpoint=draft.endpoint,
        origin=draft.origin,
        prompt_version=draft.prompt_version or (PROMPT_VERSION if draft.question else ""),
    )
    # Django takes empty parameters for blank ones, which written code rightly has.
    assertion.full_clean(exclude={"parameters"})
    assertion.save()
    record_event(action="assertion.added", project=criterion.project, actor=actor, target=assertion)
    return assertion


def _kept_parameters(draft: AssertionDraft) -> dict[str, Any]:
    """Return the parameters to keep, defaults included; raises AssertionRefusedError with a sentence."""
    if draft.kind == Assertion.Kind.JUDGE:
        if draft.endpoint is None:
            raise AssertionRefusedError(_("A question needs an endpoint whose model answers it. Choose one."))
        return {}
    if not draft.check_name:
        if problem := compile_written_check(draft.source):
            raise AssertionRefusedError(problem)
        return {}
    try:
        return written_parameters(build_check(draft.check_name, draft.parameters))
    except (ParameterError, UnknownCheckError) as error:
        raise AssertionRefusedError(str(error)) from error


@transaction.atomic
def put_away_assertion(*, assertion: Assertion, actor: User | None = None) -> None:
    """Leave an assertion out from now on; what it said stays."""
    assertion.archived_at, assertion.is_selected = timezone.now(), False
    assertion.save(update_fields=["archived_at", "is_selected"])
    record_event(action="assertion.archived", project=assertion.project, actor=actor, target=assertion)


def known_checks() -> list[KnownCheck]:
    """Return the checks of the library."""
    return [known_check(name) for name in CHECKS.paths()]


def known_check(name: str) -> KnownCheck:
    """Return the library's check of this name; raises UnknownCheckError."""
    check = CHECKS.load(name)
    return KnownCheck(
        name=name,
        title=check.title,
        explanation=(getdoc(check) or "").partition("\n")[0],
        parameters=parameter_fields(check),
    )


def runner_of(assertion: Assertion) -> FrozenRunner:
    """Return what carries an assertion out that needs no model: the same that runs it once it is frozen."""
    frozen = FrozenCheck(
        name=assertion.name,
        criterion="",
        kind=assertion.kind,
        check=assertion.check_name,
        parameters=assertion.parameters,
        source=assertion.source,
    )
    return FrozenRunner(frozen)
