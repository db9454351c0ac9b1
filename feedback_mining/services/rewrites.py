"""Chosen answers that refer to the complaint: offered to people, who rewrite them or let them go."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.domain.errors import HarkenError
from curation.models import Evidence, Message, PreferencePair, Response, User
from curation.services.corpus.preferences import EvidenceNote, publish_pair
from curation.services.corpus.responses import ensure_logged_response, ensure_response
from curation.services.work.audit import record_event
from curation.services.work.turns import take_turns_with_withdrawals
from feedback_mining.domain.guard import reference_to_complaint
from feedback_mining.domain.pairs import RewriteOffer, SkipReason
from feedback_mining.models import PairRewrite
from feedback_mining.queries.conversations import withdrawn_conversation_ids

State = PairRewrite.State
LONGEST_ANSWER = 200_000
# What a sentence for people quotes of an answer.
QUOTED = 200


@transaction.atomic
def offer_rewrite(offer: RewriteOffer, messages: Sequence[Message], *, recipe: str, reason: str) -> bool:
    """Keep a refused pair for a person, unless it is kept or was withdrawn; returns whether it is new."""
    candidate = offer.candidate
    complaint = messages[candidate.complaint_index]
    take_turns_with_withdrawals(complaint.project)
    if withdrawn_conversation_ids([complaint.conversation_id]):
        return False
    _rewrite, is_new = PairRewrite.objects.get_or_create(
        recipe=recipe,
        rejected=messages[candidate.rejected_index],
        chosen=messages[candidate.chosen_index],
        defaults={**_facts(offer, complaint), "reason": reason},
    )
    return is_new


@transaction.atomic
def offer_written(
    offer: RewriteOffer, messages: Sequence[Message], *, written: Response, recipe: str, reason: str
) -> bool:
    """Keep an answer that a model wrote for a pair, and that leans on the complaint, for a person to rewrite.

    The conversation stands, for whoever calls has taken its turn with withdrawals; returns whether it is new.
    """
    complaint = messages[offer.candidate.complaint_index]
    _rewrite, is_new = PairRewrite.objects.get_or_create(
        recipe=recipe,
        written=written,
        defaults={
            **_facts(offer, complaint),
            "reason": reason,
            "rejected": messages[offer.candidate.rejected_index],
        },
    )
    return is_new


def _facts(offer: RewriteOffer, complaint: Message) -> dict[str, Any]:
    return {
        "project_id": complaint.project_id,
        "complaint": complaint,
        "criterion": offer.candidate.criteria[0],
        "confidence": offer.candidate.confidence,
        "span_start": offer.candidate.span[0],
        "span_end": offer.candidate.span[1],
        "reference_start": offer.reference[0],
        "reference_end": offer.reference[1],
    }


@transaction.atomic
def rewrite_chosen(*, rewrite: PairRewrite, text: str, actor: User) -> PreferencePair:
    """Publish the pair with a person's rewriting of the chosen answer; raises HarkenError where it will not do."""
    held = _waiting(rewrite)
    body = text.strip()
    if not body or len(body) > LONGEST_ANSWER:
        raise HarkenError(_("Write the answer as it should have been the first time."))
    words = reference_to_complaint(body, rejected=held.rejected.text)
    if words:
        message = _("The answer still refers to the complaint: “%(words)s”. Leave that out.")
        raise HarkenError(message % {"words": words})
    _require_mended(held, body)
    rejected = ensure_logged_response(message=held.rejected)
    chosen = ensure_response(
        prompt=rejected.prompt,
        # A person changed words of it; whose terms it stands under has not changed.
        model_version=held.maker,
        parts=[{"type": "text", "text": body}],
        origin=Response.Origin.EDITED,
        source_id=f"rewrite:{held.uuid}",
    )
    pair, _new = publish_pair(
        chosen=chosen,
        rejected=rejected,
        origin=PreferencePair.Origin.MINED,
        recipe=held.recipe,
        confidence=held.confidence,
        evidence=[_note(held)],
    )
    _decide(held, state=State.REWRITTEN, actor=actor, pair=pair)
    return pair


@transaction.atomic
def drop_rewrite(*, rewrite: PairRewrite, actor: User) -> None:
    """Let a refused pair go."""
    _decide(_waiting(rewrite), state=State.DROPPED, actor=actor)


def _waiting(rewrite: PairRewrite) -> PairRewrite:
    """Lock the row and return it; raises HarkenError where somebody was faster or the text is gone."""
    take_turns_with_withdrawals(rewrite.project)
    held = (
        PairRewrite.objects.select_for_update(of=("self",))
        .select_related(
            "complaint__conversation",
            "rejected",
            "chosen__conversation__model_version",
            "written__model_version",
            "project",
        )
        .get(pk=rewrite.pk)
    )
    if held.state != State.WAITING:
        raise HarkenError(_("Somebody has decided this one meanwhile."))
    if held.complaint.conversation.withdrawn_at is not None:
        raise HarkenError(_("This conversation was withdrawn, so there is nothing left to rewrite."))
    return held


def _require_mended(held: PairRewrite, body: str) -> None:
    """Raise HarkenError where the answer is as it was, or still begins with what made it unfit."""
    before = held.answer_text
    words = before[held.reference_start : held.reference_end].strip()
    if " ".join(body.split()) == " ".join(before.split()):
        raise HarkenError(_("The answer is as it was. Rewrite it, or drop this pair."))
    if (
        held.reason == SkipReason.CARRIES_WISH
        and words.casefold() in body[: held.reference_end + len(words)].casefold()
    ):
        message = _(
            "The answer still carries out what the prompt does not ask for: “%(words)s”. Leave that out."
        )
        raise HarkenError(message % {"words": words[:QUOTED]})


def _decide(rewrite: PairRewrite, *, state: str, actor: User, pair: PreferencePair | None = None) -> None:
    rewrite.state, rewrite.pair = state, pair
    rewrite.decided_by, rewrite.decided_at = actor, timezone.now()
    rewrite.save(update_fields=["state", "pair", "decided_by", "decided_at"])
    record_event(action=f"rewrite.{state}", project=rewrite.project, actor=actor, target=rewrite)


def _note(rewrite: PairRewrite) -> EvidenceNote:
    return EvidenceNote(
        kind=Evidence.Kind.COMPLAINT,
        quote=rewrite.complaint.text[rewrite.span_start : rewrite.span_end],
        message=rewrite.complaint,
        criterion=rewrite.criterion,
        span=(rewrite.span_start, rewrite.span_end),
        probability=rewrite.confidence,
        source_uuid=rewrite.complaint.uuid,
    )
