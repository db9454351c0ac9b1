"""Two answers side by side: of a conversation's prompt, or of a frozen row."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import F, TextField
from django.db.models.functions import Coalesce, Left, Length

from curation.domain.corpus.aligning import AlignedRow, aligned_rows
from curation.models import Conversation, DatasetRow, Project, Response

# Longer answers are compared up to here.
COMPARED_CHARACTERS = 60_000
SHOWN_PROMPT_CHARACTERS = 4_000
# The panel beside a conversation offers so many prompts, and shows so much of each answer.
MOST_PROMPTS = 20
EXCERPT_CHARACTERS = 160


class Show(StrEnum):
    """In which form two answers are shown."""

    RENDERED = "rendered"
    RAW = "raw"
    DIFF = "diff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of two answers, with how long it is."""

    name: str
    text: str
    characters: int
    maker: str = ""

    @property
    def words(self) -> int:
        """How many words there are in what is compared."""
        return len(self.text.split())

    @property
    def is_cut(self) -> bool:
        """Whether the answer is longer than what is compared."""
        return self.characters > len(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class SideBySide:
    """Two answers with their paragraphs aligned; what they answer where that is known."""

    left: Side
    right: Side
    rows: list[AlignedRow]
    prompt: str = ""
    conversation: Conversation | None = None
    same_prompt: bool = True

    @property
    def is_equal(self) -> bool:
        """Whether both say the same."""
        return self.left.text == self.right.text

    @property
    def longer_by(self) -> int:
        """By how many percent the longer answer is longer than the shorter, in characters."""
        shorter, longer = sorted([self.left.characters, self.right.characters])
        return round(100 * (longer - shorter) / shorter) if shorter else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptAnswers:
    """The answers that there are to one prompt of a conversation."""

    position: int
    answers: list[Any]


def side_by_side(left: Side, right: Side, **more: Any) -> SideBySide:
    """Align two answers; for whatever page shows two texts."""
    return SideBySide(left=left, right=right, rows=aligned_rows(left.text, right.text), **more)


def compared_responses(project: Project, left: UUID, right: UUID) -> SideBySide | None:
    """Return two responses of a project side by side; None where one is gone or withdrawn."""
    found = {row.uuid: row for row in _responses(project).filter(uuid__in=[left, right])}
    if len(found) < 2:
        return None
    one, other = found[left], found[right]
    conversation = one.prompt.conversation
    return side_by_side(
        _side_of(one, name="A"),
        _side_of(other, name="B"),
        prompt=one.asked,
        conversation=conversation,
        same_prompt=one.prompt_id == other.prompt_id,
    )


def compared_row(row: DatasetRow) -> SideBySide | None:
    """Return the two answers of a frozen row as they were frozen; None where it has one, or was withdrawn."""
    text = row.snapshot
    if text.withdrawn_at or not (text.chosen and text.rejected):
        return None
    return side_by_side(
        _side_of_turns(text.chosen, name="chosen"),
        _side_of_turns(text.rejected, name="rejected"),
        prompt=str(text.prompt[-1].get("content", ""))[:SHOWN_PROMPT_CHARACTERS] if text.prompt else "",
        same_prompt=not text.rejected_prompt,
    )


def row_of(project: Project, uuid: UUID) -> DatasetRow | None:
    """Return a row of a frozen version with its text."""
    rows = DatasetRow.objects.for_project(project).filter(uuid=uuid, version__frozen_at__isnull=False)
    return rows.select_related("snapshot", "version__dataset").first()


def answers_of(conversation: Conversation) -> list[PromptAnswers]:
    """Return the prompts of a conversation that have two answers or more, with the beginning of each answer."""
    rows = _responses(conversation.project).filter(prompt__conversation=conversation)
    by_position: dict[int, list[Any]] = {}
    for row in rows.order_by("prompt__last_message__position", "id"):
        by_position.setdefault(row.prompt.last_message.position, []).append(row)
    several = [(position, answers) for position, answers in by_position.items() if len(answers) > 1]
    return [PromptAnswers(position=position, answers=answers) for position, answers in several[:MOST_PROMPTS]]


def _responses(project: Project) -> Any:
    text = Coalesce("message__text", "body_text", output_field=TextField())
    rows = Response.objects.for_project(project).filter(prompt__conversation__withdrawn_at__isnull=True)
    rows = rows.annotate(
        whole=Length(text),
        said=Left(text, COMPARED_CHARACTERS),
        asked=Left(F("prompt__last_message__text"), SHOWN_PROMPT_CHARACTERS),
    )
    rows = rows.select_related("prompt__conversation", "prompt__last_message", "model_version")
    return rows.defer("body", "body_text", "prompt__last_message__text", "prompt__last_message__rich_parts")


def _side_of(response: Any, *, name: str) -> Side:
    maker = str(response.model_version or "")
    return Side(
        name=name,
        text=response.said or "",
        characters=response.whole or 0,
        maker=f"{response.get_origin_display()} · {maker}" if maker else str(response.get_origin_display()),
    )


def _side_of_turns(turns: list[dict[str, Any]], *, name: str) -> Side:
    text = "\n\n".join(str(turn.get("content", "")) for turn in turns)
    return Side(name=name, text=text[:COMPARED_CHARACTERS], characters=len(text))
