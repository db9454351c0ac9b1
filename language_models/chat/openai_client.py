"""A client of any OpenAI-compatible endpoint: vLLM, llama.cpp, Ollama or a hosted one."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import openai
from openai import DefaultHttpxClient, OpenAI

from language_models.chat.addresses import AddressRefusedError, CheckedTransport, Resolve, addresses_of
from language_models.chat.chances import word_chances
from language_models.chat.contract import ChatError, ChatReply, ChatRequest, ChatUnavailableError, storable

RETRIES = 4
TIMEOUT_SECONDS = 120.0
CONNECT_SECONDS = 10.0
# The longest reply that is read: what is longer is no answer but a fault.
MAX_REPLY_CHARACTERS = 2_000_000
# Of each token the endpoint is asked for so many likely ones: what hosted endpoints and local servers all give.
LIKELIEST = 5
# Servers without accounts want a key that says nothing.
NO_KEY = "none"


class OpenAIChatClient:
    """Asks one model of one endpoint; busy and failing answers are tried again with growing pauses."""

    def __init__(
        self,
        *,
        base_url: str,
        model: str,
        key: str = "",
        retries: int = RETRIES,
        timeout: float = TIMEOUT_SECONDS,
        resolve: Resolve = addresses_of,
    ) -> None:
        self._model = model
        self._address = base_url
        self._key = key
        # Redirects are not followed: an allowed address must not lead to one that is not.
        transport = DefaultHttpxClient(
            timeout=openai.Timeout(timeout, connect=CONNECT_SECONDS),
            follow_redirects=False,
            trust_env=False,
            transport=CheckedTransport(resolve=resolve),
        )
        self._client = OpenAI(
            base_url=base_url, api_key=key or NO_KEY, max_retries=retries, http_client=transport
        )

    def complete(self, request: ChatRequest) -> ChatReply:
        """Return the answer of the endpoint."""
        begun = time.monotonic()
        try:
            completion = self._client.chat.completions.create(**self._arguments(request))
        except openai.OpenAIError as error:
            raise self._in_words(error) from error
        except (ValueError, TypeError, RecursionError) as error:
            raise ChatError(self._says("sent a reply that is not a chat completion")) from error
        reply = self._reply_of(completion, seconds=time.monotonic() - begun)
        return _weighed(reply, completion, request=request)

    def _arguments(self, request: ChatRequest) -> dict[str, Any]:
        arguments: dict[str, Any] = {"model": self._model, "messages": list(request.messages)}
        arguments |= request.settings.as_json()
        if request.seed is not None:
            arguments["seed"] = request.seed
        if request.schema is not None:
            wanted = {"name": "answer", "strict": True, "schema": dict(request.schema)}
            arguments["response_format"] = {"type": "json_schema", "json_schema": wanted}
        if request.weighed is not None:
            arguments |= {"logprobs": True, "top_logprobs": LIKELIEST}
        return arguments

    def _reply_of(self, completion: Any, *, seconds: float) -> ChatReply:
        choice = _first(getattr(completion, "choices", None))
        message = getattr(choice, "message", None)
        if choice is None or message is None:
            raise ChatError(self._says("sent a reply without an answer in it"))
        text, refusal = message.content or "", getattr(message, "refusal", None) or ""
        if not isinstance(text, str) or len(text) > MAX_REPLY_CHARACTERS:
            raise ChatError(self._says("sent an answer that is no text, or far too long"))
        if not text.strip() and not refusal and choice.finish_reason != "content_filter":
            raise ChatError(self._says("sent an empty answer"))
        usage = getattr(completion, "usage", None)
        return ChatReply(
            text=storable(text),
            finish_reason=storable(choice.finish_reason or "stop"),
            refusal=storable(refusal),
            model=storable(getattr(completion, "model", "") or self._model),
            prompt_tokens=_count(usage, "prompt_tokens"),
            completion_tokens=_count(usage, "completion_tokens"),
            seconds=seconds,
        )

    def _in_words(self, error: openai.OpenAIError) -> ChatError:
        if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
            return ChatUnavailableError(self._says("refused the key. Check the key of the endpoint"))
        if isinstance(error, openai.NotFoundError):
            return ChatUnavailableError(
                self._says(f"does not know the model {self._model}, or the path is wrong")
            )
        if isinstance(error, openai.APITimeoutError):
            return ChatError(self._says("did not answer in time"))
        if (refused := _refused_address(error)) is not None:
            return ChatUnavailableError(str(refused))
        if isinstance(error, openai.APIConnectionError):
            return ChatUnavailableError(self._says("cannot be reached. Start it, or correct its address"))
        if isinstance(error, openai.RateLimitError):
            return ChatError(self._says("is too busy: it asked to wait, again and again"))
        if isinstance(error, openai.APIStatusError):
            return ChatError(
                self._says(f"answered with the error {error.status_code}{_detail(error, key=self._key)}")
            )
        return ChatError(self._says("sent a reply that could not be read"))

    def _says(self, what: str) -> str:
        return f"The endpoint {self._address} {what}."


def _refused_address(error: BaseException | None) -> AddressRefusedError | None:
    """Return why an address was refused, where that is behind an error."""
    while error is not None and not isinstance(error, AddressRefusedError):
        error = error.__cause__
    return error


def _weighed(reply: ChatReply, completion: Any, *, request: ChatRequest) -> ChatReply:
    """Return a reply with the chances of the weighed words, where the endpoint gave any."""
    given = getattr(_first(completion.choices), "logprobs", None)
    if request.weighed is None or given is None:
        return reply
    return replace(reply, log_chances=word_chances(getattr(given, "content", None), weighed=request.weighed))


def _first(choices: Any) -> Any:
    return choices[0] if isinstance(choices, list) and choices else None


def _count(usage: Any, name: str) -> int:
    value = getattr(usage, name, 0)
    return value if isinstance(value, int) and 0 <= value < 2**31 else 0


def _detail(error: openai.APIStatusError, *, key: str) -> str:
    """Return what the endpoint says of an error, cut short: it is text of a stranger, and may repeat the key."""
    body = error.body
    said = body.get("message") if isinstance(body, Mapping) else None
    if not isinstance(said, str) or not said.isprintable():
        return ""
    shown = said.replace(key, "…") if key else said
    return f": {shown[:200].rstrip('.')}"
