"""What every chat client promises, and what is asked of it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any, Protocol


class ChatError(Exception):
    """A request that got no answer, in a sentence for people; asking again would not help."""


class ChatUnavailableError(ChatError):
    """An endpoint that does not answer at all, or refuses the key: the next request would fail alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingSettings:
    """How an answer is sampled; None leaves a setting to the endpoint's own default."""

    temperature: float | None = 1.0
    top_p: float | None = None
    max_tokens: int | None = 1024

    def as_json(self) -> dict[str, float | int]:
        """Return the settings that are given."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighedWords:
    """The words among which the JSON answer chooses as the value of this key; no two begin with the same letter."""

    key: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """A context to be answered, in the messages of the OpenAI chat format.

    `schema` is a JSON schema that the answer has to follow. `weighed` asks how likely each of some words was where the
    answer decides between them. `sources` are the ids of the conversations whose words stand in the messages: they are
    not sent, and say whose withdrawal erases the stored reply.
    """

    messages: tuple[Mapping[str, Any], ...]
    settings: SamplingSettings = field(default_factory=SamplingSettings)
    seed: int | None = None
    schema: Mapping[str, Any] | None = None
    weighed: WeighedWords | None = None
    sources: tuple[int, ...] = ()

    def hash_for(self, *, endpoint: str, model: str) -> str:
        """Return the sha256 of everything that an answer may hang on."""
        whole = [endpoint, model, self.settings.as_json(), self.seed, self.schema, list(self.messages)]
        # Nothing is added where nothing is weighed, so that replies that were stored before are still found.
        whole += [asdict(self.weighed)] if self.weighed else []
        text = json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return sha256(text.encode(errors="surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatReply:
    """One answer. `refusal` is what the endpoint itself calls one; token counts are the endpoint's, 0 if unsaid.

    `log_chances` has the natural logarithm of the chance of each weighed word, empty where the endpoint gives none. A
    cached one was given to an equal request before, and cost nothing now.
    """

    text: str
    finish_reason: str = "stop"
    refusal: str = ""
    model: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    is_cached: bool = False
    log_chances: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_refusal(self) -> bool:
        """Whether the model, or a filter before it, declined to answer."""
        return bool(self.refusal) or self.finish_reason == "content_filter"


def storable(said: object) -> str:
    """Return what a model said without what no database holds: NUL, and halves of letters."""
    return str(said).encode("utf-8", "replace").decode().replace("\x00", "")


class ChatClient(Protocol):
    """Answers one request at a time; threads may share it."""

    def complete(self, request: ChatRequest) -> ChatReply:
        """Return the answer; raises ChatError for this request, ChatUnavailableError for the whole endpoint."""
        ...
