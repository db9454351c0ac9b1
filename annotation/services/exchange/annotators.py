"""People and models whose judgements came in a file: annotators under pseudonyms, whose accounts open to nobody."""

from collections.abc import Iterable

from annotation.models import ModelAnnotator
from curation.domain.access.roles import Role
from curation.domain.access.tokens import new_token
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
    return _locked_membership(
        project,
        pseudonym=pseudonym,
        email=f"{pseudonym}@imported.invalid",
        display_name=DISPLAY_NAME,
    )


def ensure_model_annotator(*, project: Project, name: str) -> ModelAnnotator:
    """Return the model of this name, made when it is absent: an annotator of its own kind, never among people.

    It holds no slot of a task and counts in no progress and in no agreement of people; what it decides is published
    as a judge's verdict.
    """
    found = ModelAnnotator.objects.for_project(project).filter(name=name).first()
    if found is not None:
        return found
    pseudonym = "model-" + new_token()[:12].lower().replace("_", "x").replace("-", "y")
    membership = _locked_membership(
        project, pseudonym=pseudonym, email=f"{pseudonym}@models.invalid", display_name=name[:120]
    )
    return ModelAnnotator.objects.create(project=project, name=name, membership=membership)


def _locked_membership(project: Project, *, pseudonym: str, email: str, display_name: str) -> Membership:
    """Make an account without a password, and a membership that has ended: its judgements stay under it."""
    user = User.objects.create_user(email, display_name=display_name, is_active=False)
    return Membership.objects.create(
        project=project, user=user, role=Role.ANNOTATOR, pseudonym=pseudonym, removed_at=user.created_at
    )
