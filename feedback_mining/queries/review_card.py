"""What a reviewer sees: the message with its claim, the answer before it, and how it came up."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from curation.models import Message, Project
from feedback_mining.domain.review_order import Draw
from feedback_mining.domain.taxonomy import CRITERIA, Criterion
from feedback_mining.models import Signal
from feedback_mining.queries.review_order import Drawn
from feedback_mining.queries.screens import Quote, quote_of
from feedback_mining.queries.signals import reviewed_signals

# What is shown of a long message or answer; the reader shows the whole.
SHOWN = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewCard:
    """One claim to judge, or one silent message to read; `claims` of several detectors agree on the criterion."""

    message: Message
    request: str
    response: str
    name: str
    criterion: Criterion | None
    claims: Sequence[Signal]
    quote: Quote | None
    draw: Draw

    @property
    def polarity(self) -> str:
        """The polarity of the claim; "" of a silence."""
        return self.claims[0].polarity if self.claims else ""

    @property
    def shown_text(self) -> str:
        """The beginning of the message."""
        return self.message.text[:SHOWN] + (" …" if len(self.message.text) > SHOWN else "")


def review_card(project: Project, *, drawn: Drawn) -> ReviewCard | None:
    """Return what to show of a drawn message; None where it is gone."""
    message = (
        Message.objects.for_project(project)
        .filter(conversation__withdrawn_at__isnull=True)
        .select_related("conversation")
        .filter(pk=drawn.message_id)
        .first()
    )
    if message is None:
        return None
    claims = _claims(project, message, drawn.criterion) if drawn.criterion else []
    before = message.conversation.messages.filter(position__lt=message.position).order_by("-position")
    answer = before.filter(role=Message.Role.ASSISTANT).exclude(text="").first()
    asked = before.filter(role=Message.Role.USER).first()
    return ReviewCard(
        message=message,
        request=asked.text[:SHOWN] if asked else "",
        response=answer.text[:SHOWN] if answer else "",
        name=drawn.criterion,
        criterion=CRITERIA.get(drawn.criterion),
        claims=claims,
        quote=quote_of(claims[0]) if claims else None,
        draw=drawn.draw,
    )


def message_of(project: Project, *, uuid: UUID) -> Message | None:
    """Return a user's message of the project."""
    rows = Message.objects.for_project(project).filter(uuid=uuid, role=Message.Role.USER)
    return rows.select_related("conversation", "project").first()


def _claims(project: Project, message: Message, criterion: str) -> list[Signal]:
    rows = reviewed_signals(project).filter(message=message, criterion=criterion)
    return list(rows.select_related("message__conversation").order_by("-probability"))
