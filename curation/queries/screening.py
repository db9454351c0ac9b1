"""Which conversations the screening for personal data has read: the gate before people who judge."""

from django.db.models import Exists, OuterRef

from curation.models import Enrichment, Message

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
