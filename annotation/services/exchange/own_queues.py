"""Queues that `export_annotations` wrote, put back over the conversations of a project."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from annotation.domain.exchange.own import OwnAnnotation, OwnProject
from annotation.domain.exchange.records import LeftOut, Platform, Why
from annotation.domain.protocol import AnswerError, Asked, Conclusions, JudgementProtocol, Reads
from annotation.domain.queues.ways import asked_so, require_way, require_ways, ways_in
from annotation.models import Annotation, Queue
from annotation.protocols import load_protocol
from annotation.services.exchange.annotators import ensure_imported_annotators, ensure_model_annotator
from annotation.services.exchange.queues import Asking, ensure_queue, guideline_or_origin, queue_for
from annotation.services.exchange.reports import report_of
from annotation.services.exchange.storing import PAIR, Placed, Stored, name_of_answers, store_judgements
from annotation.services.queues.sources import Subject
from curation.domain.errors import HarkenError
from curation.models import Comparison, Membership, PreferencePair, Project, Response

AT_ONCE = 500
STRONGEST = 3
# What a malformed answer raises in a protocol that trusts what it stored itself.
MALFORMED = (KeyError, TypeError, ValueError, AttributeError, IndexError, AnswerError)
OUTCOMES = set(Comparison.Outcome.values)


def import_own(*, project: Project, own: OwnProject, queue_name: str, left_out: LeftOut) -> dict[str, Any]:
    """Put a queue's judgements on the same answers of this project; what is here already is not added again.

    Raises HarkenError for a protocol or settings that nothing here can ask with.
    """
    protocol = _usable(own)
    name, queue = queue_for(project, base=queue_name or own.name, protocols=[own.protocol], is_only=True)
    asking = Asking(
        name=name,
        protocol=own.protocol,
        platform=Platform.HARKEN,
        settings=own.settings,
        guideline=guideline_or_origin(own.guideline, platform=Platform.HARKEN, file_name=own.name),
        queue=queue,
    )
    if queue is not None and queue.settings != own.settings:
        message = (
            f"The queue {name} asks with other settings than the file, so their answers cannot stand side by side. "
            "Name another queue with --queue."
        )
        raise HarkenError(message)
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        annotations, here = _not_here_yet(project, own.annotations)
        stored, people = _fill(project, asking, protocol, annotations, left_out)
    report = report_of(stored, annotators=people)
    return {
        "platform": str(Platform.HARKEN),
        "conversations": 0,
        **report,
        "known": report["known"] + here,
        "left_out": left_out.as_json(),
    }


def _usable(own: OwnProject) -> JudgementProtocol:
    """Return the protocol of a file; raises HarkenError where it cannot ask with the settings of the file."""
    protocol = load_protocol(own.protocol)
    try:
        require_ways(own.settings)
        for way in [
            {},
            *({name: level} for name, levels in ways_in(own.settings).items() for level in levels),
        ]:
            protocol.choices(asked_so(own.settings, way))
            protocol.material(["", ""], asked_so(own.settings, way))
    except MALFORMED as error:
        message = (
            f"The settings in this file are none of the protocol {own.protocol}. Write the file anew with "
            "export_annotations."
        )
        raise HarkenError(message) from error
    return protocol


def _not_here_yet(project: Project, annotations: Sequence[OwnAnnotation]) -> tuple[list[OwnAnnotation], int]:
    """Return what this project did not write itself, and how many it did."""
    uuids = {each.uuid for each in annotations if _is_uuid(each.uuid)}
    rows = Annotation.objects.for_project(project).filter(uuid__in=uuids)
    here = {str(uuid) for uuid in rows.values_list("uuid", flat=True)}
    return [each for each in annotations if each.uuid not in here], len(here)


def _fill(
    project: Project,
    asking: Asking,
    protocol: JudgementProtocol,
    annotations: Sequence[OwnAnnotation],
    left_out: LeftOut,
) -> tuple[dict[Queue, Stored], int]:
    found = _answers_here(project, annotations)
    ready = [each for each in annotations if each.uuid in found]
    for each in annotations:
        if each.uuid not in found:
            left_out.add(Why.NO_ANSWERS, where=each.uuid)
    people, new_people = _annotators(project, ready)
    placed = []
    for each in ready:
        one = _placed(each, found[each.uuid], people[each.annotator], protocol, asking)
        if one is None:
            left_out.add(Why.UNREADABLE, where=each.uuid)
        else:
            placed.append(one)
    if not placed:
        return {}, 0
    queue = ensure_queue(project, asking)
    return {queue: store_judgements(queue=queue, placed=placed, open_subjects=())}, new_people


def _annotators(project: Project, annotations: Iterable[OwnAnnotation]) -> tuple[dict[str, Membership], int]:
    """Return each annotator by its pseudonym in the file; models stay models."""
    models = {each.annotator for each in annotations if each.is_model}
    people = {each.annotator for each in annotations} - models
    found, new = ensure_imported_annotators(project=project, platform=Platform.HARKEN, people=sorted(people))
    for name in sorted(models):
        found[name] = ensure_model_annotator(project=project, name=f"imported {name}"[:120]).membership
    return found, new


def _answers_here(project: Project, annotations: Sequence[OwnAnnotation]) -> dict[str, dict[str, Response]]:
    """Return, by annotation, the answers of this project by their ids in the file, in the order of storing.

    They are the same rows, or else answers of the same text in the conversation of the same source id.
    """
    found: dict[str, dict[str, Response]] = {}
    for start in range(0, len(annotations), AT_ONCE):
        some = annotations[start : start + AT_ONCE]
        asked = [each for annotation in some for each in annotation.asked]
        rows = Response.objects.for_project(project).filter(prompt__conversation__withdrawn_at__isnull=True)
        rows = rows.select_related("prompt__conversation").defer("body", "body_text")
        by_uuid = {
            str(row.uuid): row
            for row in rows.filter(uuid__in={each.response for each in asked if _is_uuid(each.response)})
        }
        by_text: dict[tuple[str, str], list[Response]] = {}
        for row in rows.filter(content_hash__in={each.content_hash for each in asked} - {""}):
            by_text.setdefault((row.prompt.conversation.source_id, row.content_hash), []).append(row)
        for annotation in some:
            answers = _answers_of(annotation, by_uuid, by_text)
            if answers is not None:
                found[annotation.uuid] = answers
    return found


def _answers_of(
    annotation: OwnAnnotation,
    by_uuid: Mapping[str, Response],
    by_text: Mapping[tuple[str, str], Sequence[Response]],
) -> dict[str, Response] | None:
    found = {}
    for each in annotation.asked:
        same_text = by_text.get((annotation.source_id, each.content_hash), ())
        row = by_uuid.get(each.response) or (same_text[0] if len(same_text) == 1 else None)
        if row is None:
            return None
        found[each.response] = row
    is_same = len({row.pk for row in found.values()}) < len(annotation.asked)
    return None if is_same else found


def _placed(
    annotation: OwnAnnotation,
    answers: Mapping[str, Response],
    membership: Membership,
    protocol: JudgementProtocol,
    asking: Asking,
) -> Placed | None:
    """Return a judgement on the answers of this project; None where its protocol can make nothing of it."""
    ids = {theirs: str(row.uuid) for theirs, row in answers.items()}
    answer = _with_ids(annotation.answer, ids)
    shown = [ids.get(each, "") for each in annotation.order_shown]
    asked = Asked(shown=tuple(shown), settings=asked_so(asking.settings, annotation.way))
    try:
        require_way(asking.settings, annotation.way)
        is_sound = _is_sound(protocol.conclude(answer, asked), set(ids.values()))
    except MALFORMED:
        return None
    subject = _subject(protocol.reads, list(answers.values())) if is_sound else None
    if subject is None:
        return None
    return Placed(
        subject=subject,
        membership=membership,
        answer=answer,
        order_shown=shown,
        way=annotation.way,
        is_model=annotation.is_model,
        at=annotation.at,
        active_ms=annotation.active_ms,
        wall_ms=annotation.wall_ms,
    )


def _with_ids(value: Any, ids: Mapping[str, str]) -> Any:
    """Return an answer in which every id of the file is the one of this project."""
    if isinstance(value, Mapping):
        return {ids.get(name, name): _with_ids(each, ids) for name, each in value.items()}
    if isinstance(value, list):
        return [_with_ids(each, ids) for each in value]
    return ids.get(value, value) if isinstance(value, str) else value


def _is_sound(concluded: Conclusions, answers: set[str]) -> bool:
    """Say whether conclusions speak of the answers asked about alone, in values that can be stored."""
    named = [name for each in concluded.preferences for name in (each.first, each.second)]
    named += [each.response for each in concluded.ratings]
    named += [each.response for each in concluded.corrections]
    strengths = [each.strength for each in concluded.preferences if each.strength is not None]
    return (
        set(named) | set(concluded.places) <= answers
        and not concluded.findings
        and all(each.first != each.second and each.outcome in OUTCOMES for each in concluded.preferences)
        and all(type(strength) is int and abs(strength) <= STRONGEST for strength in strengths)
        and all(math.isfinite(each.value) for each in concluded.ratings)
        and all(type(place) is int for place in concluded.places.values())
        and all(isinstance(each.text, str) for each in concluded.corrections)
    )


def _subject(reads: Reads, answers: Sequence[Response]) -> Subject | None:
    """Return what a task asks of these answers: the pair of the project that they are, where they are one."""
    ids = tuple(answer.pk for answer in answers)
    first = answers[0]
    pair = None
    if reads is Reads.ANSWER and len(ids) == 1:
        name = f"response:{first.uuid}"
    elif reads is Reads.ANSWERS and len(ids) > 1:
        name = name_of_answers(ids)
    elif reads in (Reads.PAIR, Reads.JOINT_PAIR) and len(ids) == PAIR:
        pair = PreferencePair.objects.filter(chosen__in=ids, rejected__in=ids).order_by("id").first()
        name = f"pair:{pair.uuid}" if pair else name_of_answers(ids)
    else:
        return None
    return Subject(
        name=name,
        conversation_id=first.prompt.conversation_id,
        response_ids=ids,
        pair_id=pair.pk if pair else None,
    )


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
