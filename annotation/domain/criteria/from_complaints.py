"""What complaints and wishes ask of a good answer: criteria in our words, or in those of the most typical wish."""

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from annotation.domain.criteria.likeness import BY_WORDS, Vectors, groups_of, word_vectors

_WRITTEN: Mapping[str, Mapping[str, str]] = tomllib.loads(
    Path(__file__).with_name("complaints.toml").read_text(encoding="utf-8")
)
# A wish that one user uttered once is no criterion of a set yet.
FEWEST_WISHES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """Words of a user about an answer: what they stand for, and where they and the answer are.

    `subject` is the criterion of the taxonomy; "" for a wish. `response_message_id` is None where no answer came
    before it.
    """

    subject: str
    words: str
    conversation_id: int
    response_message_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A proposed criterion: its wording, and the complaints or wishes that speak for it.

    `is_quoted` says that the wording is a user's own.
    """

    subject: str
    name: str
    text: str
    complaints: Sequence[Complaint]
    is_quoted: bool = False


def asked_by_complaints(complaints: Iterable[Complaint]) -> list[Asked]:
    """Return a criterion for each way of complaining, the most frequent first."""
    grouped: dict[str, list[Complaint]] = defaultdict(list)
    for complaint in complaints:
        grouped[complaint.subject].append(complaint)
    found = [_worded(subject, said) for subject, said in grouped.items()]
    return sorted(found, key=lambda asked: (-len(asked.complaints), asked.subject))


def asked_by_wishes(
    wishes: Sequence[Complaint], *, vectors: Vectors | None = None, at_least: float = BY_WORDS
) -> list[Asked]:
    """Return a criterion for each group of wishes that say much the same, in the words of its most typical one.

    `vectors` are the wishes' by an embedder, shape (wishes, dimension); without them their words are compared.
    """
    if not wishes:
        return []
    compared = word_vectors([wish.words for wish in wishes]) if vectors is None else vectors
    groups = groups_of(compared, at_least=at_least)
    return [
        _in_own_words([wishes[place] for place in group.members], middle=wishes[group.middle])
        for group in groups
        if len({wishes[place].conversation_id for place in group.members}) >= FEWEST_WISHES
    ]


def _worded(subject: str, complaints: Sequence[Complaint]) -> Asked:
    own_name = subject.partition(":")[2] or subject
    written = _WRITTEN.get(subject) or {
        "name": own_name.replace("_", " "),
        "text": own_name.replace("_", " "),
    }
    return Asked(subject=subject, name=written["name"], text=written["text"], complaints=complaints)


def _in_own_words(wishes: Sequence[Complaint], *, middle: Complaint) -> Asked:
    subject = " ".join(middle.words.casefold().split())
    return Asked(subject=subject, name=middle.words, text=middle.words, complaints=wishes, is_quoted=True)
