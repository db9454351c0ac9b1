"""The pairs behind a factor that go against it, with the beginnings of their texts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models.functions import Left

from curation.models import Project, Response

# Of each text in the list; the pair's own page shows it whole.
SHOWN = 700


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscordantPair:
    """A preference against the factor; `story` is the id of the mined pair that tells more, or ""."""

    group: str
    story: str
    chosen_uuid: str
    rejected_uuid: str
    prompt: str
    chosen: str
    rejected: str


def shown_pairs(project: Project, found: Sequence[Mapping[str, str]]) -> list[DiscordantPair]:
    """Return pairs of a report with their texts, cut in the database; those that went since are left out."""
    texts = _texts(project, [each[side] for each in found for side in ("chosen", "rejected")])
    return [
        DiscordantPair(
            group=each["group"],
            story=each["pair"],
            chosen_uuid=each["chosen"],
            rejected_uuid=each["rejected"],
            prompt=texts[each["rejected"]][0],
            chosen=texts[each["chosen"]][1],
            rejected=texts[each["rejected"]][1],
        )
        for each in found
        if each["chosen"] in texts and each["rejected"] in texts
    ]


def _texts(project: Project, uuids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return the question and the answer of each response, one query."""
    rows = Response.objects.for_project(project).filter(
        uuid__in=uuids,
        prompt__conversation__withdrawn_at__isnull=True,
        prompt__conversation__archived_at__isnull=True,
    )
    cut = rows.annotate(
        asked=Left("prompt__last_message__text", SHOWN),
        logged=Left("message__text", SHOWN),
        written=Left("body_text", SHOWN),
    )
    return {
        str(uuid): (asked, logged or written)
        for uuid, asked, logged, written in cut.values_list("uuid", "asked", "logged", "written")
    }
