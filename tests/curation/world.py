"""One of everything in the shared project, made only when a route's address asks for it."""

from functools import cached_property
from typing import Any

from curation.domain.roles import Role
from curation.models import Conversation, Invitation, Membership, PreferencePair, Project, User
from curation.services.people import invite
from curation.services.sign_in import sign_in_path
from tests import cast


class World:
    """Things of one project that addresses name. Add a cached property for each new kind."""

    def __init__(self, project: Project) -> None:
        self.project = project

    def lookup(self, path: str) -> Any:
        """Return what a dotted path such as `pair.uuid` names."""
        found: Any = self
        for name in path.split("."):
            found = getattr(found, name)
        return found

    @cached_property
    def host(self) -> User:
        """An admin who made what the others look at."""
        return cast.make_member(self.project, Role.ADMIN)

    @cached_property
    def membership(self) -> Membership:
        """A further annotator's membership."""
        return Membership.objects.get(
            user=cast.make_member(self.project, Role.ANNOTATOR), project=self.project
        )

    @cached_property
    def invitation_and_token(self) -> tuple[Invitation, str]:
        """An open invitation and the token of its link."""
        return invite(project=self.project, email="new@example.org", role=Role.ANNOTATOR, actor=self.host)

    @property
    def invitation(self) -> Invitation:
        """An open invitation."""
        return self.invitation_and_token[0]

    @property
    def invitation_token(self) -> str:
        """The token of the open invitation's link."""
        return self.invitation_and_token[1]

    @cached_property
    def sign_in_parts(self) -> list[str]:
        """The two parts of somebody's one-time link."""
        return sign_in_path(user=self.membership.user).split("/")

    @property
    def uid(self) -> str:
        """Whom the one-time link signs in."""
        return self.sign_in_parts[0]

    @property
    def token(self) -> str:
        """The secret of the one-time link."""
        return self.sign_in_parts[1]

    @cached_property
    def pair(self) -> PreferencePair:
        """A mined pair."""
        return cast.make_pair(self.project)

    @cached_property
    def conversation(self) -> Conversation:
        """A conversation of two turns."""
        return cast.make_conversation(self.project, [("user", "What is 2+2?"), ("assistant", "4")])
