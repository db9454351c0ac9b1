"""Saved views: kept, renamed and put away."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.domain.corpus.finding import ConversationFilters
from curation.domain.errors import HarkenError
from curation.models import Project, SavedView, User
from curation.queries.corpus.saved_views import views_of
from curation.queries.corpus.word_questions import asked_words
from curation.services.work.audit import record_event

LONGEST_NAME = 120


class ViewNameError(HarkenError):
    """A name that a view cannot have."""


@transaction.atomic
def save_view(*, project: Project, name: str, filters: ConversationFilters, actor: User) -> SavedView:
    """Keep filters under a name of their own; raises ViewNameError, and FilterError for words that ask for nothing."""
    if filters.words:
        asked_words(filters.words)
    view = SavedView.objects.create(
        project=project, name=_free_name(project, name), filters=filters.as_document(), created_by=actor
    )
    record_event(action="view.saved", project=project, actor=actor, target=view)
    return view


@transaction.atomic
def rename_view(*, view: SavedView, name: str, actor: User) -> None:
    """Give a view another name; raises ViewNameError."""
    if name.strip() == view.name:
        return
    view.name = _free_name(view.project, name)
    view.save(update_fields=["name"])
    record_event(action="view.renamed", project=view.project, actor=actor, target=view)


@transaction.atomic
def archive_view(*, view: SavedView, actor: User) -> None:
    """Put a view away: queues and recipes that were made from it keep what they have."""
    view.archived_at = timezone.now()
    view.save(update_fields=["archived_at"])
    record_event(action="view.archived", project=view.project, actor=actor, target=view)


def _free_name(project: Project, name: str) -> str:
    """Return a name as it is kept; the lock makes two who save the same name at once take turns."""
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    kept = name.strip()
    if not kept or len(kept) > LONGEST_NAME or "\x00" in kept:
        raise ViewNameError(_("Give the view a name of at most 120 characters."))
    if views_of(project).filter(name=kept).exists():
        raise ViewNameError(_("A view is named “%(name)s” already. Choose another name.") % {"name": kept})
    return kept
