"""Who speaks at all: feedback comes from few users, and says nothing of the many who were silent."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from math import ceil
from typing import Any

TOP_SHARE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaking:
    """How many of those whose messages were read gave any signal, and how much of it came from the busiest 1 %.

    Where the source names no users, each conversation counts as a user of its own; `unknown_users` says how many
    did.
    """

    conversations: int
    speaking_conversations: int
    users: int
    speaking_users: int
    unknown_users: int
    signals: int
    top_signals: int

    @property
    def conversation_share(self) -> float:
        """Return the share of conversations with any signal."""
        return self.speaking_conversations / self.conversations if self.conversations else 0.0

    @property
    def user_share(self) -> float:
        """Return the share of users with any signal."""
        return self.speaking_users / self.users if self.users else 0.0

    @property
    def top_share(self) -> float:
        """Return the share of all signals that the busiest 1 % of users gave."""
        return self.top_signals / self.signals if self.signals else 0.0

    def as_json(self) -> dict[str, Any]:
        """Return the counts as they are kept with a run and shown on dataset cards."""
        return asdict(self)


def speaking(
    *,
    conversations: int,
    speaking_conversations: int,
    known_users: int,
    unknown_users: int,
    signals_by_user: Collection[int],
) -> Speaking:
    """Count who speaks; `signals_by_user` holds the signals of each user who gave any, the unknown ones included."""
    users = known_users + unknown_users
    busiest = sorted(signals_by_user, reverse=True)[: ceil(TOP_SHARE * users)]
    return Speaking(
        conversations=conversations,
        speaking_conversations=speaking_conversations,
        users=users,
        speaking_users=len(signals_by_user),
        unknown_users=unknown_users,
        signals=sum(signals_by_user),
        top_signals=sum(busiest),
    )
