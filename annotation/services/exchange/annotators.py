"""People of other platforms: annotators under pseudonyms, whose accounts open to nobody."""

from collections.abc import Iterable

from curation.domain.access.roles import Role
from curation.models import Membership, Project, User
from curation.services.importers.replies import judge_pseudonym

PREFIX = "imported-"
DISPLAY_NAME = "Imported annotator"


def ensure_imported_annotators(
    *, project: Project, platform: str, people: Iterable[str]
) -> tuple[dict[str, Membership], int]:
    """Return the annotator of each person by the name that the file gives, and how many of them are new.

    Of the name a keyed hash is kept, so that the same person is the same annotator in the next file.
    """
    pseudonyms = {person: _pseudonym(project, f"{platform} {person}") for person in dict.fromkeys(people)}
    rows = Membership.objects.for_project(project).filter(pseudonym__in=pseudonyms.values())
    known = {row.pseudonym: row for row in rows.select_related("user")}
    found = {
        person: known.get(pseudonym) or _made(project, pseudonym) for person, pseudonym in pseudonyms.items()
    }
    return found, len(set(pseudonyms.values()) - set(known))


def _pseudonym(project: Project, judge: str) -> str:
    return f"{PREFIX}{judge_pseudonym(project, judge)}"


def _made(project: Project, pseudonym: str) -> Membership:
    """Make an account without a password, and a membership that has ended: its judgements stay under it."""
    user = User.objects.create_user(
        f"{pseudonym}@imported.invalid", display_name=DISPLAY_NAME, is_active=False
    )
    return Membership.objects.create(
        project=project, user=user, role=Role.ANNOTATOR, pseudonym=pseudonym, removed_at=user.created_at
    )
