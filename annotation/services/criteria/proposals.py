"""Proposed criteria: kept until a person adopts or declines them; what drew them waits to be graded."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from annotation.models import CriteriaSet, Criterion, CriterionProposal, SuspectOutput
from annotation.services.criteria.checks import AssertionDraft, add_assertion
from annotation.services.criteria.sets import Source, Wording, add_criterion
from curation.domain.errors import HarkenError
from curation.models import Conversation, Response, User
from curation.services.work.audit import record_event
from curation.services.work.turns import take_turns_with_withdrawals

NAME_CHARACTERS = 80
# Enough to see what a criterion is about; a page of them serves nobody.
PROMPTING_OUTPUTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    """A criterion that something speaks for; `subject` is the same each time the same thing is found.

    `response_ids` are the answers that drew it, `conversation_ids` those whose words its own may repeat.
    """

    subject: str
    name: str
    text: str
    kind: Criterion.Kind = Criterion.Kind.JUDGE
    count: int = 0
    response_ids: Sequence[int] = ()
    conversation_ids: Sequence[int] = ()
    assertion: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def keep_proposals(
    *,
    criteria_set: CriteriaSet,
    origin: str,
    suggested: Iterable[Suggested],
    asked: Mapping[str, Any] | None = None,
) -> int:
    """Keep what is proposed, in place of what was proposed of the same subject; a decided one stays decided."""
    decided = set(
        CriterionProposal.objects.for_project(criteria_set.project)
        .filter(criteria_set=criteria_set, origin=origin, decided_at__isnull=False)
        .values_list("subject", flat=True)
    )
    wanted = [each for each in suggested if each.subject[:120] not in decided]
    kept = 0
    for each in _without_withdrawn(criteria_set, wanted):
        CriterionProposal.objects.update_or_create(
            criteria_set=criteria_set,
            origin=origin,
            subject=each.subject[:120],
            defaults={"project_id": criteria_set.project_id, "asked": dict(asked or {}), **_fields(each)},
        )
        kept += 1
    return kept


def _without_withdrawn(criteria_set: CriteriaSet, suggested: Sequence[Suggested]) -> list[Suggested]:
    """Leave out what would repeat words of a conversation that was withdrawn meanwhile."""
    quoted = {conversation for each in suggested for conversation in each.conversation_ids}
    if not quoted:
        return list(suggested)
    take_turns_with_withdrawals(criteria_set.project)
    rows = Conversation.objects.for_project(criteria_set.project).filter(
        pk__in=quoted, withdrawn_at__isnull=False
    )
    withdrawn = set(rows.values_list("pk", flat=True))
    return [each for each in suggested if withdrawn.isdisjoint(each.conversation_ids)]


def _fields(suggested: Suggested) -> dict[str, Any]:
    return {
        "name": short_name(suggested.name),
        "text": suggested.text,
        "kind": suggested.kind,
        "count": suggested.count,
        "response_ids": list(suggested.response_ids),
        "conversation_ids": sorted(set(suggested.conversation_ids)),
        "assertion": dict(suggested.assertion),
    }


def short_name(text: str) -> str:
    """Return a name of these words, cut at a word where they are many."""
    words = " ".join(text.split())
    if len(words) <= NAME_CHARACTERS:
        return words
    return words[: NAME_CHARACTERS - 1].rpartition(" ")[0].rstrip(" ,;:") + "…"


@transaction.atomic
def adopt_proposal(*, proposal: CriterionProposal, wording: Wording, actor: User | None = None) -> Criterion:
    """Make a criterion of a proposal in these words, with its assertion, and queue the answers that drew it."""
    locked = CriterionProposal.objects.select_for_update().get(pk=proposal.pk)
    if locked.decided_at is not None:
        raise HarkenError(_("This proposal was decided already. Reload the page to see what became of it."))
    responses = _standing(locked)
    criterion = add_criterion(
        criteria_set=locked.criteria_set,
        wording=wording,
        source=Source(
            origin=locked.origin,
            kind=locked.kind,
            prompted_by=[response.uuid for response in responses[:PROMPTING_OUTPUTS]],
            quoted_response=_quoted(locked, wording, responses),
        ),
        actor=actor,
    )
    if locked.assertion:
        add_assertion(criterion=criterion, draft=AssertionDraft(**locked.assertion), actor=actor)
    queue_suspects(criteria_set=locked.criteria_set, response_ids=[each.pk for each in responses])
    locked.criterion, locked.decided_at = criterion, timezone.now()
    locked.save(update_fields=["criterion", "decided_at"])
    return criterion


def _standing(proposal: CriterionProposal) -> list[Response]:
    responses = Response.objects.for_project(proposal.project).filter(
        pk__in=proposal.response_ids, prompt__conversation__withdrawn_at__isnull=True
    )
    return list(responses.order_by("id"))


def _quoted(proposal: CriterionProposal, wording: Wording, responses: Sequence[Response]) -> Response | None:
    """Return the answer whose user or grader is quoted word for word, where one is."""
    is_unchanged = wording.text.strip() == proposal.text.strip() or wording.name == proposal.name
    return next(iter(responses), None) if proposal.conversation_ids and is_unchanged else None


@transaction.atomic
def decline_proposal(*, proposal: CriterionProposal, actor: User | None = None) -> None:
    """Leave a proposal aside for good."""
    CriterionProposal.objects.filter(pk=proposal.pk, decided_at__isnull=True).update(
        decided_at=timezone.now()
    )
    record_event(action="criterion.declined", project=proposal.project, actor=actor, target=proposal)


@transaction.atomic
def queue_suspects(*, criteria_set: CriteriaSet, response_ids: Iterable[int]) -> int:
    """Queue answers to be graded because they drew complaints: a weak hint, and never a grade."""
    wanted = set(response_ids)
    known = SuspectOutput.objects.filter(criteria_set=criteria_set, response__in=wanted)
    known_ids = set(known.values_list("response_id", flat=True))
    known.update(count=F("count") + 1)
    SuspectOutput.objects.bulk_create(
        SuspectOutput(project_id=criteria_set.project_id, criteria_set=criteria_set, response_id=response)
        for response in sorted(wanted - known_ids)
    )
    return len(wanted - known_ids)
