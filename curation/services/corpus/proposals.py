"""Pairs that a person proposes by writing an answer as it should have been; only judging makes labels of them."""

from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from curation.models import Evidence, PreferencePair, Response
from curation.services.corpus.preferences import EvidenceNote, publish_pair
from curation.services.corpus.responses import ensure_response
from curation.services.importers.candidates import EDITED


@transaction.atomic
def propose_correction(*, response: Response, text: str, note: EvidenceNote) -> PreferencePair | None:
    """Store a correction as an edited answer and propose it in place of the one that it corrects.

    The note says where it is from. None where the correction says what the answer says.
    """
    edited = ensure_response(
        prompt=response.prompt, parts=[{"type": "text", "text": text}], origin=Response.Origin.EDITED
    )
    if edited.content_hash == response.content_hash:
        return None
    pair, _made = publish_pair(
        chosen=edited,
        rejected=response,
        origin=PreferencePair.Origin.ANNOTATED,
        recipe=EDITED,
        confidence=0.0,
    )
    PreferencePair.objects.filter(pk=pair.pk).update(is_candidate=True, archived_at=None)
    Evidence.objects.create(
        project_id=pair.project_id,
        pair=pair,
        kind=note.kind,
        quote=note.quote,
        source_uuid=note.source_uuid,
        source_name=note.source_name,
    )
    return pair


@transaction.atomic
def retract_proposals(*, source_uuid: UUID) -> int:
    """Archive the pairs that rest on this source alone; returns how many."""
    evidence = Evidence.objects.filter(pair=OuterRef("pk"))
    resting = PreferencePair.objects.filter(
        Exists(evidence.filter(source_uuid=source_uuid)), is_candidate=True, archived_at__isnull=True
    )
    alone = resting.exclude(Exists(evidence.exclude(source_uuid=source_uuid)))
    return alone.update(archived_at=timezone.now())
