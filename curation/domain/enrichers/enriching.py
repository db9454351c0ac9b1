"""What an enricher is: it reads conversations and says what it found, as plain values."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, Self, TypeAlias

from curation.domain.corpus.records import JsonValue
from curation.domain.errors import HarkenError
from language_models.embedders.contract import Embedder, Vectors

Settings: TypeAlias = Mapping[str, str]


class MissingToolError(HarkenError):
    """An enricher lacks what it works with; the text is written for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadMessage:
    """A message as an enricher sees it; the id is the caller's own.

    `beside` holds what is shown with the text and is no part of it: arguments of tool calls, names of files.
    """

    id: int
    position: int
    role: str
    text: str
    is_repeat: bool = False
    beside: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadConversation:
    """A conversation as an enricher sees it, with its messages in order."""

    id: int
    messages: Sequence[ReadMessage]
    language: str = ""

    @property
    def user_messages(self) -> list[ReadMessage]:
        """What the user wrote and no earlier thread of the same tree carries already."""
        return [message for message in self.messages if message.role == "user" and not message.is_repeat]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A place in a message's text, in characters, with a label that never quotes it."""

    start: int
    end: int
    label: str = ""

    def as_json(self) -> list[JsonValue]:
        """Return the span as it is stored."""
        return [self.start, self.end, self.label]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundTag:
    """Something to find a conversation or a message by. `facts` hold figures and names, never text."""

    conversation: int
    kind: str = ""
    message: int | None = None
    spans: Sequence[Span] = ()
    facts: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundScore:
    """A number about a conversation, or about one message of it."""

    value: float
    conversation: int
    message: int | None = None
    measure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLanguage:
    """The language of a conversation whose source names none, as an ISO 639-1 code."""

    conversation: int
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundVectors:
    """One unit vector for each of these messages, shape (messages, dimension)."""

    conversations: Sequence[int]
    messages: Sequence[int]
    vectors: Vectors
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFingerprint:
    """What is kept of a conversation to know its like: alike texts share a key, signatures are compared.

    Keys are whole numbers of 64 bits, with a sign.
    """

    conversation: int
    keys: Sequence[int]
    signature: bytes


@dataclass(slots=True, kw_only=True)
class Findings:
    """All that an enricher found in a chunk of conversations."""

    tags: list[FoundTag] = field(default_factory=list)
    scores: list[FoundScore] = field(default_factory=list)
    languages: list[FoundLanguage] = field(default_factory=list)
    vectors: FoundVectors | None = None
    fingerprints: list[TextFingerprint] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many places, conversations or messages something was found of, by the kind that there is most of."""
        vectors = len(self.vectors.messages) if self.vectors else 0
        scored = len({(score.conversation, score.message) for score in self.scores})
        return max(len(self.tags), scored, len(self.languages), vectors)


class KnownFingerprints(Protocol):
    """The fingerprints that an enricher left in earlier chunks of the project."""

    # What the keys are mixed with, so that those of other projects and enrichers never meet these.
    scope: str

    def sharing(self, keys: Sequence[int]) -> Sequence[TextFingerprint]:
        """Return those with at least one of these keys, by the id of their conversation."""
        ...


class Neighbours(Protocol):
    """The vectors of the project's messages."""

    def nearest_before(self, message_id: int) -> tuple[int, float] | None:
        """Return the earlier conversation that holds the user message nearest to this one, and the cosine."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EnricherTools:
    """What an enricher may be given to work with; what is absent is None."""

    embedder: Embedder | None = None
    fingerprints: KnownFingerprints | None = None
    neighbours: Neighbours | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A setting of an enricher; one that names a path on the server is an admin's to change."""

    name: str
    label: str
    default: str = ""
    is_path: bool = False


class Enricher(Protocol):
    """Reads conversations, a chunk at a time, in the order in which they came."""

    # What tells it from one that finds other things in the same text, beside the plug-in's own version.
    variant: str

    def enrich(self, conversations: Sequence[ReadConversation]) -> Findings:
        """Return what it found; a conversation that comes again is read anew."""
        ...


class EnricherPlugin(Protocol):
    """What a catalogue lists: the description of an enricher, and how to make it."""

    name: str
    title: str
    about: str
    version: str
    runs_by_default: bool
    options: Sequence[Option]
    # The name of the enricher whose findings this one reads: it never overtakes it.
    follows: str

    def build(self, *, tools: EnricherTools, settings: Settings) -> Enricher:
        """Return the enricher; raises MissingToolError in a sentence."""
        ...


class PlainEnricher:
    """An enricher that reads each conversation by itself and needs nothing: plug-in and enricher in one."""

    version = "1"
    variant = ""
    runs_by_default = True
    options: Sequence[Option] = ()
    follows = ""

    def build(self, *, tools: EnricherTools, settings: Settings) -> Self:
        """Return the enricher; it needs nothing."""
        return self


def tag_name(enricher: str, kind: str) -> str:
    """Return the name of an enricher's tag: its own, or with the kind of what was found."""
    return f"{enricher}:{kind}" if kind else enricher


def measure_name(enricher: str, measure: str) -> str:
    """Return the name of the scorer of an enricher's measure."""
    return f"{enricher}: {measure}" if measure else enricher


def tags_by_kind(*, conversation: int, message: int, found: Iterable[tuple[str, Span]]) -> list[FoundTag]:
    """Return one tag for each kind that was found in a message, with all its places."""
    by_kind: dict[str, list[Span]] = defaultdict(list)
    for kind, span in found:
        by_kind[kind].append(span)
    return [
        FoundTag(conversation=conversation, message=message, kind=kind, spans=spans)
        for kind, spans in by_kind.items()
    ]
