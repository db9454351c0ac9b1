"""Projects, memberships and invitations."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.domain.access.roles import Role
from curation.domain.access.tokens import new_token, token_hash
from curation.domain.errors import HarkenError, NotAllowedError
from curation.models import ApiToken, Invitation, Membership, Project, User
from curation.services.access.api_tokens import revoke_token
from curation.services.work.audit import record_event

INVITATION_LIFE = timedelta(days=7)


@transaction.atomic
def create_project(*, slug: str, name: str, creator: User | None = None) -> Project:
    """Make a project; its creator becomes its first admin."""
    project = Project(slug=slug, name=name)
    project.full_clean()
    project.save()
    if creator is not None:
        add_member(project=project, user=creator, role=Role.ADMIN)
    record_event(action="project.created", project=project, actor=creator, target=project)
    return project


def ensure_project(*, slug: str) -> Project:
    """Return the project of this short name, made when it is absent."""
    found = Project.objects.filter(slug=slug).first()
    return found or create_project(slug=slug, name=slug.replace("-", " ").capitalize())


@transaction.atomic
def update_project(*, project: Project, actor: User) -> None:
    """Save changed settings of a project."""
    project.full_clean()
    project.save()
    record_event(action="project.settings_changed", project=project, actor=actor, target=project)


@transaction.atomic
def add_member(*, project: Project, user: User, role: Role, actor: User | None = None) -> Membership:
    """Give a person a role, under a pseudonym of their own in this project."""
    pseudonym = f"person-{new_token()[:8].lower().replace('_', 'x').replace('-', 'y')}"
    membership, made = Membership.objects.get_or_create(
        project=project, user=user, defaults={"role": role, "pseudonym": pseudonym}
    )
    if not made and membership.removed_at:
        membership.removed_at = None
        membership.role = role
        membership.save(update_fields=["removed_at", "role"])
    elif not made and membership.role != role:
        change_role(membership=membership, role=role, actor=actor)
    record_event(
        action="member.added", project=project, actor=actor, target=membership, details={"role": role}
    )
    return membership


@transaction.atomic
def change_role(*, membership: Membership, role: Role, actor: User | None) -> None:
    """Change what a member may do; a project never loses its last admin."""
    if membership.role == Role.ADMIN and role != Role.ADMIN:
        _require_another_admin(membership)
    membership.role = role
    membership.save(update_fields=["role"])
    record_event(
        action="member.role_changed",
        project=membership.project,
        actor=actor,
        target=membership,
        details={"role": role},
    )


@transaction.atomic
def remove_member(*, membership: Membership, actor: User) -> None:
    """Close the project to a person and end their tokens; what they judged stays under their pseudonym."""
    if membership.role == Role.ADMIN:
        _require_another_admin(membership)
    membership.removed_at = timezone.now()
    membership.save(update_fields=["removed_at"])
    for token in ApiToken.objects.for_project(membership.project).filter(user=membership.user):
        revoke_token(token=token, actor=actor)
    record_event(action="member.removed", project=membership.project, actor=actor, target=membership)


def _require_another_admin(membership: Membership) -> None:
    """Refuse where no other admin is left. The admins' rows are locked, so that two cannot leave at once."""
    admins = Membership.objects.current().filter(project=membership.project, role=Role.ADMIN)
    if not any(admin.pk != membership.pk for admin in admins.select_for_update()):
        raise NotAllowedError(_("This is the project's last admin. Make somebody else an admin first."))


@transaction.atomic
def invite(*, project: Project, email: str, role: Role, actor: User) -> tuple[Invitation, str]:
    """Make an invitation and return it with its token, which is shown once and never stored."""
    token = new_token()
    invitation = Invitation(
        project=project,
        email=email.lower(),
        role=role,
        token_sha256=token_hash(token),
        invited_by=actor,
        expires_at=timezone.now() + INVITATION_LIFE,
    )
    invitation.full_clean()
    invitation.save()
    record_event(
        action="invitation.made", project=project, actor=actor, target=invitation, details={"role": role}
    )
    return invitation, token


@transaction.atomic
def accept_invitation(*, invitation: Invitation, display_name: str, password: str) -> User:
    """Join by an invitation: the account is made if need be, and the invitation is used up."""
    locked = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if locked.accepted_at or locked.revoked_at or locked.expires_at < timezone.now():
        raise HarkenError(_("This invitation was used, withdrawn or has run out. Ask for a new one."))
    if User.objects.filter(email=locked.email).exists():
        raise HarkenError(_("This address has an account already. Sign in, then open the invitation again."))
    user = User.objects.create_user(locked.email, password, display_name=display_name)
    _use_invitation(locked, user)
    return user


@transaction.atomic
def join_by_invitation(*, invitation: Invitation, user: User) -> Membership:
    """Join with the account one is signed in with; the invitation must be for its address."""
    locked = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if (
        locked.accepted_at
        or locked.revoked_at
        or locked.expires_at < timezone.now()
        or locked.email != user.email
    ):
        raise HarkenError(_("This invitation was used, withdrawn, has run out, or is for another address."))
    return _use_invitation(locked, user)


def _use_invitation(invitation: Invitation, user: User) -> Membership:
    invitation.accepted_at, invitation.accepted_by = timezone.now(), user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    return add_member(project=invitation.project, user=user, role=Role(invitation.role), actor=user)


@transaction.atomic
def revoke_invitation(*, invitation: Invitation, actor: User) -> None:
    """Withdraw an invitation that nobody used yet."""
    Invitation.objects.filter(pk=invitation.pk, accepted_at__isnull=True).update(revoked_at=timezone.now())
    record_event(action="invitation.revoked", project=invitation.project, actor=actor, target=invitation)
