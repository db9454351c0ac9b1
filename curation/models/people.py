"""Who works here, where, and as what."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from curation.domain.access.roles import Role
from curation.models.base import Identified, ProjectQuerySet, ProjectRow

ROLE_CHOICES = [
    (Role.ANNOTATOR.value, _("annotator")),
    (Role.RESEARCHER.value, _("researcher")),
    (Role.ADMIN.value, _("admin")),
]


class UserManager(BaseUserManager["User"]):
    """Makes users by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make a user; without a password only a sign-in link opens the account."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make the site's superuser."""
        return self.create_user(email, password, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin, Identified):
    """A person with an account."""

    email = models.EmailField(_("e-mail address"), unique=True)
    display_name = models.CharField(_("name"), max_length=120, blank=True)
    is_active = models.BooleanField(default=True)
    # How they like the pages they work in; each app keeps its own under its own name.
    preferences = models.JSONField(default=dict, blank=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_lower_case")
        ]

    def __str__(self) -> str:
        return self.display_name or self.email

    @property
    def is_staff(self) -> bool:
        """Only the superuser administers the site."""
        return self.is_superuser


class Project(Identified):
    """A world of its own: nothing in it can refer to another project."""

    slug = models.SlugField(_("short name"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=160)
    description = models.TextField(_("description"), blank=True)
    is_demo = models.BooleanField(default=False)
    raw_file_retention_days = models.PositiveIntegerField(null=True, blank=True)
    log_retention_days = models.PositiveIntegerField(null=True, blank=True)
    model_call_retention_days = models.PositiveIntegerField(null=True, blank=True)
    # By the name of an enricher: whether it runs by itself, and its own settings.
    enrichment_settings = models.JSONField(default=dict, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(ProjectQuerySet["Membership"]):
    """Memberships, present and past."""

    def current(self) -> Self:
        """Return those of people who have not left."""
        return self.filter(removed_at__isnull=True)


class Membership(ProjectRow):
    """A person's role in a project, and the pseudonym that exports show instead of the person.

    Who leaves keeps the row: their judgements stay under the pseudonym.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=20, choices=ROLE_CHOICES)
    pseudonym = models.CharField(max_length=40)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "user"], name="membership_once_per_project"),
            models.UniqueConstraint(fields=["project", "pseudonym"], name="membership_pseudonym_unique"),
            models.CheckConstraint(
                condition=Q(role__in=[role.value for role in Role]), name="membership_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pseudonym} ({self.role})"


class Invitation(ProjectRow):
    """A link that lets one person join; only its hash is stored."""

    email = models.EmailField(_("e-mail address"))
    role = models.CharField(_("role"), max_length=20, choices=ROLE_CHOICES)
    token_sha256 = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="invitation_accepted_both_or_neither",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="invitation_expires_later"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} ({self.role})"


class SignInAttempt(models.Model):
    """A try to sign in that did not succeed, or has not yet: ten in a quarter of an hour close the door.

    The key is a keyed hash of e-mail and network address, so that the table names nobody.
    """

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=64)
    tried_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["key", "tried_at"], name="signinattempt_recent")]

    def __str__(self) -> str:
        return f"try at {self.tried_at:%H:%M}"


class ApiToken(ProjectRow):
    """A token for the API: scoped to a project, hashed, revocable."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    token_sha256 = models.CharField(max_length=64, unique=True)
    # The first letters, by which a person tells tokens apart.
    prefix = models.CharField(max_length=12, blank=True)
    scopes = models.JSONField(default=list)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name
