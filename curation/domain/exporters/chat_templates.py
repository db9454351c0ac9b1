"""A model's tokenizer and chat template, read from a folder without the library that trains with them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import TemplateError
from jinja2.ext import Extension, loopcontrols
from jinja2.nodes import Node
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment
from tokenizers import Tokenizer

from curation.domain.errors import HarkenError


class TokenizerError(HarkenError):
    """A folder that holds no tokenizer; the sentence names what is missing."""


class TemplateRefusedError(Exception):
    """A chat template that does not take a conversation."""


class _Generation(Extension):
    """Templates mark what the assistant says with {% generation %}: the mark is read over, and the words stay."""

    tags = {"generation"}  # noqa: RUF012 - as the library declares it

    def parse(self, parser: Parser) -> list[Node]:
        """Return what stands between the marks."""
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


@dataclass(frozen=True)
class ChatTokenizer:
    """Renders messages as a model reads them, and counts their tokens; `template` is "" where there is none."""

    name: str
    tokenizer: Tokenizer
    template: str
    variables: Mapping[str, str]

    @cached_property
    def special_texts(self) -> tuple[str, ...]:
        """The texts that the tokenizer takes for its own marks, wherever they stand."""
        added = self.tokenizer.get_added_tokens_decoder().values()
        return tuple(sorted(token.content for token in added if token.special))

    def render(self, messages: Sequence[Mapping[str, Any]], *, asks_for_answer: bool) -> str:
        """Return messages as one text; raises TemplateRefusedError where the template does not take them."""
        if not self.template:
            return "\n\n".join(str(message.get("content") or "") for message in messages)
        try:
            rendered: str = self._compiled.render(
                messages=messages, add_generation_prompt=asks_for_answer, **self.variables
            )
        except Exception as error:  # a template is a program, and may fail as any program does
            raise TemplateRefusedError(str(error)) from error
        return rendered

    def tokens(self, text: str) -> list[int]:
        """Return the ids of a text's tokens, without marks added around it."""
        ids: list[int] = self.tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    @cached_property
    def _compiled(self) -> Any:
        # Templates are other people's programs: they run in a sandbox, as the library that trains runs them.
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols, _Generation]
        )
        environment.globals["raise_exception"] = _raise
        environment.globals["strftime_now"] = _today
        environment.filters["tojson"] = _as_json
        return environment.from_string(self.template)


def read_tokenizer(folder: Path) -> ChatTokenizer:
    """Read a tokenizer, and the template from its configuration or a file of its own; raises TokenizerError."""
    file = folder / "tokenizer.json"
    if not file.is_file():
        raise TokenizerError(f"There is no tokenizer in '{folder.name}': the file tokenizer.json is missing.")
    config = _config_of(folder)
    try:
        tokenizer = Tokenizer.from_file(str(file))
        chat_tokenizer = ChatTokenizer(
            name=folder.name,
            tokenizer=tokenizer,
            template=_template_of(folder, config),
            variables={name: _text_of(config.get(name)) for name in ("bos_token", "eos_token")},
        )
        _ = chat_tokenizer._compiled if chat_tokenizer.template else None
    except TemplateError as error:
        raise TokenizerError(f"The chat template in '{folder.name}' cannot be read: {error}.") from error
    except Exception as error:  # the tokenizer's library raises nothing narrower
        raise TokenizerError(f"The tokenizer in '{folder.name}' cannot be read.") from error
    return chat_tokenizer


def _config_of(folder: Path) -> dict[str, Any]:
    file = folder / "tokenizer_config.json"
    try:
        config = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    except ValueError as error:
        raise TokenizerError(f"The file tokenizer_config.json in '{folder.name}' is not JSON.") from error
    return config if isinstance(config, dict) else {}


def _template_of(folder: Path, config: Mapping[str, Any]) -> str:
    file = folder / "chat_template.jinja"
    if file.is_file():
        return file.read_text(encoding="utf-8")
    template = config.get("chat_template") or ""
    if isinstance(template, list):
        named = {entry.get("name"): entry.get("template", "") for entry in template}
        template = named.get("default", "")
    return str(template)


def _text_of(token: Any) -> str:
    return str(token.get("content", "")) if isinstance(token, Mapping) else str(token or "")


def _today(pattern: str) -> str:
    """Return the moment as templates ask for it, some of which tell the model what day it is."""
    return datetime.now().astimezone().strftime(pattern)


def _raise(message: str) -> None:
    raise TemplateError(message)


def _as_json(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)
