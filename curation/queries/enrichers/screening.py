"""What the screening for personal data has read, conversations and answers: the gate before people who judge."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from curation.models import DatasetRow, DatasetVersion, Enrichment, Message, Project, Response

SCREENER = "pii"


def is_screened(conversation: str) -> Exists:
    """Return the condition that the conversation at this path was read by the screening, to its newest message.

    It is part of the query that it guards, so nothing can come between question and answer. Any version of the
    screener counts; running it again closes the gate until it has read on.
    """
    grown = Message.objects.filter(
        conversation_id=OuterRef(OuterRef(conversation)), id__gt=OuterRef("message_done_through")
    )
    marks = Enrichment.objects.filter(
        project_id=OuterRef("project_id"), name=SCREENER, done_through__gte=OuterRef(conversation)
    )
    return Exists(marks.exclude(Exists(grown)))


def is_answer_screened(response: str) -> Q:
    """Return the condition that the answer at this path was read: as a message of its conversation, or by itself."""
    return Q(**{f"{response}__message__isnull": False}) | ~Q(**{f"{response}__screened_as": ""})


def unscreened_rows(version: DatasetVersion) -> QuerySet[DatasetRow]:
    """Return the rows of a version that hold a prompt or an answer which the screening has not read."""
    is_read = (
        Q(is_screened("prompt__conversation"))
        & (Q(rejected_prompt__isnull=True) | Q(is_screened("rejected_prompt__conversation")))
        & (Q(chosen__isnull=True) | is_answer_screened("chosen"))
        & (Q(rejected__isnull=True) | is_answer_screened("rejected"))
    )
    standing = DatasetRow.objects.filter(version=version, snapshot__withdrawn_at__isnull=True)
    return standing.exclude(pk__in=standing.filter(is_read).values("pk"))


def unscreened_answers(project: Project, *, version: str) -> QuerySet[Response]:
    """Return the generated, edited and imported answers that this version of the screening has not read."""
    others = Q(screened_as__lt=version) | Q(screened_as__gt=version)
    return Response.objects.for_project(project).filter(
        others, message__isnull=True, prompt__conversation__withdrawn_at__isnull=True
    )
