"""Reads about exports: the formats as people choose them, and the files of a version."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from curation.domain.exporters.exporting import Exporter
from curation.exporters import EXPORTERS
from curation.models import DatasetVersion, Job

EXPORTS_SHOWN = 20

GROUPS: Mapping[str | Promise, tuple[str, ...]] = {
    _("Training with TRL"): (
        *("trl_preference", "trl_preference_text", "trl_unpaired", "trl_unpaired_text"),
        *("trl_prompt_completion", "trl_prompt_completion_text", "trl_prompt_only", "trl_prompt_only_text"),
        "trl_triples",
    ),
    _("Other trainers"): ("openai_chat", "openai_dpo", "sharegpt", "llama_factory"),
    _("Tables"): ("table",),
    _("Ranked lists and scores"): ("ranked_lists", "pro", "knowpat", "tree_lists", "scored_responses"),
    _("One answer, two prompts, attributes, steps"): (
        *("negatives", "joint_pairs", "judgements", "helpsteer2", "steerlm", "stepwise"),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatGroup:
    """Formats that are chosen among each other."""

    title: str | Promise
    exporters: list[Exporter]


def format_groups() -> list[FormatGroup]:
    """Return every format in its group; one that another package brought stands in the last."""
    groups = {title: list(names) for title, names in GROUPS.items()}
    placed = {name for names in groups.values() for name in names}
    if guests := sorted(set(EXPORTERS) - placed):
        groups[_("Of other packages")] = guests
    return [
        FormatGroup(title=title, exporters=[EXPORTERS.load(name) for name in names])
        for title, names in groups.items()
    ]


def exports_of(version: DatasetVersion) -> list[Job]:
    """Return the newest export of each kind, whose file is still there or on its way, newest first."""
    jobs = Job.objects.for_project(version.project).filter(kind="export", arguments__version=version.pk)
    newest: dict[Any, Job] = {}
    for job in jobs.order_by("-id")[:EXPORTS_SHOWN]:
        if not job.is_finished or "file" in job.result or job.state == Job.State.FAILED:
            newest.setdefault(_kind_of(job), job)
    return list(newest.values())


def _kind_of(job: Job) -> tuple[object, ...]:
    wanted = job.arguments
    return (
        wanted.get("format_name", wanted.get("format")),
        wanted.get("ending"),
        wanted.get("is_bundle", False),
        tuple(wanted.get("splits", ())),
    )
