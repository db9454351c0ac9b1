"""Prompts and responses: rows are made when a score, pair or task first needs them."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from curation.domain.corpus.hashing import content_hash
from curation.domain.corpus.records import MessageRecord, parts_from_json, text_of
from curation.domain.errors import HarkenError
from curation.models import Message, ModelVersion, Prompt, Response


@transaction.atomic
def ensure_prompt(*, last_message: Message) -> Prompt:
    """Return the prompt that ends with this user message."""
    if last_message.role != Message.Role.USER:
        raise HarkenError(_("A prompt ends with a user's message, and this one was not written by a user."))
    prompt, _made = Prompt.objects.get_or_create(
        last_message=last_message,
        defaults={"project_id": last_message.project_id, "conversation_id": last_message.conversation_id},
    )
    return prompt


@transaction.atomic
def ensure_logged_response(*, message: Message) -> Response:
    """Return the response that refers to this logged answer."""
    found = Response.objects.filter(message=message).first()
    if found is not None:
        return found
    asked = (
        Message.objects.filter(conversation_id=message.conversation_id, position__lt=message.position)
        .filter(role=Message.Role.USER)
        .order_by("-position")
        .first()
    )
    if asked is None:
        raise HarkenError(_("This answer has no user message before it, so it answers nothing."))
    return Response.objects.create(
        project_id=message.project_id,
        prompt=ensure_prompt(last_message=asked),
        message=message,
        origin=Response.Origin.LOGGED,
        content_hash=body_hash(message.parts),
        model_version=message.conversation.model_version,
    )


@transaction.atomic
def ensure_response(
    *,
    prompt: Prompt,
    parts: Sequence[dict[str, Any]],
    origin: Response.Origin,
    model_version: ModelVersion | None = None,
    source_id: str = "",
) -> Response:
    """Return the response with this body to this prompt, made when it is new."""
    response, _made = Response.objects.get_or_create(
        prompt=prompt,
        content_hash=body_hash(parts),
        source_id=source_id,
        message=None,
        defaults={
            "project_id": prompt.project_id,
            "body": list(parts),
            "body_text": text_of(parts_from_json(parts)),
            "origin": origin,
            "model_version": model_version,
        },
    )
    return response


def body_hash(parts: Sequence[dict[str, Any]]) -> str:
    """Return the canonical hash of one answer."""
    return content_hash([MessageRecord(role="assistant", parts=parts_from_json(parts))])


def ensure_model_versions(*, project_id: int, names: Iterable[str]) -> dict[str, int]:
    """Return the id of each model by its name as the source gave it, cut to 200 characters."""
    wanted = {name[:200] for name in names if name}
    if not wanted:
        return {}
    ModelVersion.objects.bulk_create(
        [ModelVersion(project_id=project_id, name=name) for name in sorted(wanted)], ignore_conflicts=True
    )
    rows = ModelVersion.objects.filter(
        project_id=project_id, name__in=wanted, kind=ModelVersion.Kind.UNKNOWN, revision=""
    )
    return dict(rows.values_list("name", "id"))
