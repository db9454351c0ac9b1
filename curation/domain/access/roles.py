"""The three roles of a project and their order: annotator < researcher < admin."""

from enum import StrEnum


class Role(StrEnum):
    """What a member may do; each role may do all that the roles before it may."""

    ANNOTATOR = "annotator"
    RESEARCHER = "researcher"
    ADMIN = "admin"


RANK = {Role.ANNOTATOR: 1, Role.RESEARCHER: 2, Role.ADMIN: 3}


def is_at_least(role: str, required: Role) -> bool:
    """Return whether a member of this role may do what `required` may."""
    return RANK[Role(role)] >= RANK[required]
