"""Answers outside the log are screened for personal data as messages are: by the same enricher, in the same job."""

from collections.abc import Collection, Sequence

from django.db import transaction

from curation.domain.enrichers.enriching import Enricher, Findings, FoundTag, ReadConversation, ReadMessage
from curation.models import Enrichment, Response
from curation.queries.enrichers.screening import unscreened_answers
from curation.services.enrichers.findings import store_findings
from curation.services.work.jobs import JobProgress
from curation.services.work.turns import take_turns_with_withdrawals

CHUNK_ANSWERS = 100


def screen_answers(*, row: Enrichment, enricher: Enricher, progress: JobProgress) -> None:
    """Let the screening read every generated, edited or imported answer that it has not read."""
    waiting = unscreened_answers(row.project, version=row.version).order_by("id")
    columns = ("id", "prompt__conversation", "body_text")
    while chunk := list(waiting.values_list(*columns)[:CHUNK_ANSWERS]):
        _store(row, chunk, enricher.enrich([_as_conversation(*answer) for answer in chunk]), progress)


def _as_conversation(response: int, conversation: int, text: str) -> ReadConversation:
    message = ReadMessage(id=response, position=0, role="assistant", text=text)
    return ReadConversation(id=conversation, messages=[message])


@transaction.atomic
def _store(
    row: Enrichment, chunk: Sequence[tuple[int, int, str]], findings: Findings, progress: JobProgress
) -> None:
    """Tag the conversations by what their answers hold, and note that these were read, in one transaction."""
    progress.report(progress.job.done_count, now=True)
    take_turns_with_withdrawals(row.project)
    kinds = dict.fromkeys((tag.conversation, tag.kind) for tag in findings.tags)
    tags = [
        FoundTag(conversation=conversation, kind=kind, facts={"in": "answer"}) for conversation, kind in kinds
    ]
    store_findings(enrichment=row, findings=Findings(tags=tags), grown=())
    Response.objects.filter(pk__in=[number for number, *_rest in chunk]).update(screened_as=row.version)


def forget_screening(*, row: Enrichment, conversations: Collection[int] | None = None) -> None:
    """Let the answers be read again, of these conversations or of all: what was found of them is gone."""
    answers = Response.objects.for_project(row.project).filter(message__isnull=True).exclude(screened_as="")
    if conversations is not None:
        answers = answers.filter(prompt__conversation__in=conversations)
    answers.update(screened_as="")
