"""Import a file of annotations: its conversations, queues, annotators, and what they said."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.db import transaction

from annotation.domain.exchange.meaning import ATTRIBUTES, CRITIQUE, PAIRWISE, RANKING, Meaning
from annotation.domain.exchange.own import OwnProject
from annotation.domain.exchange.reading import read_annotations
from annotation.domain.exchange.records import ForeignProject, Judged, LeftOut, Why
from annotation.domain.exchange.scales import is_overall, scales_of
from annotation.domain.protocols.scales import Scale
from annotation.models import Queue
from annotation.services.exchange.annotators import ensure_imported_annotators
from annotation.services.exchange.conversations import StoredAnswers, ensure_conversations
from annotation.services.exchange.filling import RATING, Filling
from annotation.services.exchange.own_queues import import_own
from annotation.services.exchange.queues import (
    NAME_LENGTH,
    Asking,
    ensure_queue,
    guideline_or_origin,
    queue_for,
)
from annotation.services.exchange.reports import report_of
from annotation.services.exchange.storing import Stored, store_judgements
from curation.models import Project
from curation.services.corpus.preferences import retract_source_verdicts
from curation.services.work.jobs import Listener

ORDER = (ATTRIBUTES, PAIRWISE, RANKING, CRITIQUE)
# What a suffix adds to a name.
SUFFIX_LENGTH = 20


def import_annotations(
    *, project: Project, path: Path, queue_name: str = "", listener: Listener | None = None
) -> dict[str, Any]:
    """Turn a file of annotations into conversations, queues, annotators and annotations; a second time adds nothing.

    Raises HarkenError where the file is of no known format, or a queue cannot take it.
    """
    left_out = LeftOut()
    foreign = read_annotations(path, left_out=left_out)
    if isinstance(foreign, OwnProject):
        return import_own(project=project, own=foreign, queue_name=queue_name, left_out=left_out)
    meaning = Meaning(foreign.records, questions=foreign.questions, left_out=left_out)
    judged = [meaning.judged_in(record) for record in foreign.records]
    scales = scales_of(meaning.rated, questions=foreign.questions)
    name = (queue_name or foreign.name)[: NAME_LENGTH - SUFFIX_LENGTH]
    askings = _askings(project, foreign, _protocols_in(judged, scales, left_out), name=name, scales=scales)
    stored, made = ensure_conversations(
        project=project, foreign=foreign, file_name=path.name, left_out=left_out, listener=listener
    )
    added, people = _fill(project, foreign, judged, stored, askings, left_out)
    return {
        "platform": str(foreign.platform),
        "conversations": made,
        **report_of(added, annotators=people),
        "left_out": left_out.as_json(),
    }


def _protocols_in(
    judged: Sequence[Sequence[Judged]], scales: Sequence[Scale], left_out: LeftOut
) -> list[str]:
    """Return the protocols that a file needs; ratings on scales that no protocol takes need none."""
    met = [each.protocol for of_record in judged for each in of_record]
    if not scales:
        left_out.add(Why.OFF_SCALE, count=met.count(ATTRIBUTES))
    return [protocol for protocol in ORDER if protocol in met and (scales or protocol != ATTRIBUTES)]


def _askings(
    project: Project, foreign: ForeignProject, protocols: Sequence[str], *, name: str, scales: Sequence[Scale]
) -> list[Asking]:
    """Return how people were asked, a queue for each protocol; a queue that is there keeps its scales."""
    guideline = guideline_or_origin(foreign.guideline, platform=foreign.platform, file_name=foreign.name)
    found = []
    for protocol in protocols:
        wanted = _protocols_for(protocol, scales)
        called, queue = queue_for(project, base=name, protocols=wanted, is_only=len(protocols) == 1)
        chosen = queue.protocol if queue else wanted[0]
        of_file = {"scales": [scale.as_json() for scale in scales]} if chosen == ATTRIBUTES else {}
        found.append(
            Asking(
                name=called,
                protocol=chosen,
                platform=foreign.platform,
                settings=queue.settings if queue else of_file,
                guideline=guideline,
                queue=queue,
            )
        )
    return found


def _protocols_for(protocol: str, scales: Sequence[Scale]) -> list[str]:
    """Return the protocols that may ask the same, the fitting one first."""
    if protocol != ATTRIBUTES:
        return [protocol]
    return [RATING, ATTRIBUTES] if is_overall(scales) else [ATTRIBUTES, RATING]


@transaction.atomic
def _fill(
    project: Project,
    foreign: ForeignProject,
    judged: Sequence[Sequence[Judged]],
    stored: Mapping[int, StoredAnswers],
    askings: Sequence[Asking],
    left_out: LeftOut,
) -> tuple[dict[Queue, Stored], int]:
    # One import at a time, so that nobody makes the same annotator or queue twice.
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    people = [each.person for number in stored for each in judged[number]]
    annotators, new_people = ensure_imported_annotators(
        project=project, platform=foreign.platform, people=people
    )
    filling = Filling(
        project=project,
        foreign=foreign,
        judged=judged,
        stored=stored,
        annotators=annotators,
        left_out=left_out,
    )
    added = {}
    for asking in askings:
        placed = list(filling.placed(asking))
        if placed or asking.queue:
            queue = ensure_queue(project, asking)
            subjects = filling.open_subjects(asking)
            added[queue] = store_judgements(queue=queue, placed=placed, open_subjects=subjects)
    # Where the file was imported as conversations before, its verdicts would count twice.
    retract_source_verdicts(project=project, source_name=foreign.platform, verdicts=filling.verdicts_on_two())
    return added, new_people
