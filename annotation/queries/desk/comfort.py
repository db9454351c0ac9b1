"""A card as one person likes it: their keys on the choices, two answers as a diff, warnings before words."""

from dataclasses import replace

from django.db.models import QuerySet

from annotation.domain.desk.preferences import DeskPreferences
from annotation.domain.desk.word_diff import word_diff
from annotation.domain.protocol import Choice
from annotation.models import Task
from annotation.queries.desk.cards import TaskCard
from curation.models import Project, Tag
from curation.models.kept_queries import kept_query

# Tags that warn of what a text holds: the toxicity enricher's, and those that people gave under this beginning.
TOXICITY = "toxicity"
CONTENT = "content:"
DIFF_SIDES = 2


def card_as_liked(card: TaskCard, preferences: DeskPreferences) -> TaskCard:
    """Return the card with this person's keys, and with pieces where they read two answers as a diff."""
    choices = [_with_own_key(choice, preferences) for choice in card.choices]
    if preferences.layout != "diff" or len(card.answers) != DIFF_SIDES:
        return replace(card, choices=choices)
    first, second = card.answers
    left, right = word_diff(first.text, second.text)
    answers = [replace(first, pieces=left), replace(second, pieces=right)]
    return replace(card, choices=choices, answers=answers)


def _with_own_key(choice: Choice, preferences: DeskPreferences) -> Choice:
    return replace(choice, key=preferences.key_of.get(f"choice_{choice.key}", choice.key))


def warnings_of(task: Task) -> list[str]:
    """Return what the conversation of a task was flagged for, by the names of its tags."""
    return sorted(name for name in _tag_names(conversation=task.conversation_id) if is_warning(name))


@kept_query
def _tag_names(conversation: int) -> QuerySet[Tag, str]:
    return Tag.objects.filter(conversation=conversation).values_list("name", flat=True).distinct()


def is_warning(tag: str) -> bool:
    """Return whether a tag warns of what a text holds."""
    return tag.split(":")[0] == TOXICITY or tag.startswith(CONTENT)


def warning_names(project: Project) -> list[str]:
    """Return the warnings that occur in a project: what its people may decline to read."""
    names = Tag.objects.for_project(project).values_list("name", flat=True).distinct()
    return sorted(name for name in names if is_warning(name))
