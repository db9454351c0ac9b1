"""The drift log of a set: its wordings, what was graded under them, and what was decided, as lines and in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotation.domain.criteria.drift import GivenThumb, SetStory, WordingSpan, story_of
from annotation.models import CriteriaSet, Criterion, Grade
from curation.models import AuditEvent

# What people decide about a set beside its wordings, newest last; a longer trail is in the audit.
MOST_DECISIONS = 200
DECISIONS = ("criterion.tolerance_changed", "assertions.chosen", "criteria_set.grading_ruled")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldEvent:
    """One event of the story: when, what kind, in a sentence, and the words that it is about."""

    at: datetime
    kind: str
    sentence: str
    words: str = ""
    before: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldStory:
    """The story of a set as its page shows it."""

    story: SetStory
    events: Sequence[ToldEvent]


def set_story(criteria_set: CriteriaSet) -> ToldStory:
    """Return the story of a set, its events oldest first; three queries."""
    wordings = _wordings(criteria_set)
    thumbs = _thumbs(criteria_set)
    events = [*_told_wordings(wordings), *_told_decisions(criteria_set, wordings)]
    changes = sorted({event.at for event in events})
    events += _told_grades(thumbs, changes=changes)
    spans = [wording.span for wording in wordings]
    return ToldStory(story=story_of(spans, thumbs), events=sorted(events, key=lambda event: event.at))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wording:
    span: WordingSpan
    uuid: UUID


def _wordings(criteria_set: CriteriaSet) -> list[_Wording]:
    rows = Criterion.objects.for_project(criteria_set.project).filter(criteria_set=criteria_set)
    return [
        _Wording(
            uuid=row.uuid,
            span=WordingSpan(
                key=row.key,
                version=row.version,
                name=row.name,
                text=row.text,
                origin=row.get_origin_display(),
                made_from=tuple(row.made_from),
                since=row.created_at,
                until=row.archived_at,
            ),
        )
        for row in rows.order_by("position", "key", "version")
    ]


def _thumbs(criteria_set: CriteriaSet) -> list[GivenThumb]:
    rows = Grade.objects.for_project(criteria_set.project).filter(criteria_set=criteria_set).order_by("id")
    fields = ("id", "response_id", "membership_id", "criterion__key", "criterion__version", "is_good")
    return [
        GivenThumb(
            grade_id=pk,
            response_id=response,
            person_id=person,
            key=key,
            version=version,
            is_good=is_good,
            at=at,
        )
        for pk, response, person, key, version, is_good, at in rows.values_list(*fields, "created_at")
    ]


def _told_wordings(wordings: Sequence[_Wording]) -> list[ToldEvent]:
    spans = [wording.span for wording in wordings]
    names = {str(span.key): span.name for span in spans}
    earlier = {(span.key, span.version): span for span in spans}
    replaced = {key for span in spans for key in span.made_from}
    told = []
    for span in spans:
        before = earlier.get((span.key, span.version - 1))
        told.append(
            ToldEvent(
                at=span.since,
                kind="reworded" if before else "added",
                sentence=_came(span, before=before, names=names),
                words=span.text,
                before=before.text if before else "",
            )
        )
        if span.until and (span.key, span.version + 1) not in earlier:
            form = _("“{name}” gave way.") if str(span.key) in replaced else _("“{name}” was left out.")
            left = form.format(name=span.name)
            told.append(ToldEvent(at=span.until, kind="left", sentence=left))
    return told


def _came(span: WordingSpan, *, before: WordingSpan | None, names: dict[str, str]) -> str:
    if before is not None:
        form = _("“{name}” was reworded: version {version}.")
        return form.format(name=span.name, version=span.version)
    if span.made_from:
        sources = ", ".join(f"“{names.get(key, '?')}”" for key in span.made_from)
        form = _("“{name}” was {origin} ({sources}).")
        return form.format(name=span.name, origin=span.origin, sources=sources)
    return _("“{name}” was added ({origin}).").format(name=span.name, origin=span.origin)


def _told_decisions(criteria_set: CriteriaSet, wordings: Sequence[_Wording]) -> list[ToldEvent]:
    names = {wording.uuid: wording.span.name for wording in wordings}
    rows = AuditEvent.objects.filter(
        project_uuid=criteria_set.project.uuid,
        action__in=DECISIONS,
        target_uuid__in=[criteria_set.uuid, *names],
    )
    newest = list(rows.order_by("-id")[:MOST_DECISIONS])
    return [
        ToldEvent(
            at=row.created_at,
            kind="decided",
            sentence=_decided(
                row.action, row.details, name=names.get(row.target_uuid, "") if row.target_uuid else ""
            ),
            by=row.actor_name,
        )
        for row in newest
    ]


def _decided(action: str, details: dict[str, Any], *, name: str) -> str:
    if action == "criterion.tolerance_changed":
        form = _("“{name}” now tolerates {after} false failures, before {before}.")
        return form.format(name=name, after=f"{details['after']:.0%}", before=f"{details['before']:.0%}")
    if action == "assertions.chosen":
        form = _("{count} assertions were chosen, with {graded} outputs graded.")
        return form.format(count=len(details["selected"]), graded=details["graded"])
    form = _("What comes next: {order}; people per output: {graders}.")
    order = dict(CriteriaSet.Order.choices).get(details["order"], details["order"])
    return form.format(order=order, graders=details["graders_wanted"])


def _told_grades(thumbs: Sequence[GivenThumb], *, changes: Sequence[datetime]) -> list[ToldEvent]:
    """Tell what was graded between two changes in one sentence each."""
    told, start = [], 0
    for until in [*changes, None]:
        end = start
        while end < len(thumbs) and (until is None or thumbs[end].at < until):
            end += 1
        if end > start:
            told.append(_graded(thumbs[start:end]))
        start = end
    return told


def _graded(thumbs: Sequence[GivenThumb]) -> ToldEvent:
    overall = [thumb for thumb in thumbs if thumb.key is None]
    people = len({thumb.person_id for thumb in thumbs})
    form = ngettext(
        "{outputs} outputs graded by {people} person: {good} good, {bad} bad; {given} thumbs by criterion.",
        "{outputs} outputs graded by {people} people: {good} good, {bad} bad; {given} thumbs by criterion.",
        people,
    )
    sentence = form.format(
        outputs=len({thumb.response_id for thumb in thumbs}),
        people=people,
        good=sum(thumb.is_good is True for thumb in overall),
        bad=sum(thumb.is_good is False for thumb in overall),
        given=sum(thumb.is_good is not None for thumb in thumbs if thumb.key is not None),
    )
    taken = sum(thumb.is_good is None for thumb in thumbs)
    if taken:
        sentence += " " + _("{taken} were taken back.").format(taken=taken)
    return ToldEvent(at=thumbs[-1].at, kind="graded", sentence=sentence)
